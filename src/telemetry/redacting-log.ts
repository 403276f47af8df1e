/** A log for those who may not know what must not be said. */
import type { ConnectorLog, LogFields } from '../connector/contract.ts';
import type { Log } from './log.ts';

/** @param conceal cuts out of a text what is confidential. */
export function concealingLog(log: Log, conceal: (text: string) => string): ConnectorLog {
  const concealed = (fields: LogFields) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === 'string' ? conceal(value) : value,
      ]),
    );
  const write = (level: keyof ConnectorLog) => (message: string, fields?: LogFields) => {
    if (log.writes(level)) log[level](conceal(message), fields && concealed(fields));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
