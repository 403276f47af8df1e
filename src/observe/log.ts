/**
 * Log lines: a fixed message and scalar fields, never prose with values in it. No line at any level may
 * hold an e-mail, a key, an IP address, a page URL or a CRM value; {@link describeError} and the hash of
 * `person.ts` say what may be said instead.
 */
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { createLogger, format as formats, transports } from 'winston';
import type { Clock, ConnectorLog, LogFields } from '../connector.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'json' | 'pretty';

export interface Log extends ConnectorLog {
  /** @returns a log that adds these fields to every line and otherwise is one with this log. */
  child(fields: LogFields): Log;
  /** Takes effect at once, for all children too. */
  setLevel(level: LogLevel): void;
  setFormat(format: LogFormat): void;
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

interface Line {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export function createLog({ level, format, stream, color, clock }: LogOptions): Log {
  let print = printer(format, color);
  const winston = createLogger({
    levels,
    level,
    format: formats.printf((info) => print(info as unknown as Line)),
  });
  // What `add` comes down to; winston's types describe its transports as something `add` would not take.
  winston.pipe(new transports.Stream({ stream, eol: '\n' }));

  function withFields(own: LogFields): Log {
    const write = (at: LogLevel) => (message: string, fields?: LogFields) => {
      if (!winston.isLevelEnabled(at)) return;
      const line: Line = {
        time: new Date(clock.now()),
        level: at,
        message,
        fields: scalars({ ...own, ...fields }),
      };
      winston.log({ ...line });
    };
    return {
      error: write('error'),
      warn: write('warn'),
      info: write('info'),
      debug: write('debug'),
      child: (fields) => withFields({ ...own, ...fields }),
      setLevel: (next) => void (winston.level = next),
      setFormat: (next) => void (print = printer(next, color)),
    };
  }
  return withFields({});
}

/** Connectors may be plain JavaScript: an object that slips in could carry a whole CRM record, so it goes. */
function scalars(fields: LogFields): LogFields {
  const allowed = ['string', 'number', 'boolean'];
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => allowed.includes(typeof value)),
  );
}

function printer(format: LogFormat, color: boolean): (line: Line) => string {
  return format === 'json' ? printJson : (line) => printPretty(line, color);
}

function printJson({ time, level, message, fields }: Line): string {
  const head = { time: time.toISOString(), level, message };
  return JSON.stringify({ ...head, ...fields, ...head });
}

function printPretty({ time, level, message, fields }: Line, color: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const pairs = Object.entries(fields).map(
    ([name, value]) => paint('dim', `${oneLine(name)}=`) + quoteIfNeeded(String(value)),
  );
  const clockTime = paint('dim', time.toTimeString().slice(0, 8));
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
