/**
 * Log lines: a fixed message and scalar fields, never prose with values in it. No line at any level may
 * hold an e-mail, a key, an IP address, a page URL or a CRM value; `describeError` and `createEmailHash` say
 * what is logged instead.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { createLogger, format as formats, type Logger } from 'winston';
import Transport from 'winston-transport';
import type { ConnectorLog, LogFields } from '../connector/contract.ts';
import { toIsoString, type WallClock } from '../model/clock.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'json' | 'pretty';

export interface Log extends ConnectorLog {
  /** @returns a log that adds these fields to every line and shares level, format and stream with this one. */
  child(fields: LogFields): Log;
  /** Whether lines of this level are written at present. */
  isEnabled(level: LogLevel): boolean;
  /** Takes effect at once, for all children too. */
  setLevel(level: LogLevel): void;
  setFormat(format: LogFormat): void;
  /** @returns when the stream has taken all lines so far or has failed; never, while its reader stands still. */
  flush(): Promise<void>;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object per line. `pretty`: for a terminal, in local time. */
  readonly format: LogFormat;
  /** Where the lines go, such as standard output. */
  readonly stream: Writable;
  /** Colours in `pretty`. */
  readonly color: boolean;
  readonly clock: WallClock;
  /** Called for each line that is lost: the reader of the stream does not keep up, or the stream has failed. */
  readonly onDropped?: () => void;
}

/** Most severe first, as winston counts. */
const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
const COLORS = { error: 'red', warn: 'yellow', info: 'green', debug: 'gray' } as const;

/** What may wait for the reader of the stream: some 4,000 lines. */
const MAX_BUFFERED_CHARS = 1_000_000;

export function createLog(options: LogOptions): Log {
  const { level, format, stream, color, clock } = options;
  const formatter = (name: LogFormat) => {
    const print = name === 'json' ? toJson : toPretty;
    // Nothing else is passed on: winston would give a field `exception: true` a meaning and drop the line.
    return formats((info) => ({
      ...{ level: info.level, message: '', [LEVEL]: info.level },
      [MESSAGE]: print(clock.now(), info as typeof info & Line, color),
    }))();
  };
  const { write, flush } = createWriter(options);
  const root = createLogger({
    levels: LEVELS,
    level,
    format: formatter(format),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's types call the class an interface
    transports: new Transport({
      log(info: { readonly [MESSAGE]: string }, next: () => void) {
        write(`${info[MESSAGE]}\n`);
        next();
      },
    }),
  });

  // Winston's own answer looks through its transports each time.
  const isEnabled = (at: LogLevel) => LEVELS[at] <= LEVELS[root.level as LogLevel];

  const wrap = (winston: Logger): Log => {
    const write = (at: LogLevel) => (message: string, fields?: LogFields) => {
      if (!isEnabled(at)) return;
      winston.log({ ...fields, level: at, message });
      if (LEVELS[at] < LEVELS.info) flush(); // the process may end next
    };
    return {
      error: write('error'),
      warn: write('warn'),
      info: write('info'),
      debug: write('debug'),
      child: (fields) => wrap(winston.child(fields)),
      isEnabled,
      setLevel: (next) => void (root.level = next),
      setFormat: (next) => void (root.format = formatter(next)),
      flush: async () => {
        await new Promise(setImmediate); // winston passes the first lines on one tick late
        flush();
        await new Promise<void>((resolve) => void stream.write('', () => resolve()));
      },
    };
  };
  return wrap(root);
}

/**
 * Winston writes without regard to back-pressure: without a bound a reader that stands still fills the heap.
 * The lines of one turn of the event loop go out together: a write for each adds a tenth to a cached lookup.
 */
function createWriter({ stream, onDropped }: LogOptions) {
  let lines: string[] = [];
  let length = 0;
  const flush = () => {
    const count = lines.length;
    if (count === 0) return;
    stream.write(lines.join(''), (error) => {
      // The disk is full, or the reader has gone.
      if (error) for (let n = 0; n < count; n += 1) onDropped?.();
    });
    lines = [];
    length = 0;
  };
  const write = (line: string) => {
    if (stream.writableLength + length > MAX_BUFFERED_CHARS) {
      onDropped?.();
      return;
    }
    if (lines.length === 0) setImmediate(flush);
    lines.push(line);
    length += line.length;
  };
  return { write, flush };
}

/** What winston hands on: the fields beside level and message. */
interface Line extends Readonly<Record<string, unknown>> {
  readonly level: LogLevel;
  readonly message: string;
}

/** By these keys winston's transports find the level and the text of a line. */
const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');

/** Connectors may be plain JavaScript and pass a whole CRM record: drops all but scalars, and what is ours. */
function addFields(to: Record<string, unknown>, line: Line): Record<string, unknown> {
  for (const name in line) {
    if (name === 'time' || name === 'level' || name === 'message') continue;
    const value = line[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      to[name] = value;
    }
  }
  return to;
}

function toJson(now: number, line: Line): string {
  const { level, message } = line;
  return JSON.stringify(addFields({ time: toIsoString(now), level, message }, line));
}

function toPretty(now: number, line: Line, color: boolean): string {
  const { level, message } = line;
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const pairs = Object.entries(addFields({}, line)).map(
    ([name, value]) => paint('dim', `${oneLine(name)}=`) + quoteIfNeeded(String(value)),
  );
  const time = paint('dim', new Date(now).toTimeString().slice(0, 8));
  const head = `${time} ${paint(COLORS[level], level.padEnd(5))} ${oneLine(message)}`;
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

/**
 * @returns a function that maps a normalized e-mail to 12 hex digits: the same for one person within a run of
 *   the process, so that the lines about one visitor can be found. The secret is random and never leaves the
 *   process, so trying addresses reveals nothing. (An HMAC costs thirty times as much; since most of the digest
 *   is cut off, a secret prefix is as strong.)
 */
export function createEmailHash(): (normalizedEmail: string) => string {
  const secret = randomBytes(32).toString('hex');
  return (normalizedEmail) => hash('sha256', secret + normalizedEmail).slice(0, 12);
}
