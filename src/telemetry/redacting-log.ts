/** A log for those who may not know what must not be said. */
import type { ConnectorLog, LogFields } from '../connector/contract.ts';
import type { Log } from './log.ts';

/** @param redact cuts out of a text what is confidential. */
export function redactingLog(log: Log, redact: (text: string) => string): ConnectorLog {
  const concealed = (fields: LogFields) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? redact(value) : value,
      ]),
    );
  const write = (level: keyof ConnectorLog) => (message: string, fields?: LogFields) => {
    if (log.isEnabled(level)) log[level](redact(message), fields && concealed(fields));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
