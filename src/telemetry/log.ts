/**
 * Log lines: a fixed message and scalar fields, never prose with values in it. No line at any level may
 * hold an e-mail, a key, an IP address, a page URL or a CRM value; {@link describeError} and the hash of
 * `person.ts` say what may be said instead.
 */
import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { createLogger, format as formats } from 'winston';
import type { ConnectorLog, LogFields } from '../connector/contract.ts';
import type { Clock } from '../model/clock.ts';
import { toIsoString } from '../model/clock.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'json' | 'pretty';

export interface Log extends ConnectorLog {
  /** @returns a log that adds these fields to every line and otherwise is one with this log. */
  child(fields: LogFields): Log;
  /** Whether lines of this level are written at present. */
  isEnabled(level: LogLevel): boolean;
  /** Takes effect at once, for all children too. */
  setLevel(level: LogLevel): void;
  setFormat(format: LogFormat): void;
  /** Writes what waits for the end of this turn of the event loop: warnings and errors never do. */
  flush(): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object per line. `pretty`: for a terminal, in local time. */
  readonly format: LogFormat;
  /** Where the lines go, such as standard output. */
  readonly stream: Writable;
  /** Colours in `pretty`. */
  readonly color: boolean;
  readonly clock: Clock;
}

/** Most severe first, as winston counts. */
const levels: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };
const colors = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;

export function createLog({ level, format, stream, color, clock }: LogOptions): Log {
  let print = formatter(format, color);
  const winston = createLogger({ levels, level, format: formats((info) => info)() });
  winston.pipe(writer(stream));
  // Under load a write costs more than a line, so the lines of one turn of the event loop go together.
  let buffer = '';
  const flush = () => {
    if (buffer !== '') winston.log(ANY, buffer);
    buffer = '';
  };

  const writes = (at: LogLevel) => winston.isLevelEnabled(at);

  function withFields(own: LogFields): Log {
    const write = (at: LogLevel) => (message: string, fields?: LogFields) => {
      if (!writes(at)) return;
      if (buffer === '') setImmediate(flush);
      buffer += `${print(clock.now(), at, message, own, fields)}\n`;
      if (levels[at] < levels.info) flush();
    };
    return {
      error: write('error'),
      warn: write('warn'),
      info: write('info'),
      debug: write('debug'),
      child: (fields) => withFields({ ...own, ...fields }),
      isEnabled: writes,
      setLevel: (next) => void (winston.level = next),
      setFormat: (next) => void (print = formatter(next, color)),
      flush,
    };
  }
  return withFields({});
}

/** What comes to winston has passed its level already. */
const ANY: LogLevel = 'error';

function writer(stream: Writable): Writable {
  return new Writable({
    objectMode: true,
    write({ message }: { readonly message: string }, _encoding, next) {
      stream.write(message);
      next();
    },
  });
}

type Print = (
  time: number,
  level: LogLevel,
  message: string,
  ...fields: readonly (LogFields | undefined)[]
) => string;

function formatter(format: LogFormat, color: boolean): Print {
  return format === 'json' ? printJson : (...line) => printPretty(color, ...line);
}

const printJson: Print = (time, level, message, ...fields) => {
  const line: Record<string, LogFields[string]> = { time: toIsoString(time), level, message };
  addScalars(line, fields);
  return JSON.stringify(line);
};

/** Connectors may be plain JavaScript: an object that slips in could carry a whole CRM record, so it goes. */
function addScalars(
  line: Record<string, LogFields[string]>,
  all: readonly (LogFields | undefined)[],
): void {
  for (const fields of all) {
    for (const name in fields) {
      const value = fields[name];
      const isScalar =
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      if (isScalar && !RESERVED.has(name)) line[name] = value;
    }
  }
}

/** What every line begins with; no field takes its place. */
const RESERVED: ReadonlySet<string> = new Set(['time', 'level', 'message']);

function printPretty(color: boolean, ...[time, level, message, ...all]: Parameters<Print>): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const fields: Record<string, LogFields[string]> = {};
  addScalars(fields, all);
  const pairs = Object.entries(fields).map(
    ([name, value]) => paint('dim', `${oneLine(name)}=`) + quoteIfNeeded(String(value)),
  );
  const clockTime = paint('dim', new Date(time).toTimeString().slice(0, 8));
  const head = `${clockTime} ${paint(colors[level], level.padEnd(5))} ${oneLine(message)}`;
  return pairs.length === 0 ? head : `${head}  ${pairs.join(' ')}`;
}

function quoteIfNeeded(value: string): string {
  return /^[^\s"=]+$/.test(value) ? oneLine(value) : oneLine(JSON.stringify(value));
}

/** Escapes what could break the line or steer the terminal. */
function oneLine(text: string): string {
  return text.replace(
    /[\p{C}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
