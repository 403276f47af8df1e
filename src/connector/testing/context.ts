/** What a connector is opened with, for tests: everything it reports to the bridge can be read back. */
import { resolve } from 'node:path';
import { isPublicMailDomain } from '../../model/public-mail-domains.ts';
import type { Clock } from '../../model/clock.ts';
import type { ConnectorContext, CrmRequest, Limits, LogFields } from '../contract.ts';
import { KeptGrant } from '../refresh-grant.ts';

export interface TestContext extends ConnectorContext {
  readonly clock: TestClock;
  /** Every request the connector reported, in order. */
  readonly observed: readonly CrmRequest[];
  /** The steps of traces: each lookup of a test is traced. */
  readonly traceSteps: readonly LogFields[];
  /** How often the connector said that its data has changed. */
  readonly invalidations: number;
  /** The standing problems: key to message. */
  readonly notices: ReadonlyMap<string, string>;
  readonly lines: readonly LogLine[];
  /** Absolute paths that are watched at this moment. */
  readonly watched: readonly string[];
  /** Plays a change of a watched file, as the bridge would report it. */
  changed(path: string): void;
  /** The next line (from the moment of the call on) whose message matches. */
  nextLine(message: RegExp): Promise<LogLine>;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A clock that moves only by `advance` and `step`. */
export interface TestClock extends Clock {
  /** Time passes. */
  advance(ms: number): void;
  /** The wall clock is set; no time passes. */
  step(ms: number): void;
}

export interface ContextOptions {
  readonly name?: string;
  readonly limits?: Partial<Limits>;
  /** The folder that relative paths of the settings belong to. */
  readonly baseDir?: string;
  readonly publicMailDomains?: readonly string[];
  /** Where the clock stands at first, in milliseconds since 1970. */
  readonly now?: number;
}

export function connectorContext(options: ContextOptions = {}): TestContext {
  const baseDir = options.baseDir ?? process.cwd();
  const observed: CrmRequest[] = [];
  const traceSteps: LogFields[] = [];
  const notices = new Map<string, string>();
  const lines: LogLine[] = [];
  const watchers = new Set<{ readonly path: string; readonly onChange: () => void }>();
  const waiting = new Set<(line: LogLine) => void>();
  let invalidations = 0;
  let now = options.now ?? Date.parse('2026-11-24T09:40:00.000Z');
  let elapsed = 5000;

  const write =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      const line = { level, message, fields };
      lines.push(line);
      for (const hand of [...waiting]) hand(line);
    };

  const clock: TestClock = {
    now: () => now,
    monotonic: () => elapsed,
    advance: (ms) => {
      now += ms;
      elapsed += ms;
    },
    step: (ms) => {
      now += ms;
    },
  };

  return {
    name: options.name ?? 'directory',
    limits: { deals: 5, tickets: 5, concurrency: 4, quotaReserve: 0.1, ...options.limits },
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    clock,
    resolvePath: (path) => resolve(baseDir, path),
    watchFile(path, onChange) {
      const watcher = { path, onChange };
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    isPublicMailDomain: (domain) => isPublicMailDomain(domain, options.publicMailDomains),
    recordRequest: (request) => void observed.push(request),
    addTraceStep(step, details) {
      const found = details();
      if (found) traceSteps.push({ step, ...found });
    },
    refreshGrant: (configured, newest = configured) => new KeptGrant(newest, clock),
    invalidate: () => void (invalidations += 1),
    get invalidations() {
      return invalidations;
    },
    setNotice(key, message) {
      if (message === undefined) notices.delete(key);
      else notices.set(key, message);
    },
    observed,
    traceSteps,
    notices,
    lines,
    get watched() {
      return [...watchers].map((watcher) => watcher.path);
    },
    changed(path) {
      const absolute = resolve(baseDir, path);
      for (const watcher of [...watchers]) if (watcher.path === absolute) watcher.onChange();
    },
    nextLine: (message) =>
      new Promise((found) => {
        const hand = (line: LogLine): void => {
          if (!message.test(line.message)) return;
          waiting.delete(hand);
          found(line);
        };
        waiting.add(hand);
      }),
  };
}
