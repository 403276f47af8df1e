/**
 * Steps of one lookup, for `/debug/lookup` and `lookup --trace`. What goes into a trace is shown to the
 * operator who asked about that one person, never logged. Most steps are recorded by `steps.ts`, together
 * with a span; what concerns the operator alone is told to `currentTrace()?.add(…)`. Nothing is passed
 * around, and nothing happens when nobody watches.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { roundToTenth } from '../model/round.ts';

export type Details = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Step {
  /** What was done, such as `crm request`. */
  readonly step: string;
  /** How many steps this one is a part of. */
  readonly depth: number;
  /** When it began: milliseconds since the start of the trace. */
  readonly at: number;
  /** How long it took, in milliseconds; until the end of the trace if it is `unfinished`. */
  readonly ms?: number;
  readonly [detail: string]: Details[string];
}

/** A step as it is handed in; `ms` of one that has just ended. */
export interface NewStep {
  readonly step: string;
  readonly ms?: number;
  readonly [detail: string]: Details[string];
}

export interface Trace {
  /** Notes what has just happened, or has just ended after `ms`. */
  add(step: NewStep): void;
  /** Notes what begins now. */
  begin(step: NewStep): TraceStep;
}

export interface TraceStep {
  /** For the parts of this step. */
  readonly child: Trace;
  end(details: Details): void;
}

// The one thing here that outlives a call: Node keeps the context of asynchronous calls per storage.
const storage = new AsyncLocalStorage<Trace>();

/** The trace of the work that is going on, if it is traced. */
export function currentTrace(): Trace | undefined {
  return storage.getStore();
}

/** Runs `work`; what it sets off is told to `trace`. */
export function runWithTrace<T>(trace: Trace, work: () => T): T {
  return storage.run(trace, work);
}

/** One trace that tells everything to several, for work that several lookups wait for. */
export function combineTraces(traces: readonly Trace[]): Trace {
  const [only] = traces;
  if (only !== undefined && traces.length === 1) return only;
  return {
    add: (step) => traces.forEach((trace) => trace.add(step)),
    begin(step) {
      const open = traces.map((trace) => trace.begin(step));
      return {
        child: combineTraces(open.map(({ child }) => child)),
        end: (details) => open.forEach((one) => one.end(details)),
      };
    },
  };
}

/** A step on record; `ms` comes with its end. */
interface Entry {
  readonly step: string;
  readonly at: number;
  readonly parts: Entry[];
  ms: number | undefined;
  details: Details;
}

/**
 * Runs `work` and gathers the steps of everything it sets off.
 * @param now milliseconds from wherever, with fractions, never going back.
 * @returns what `work` gave and the steps until then, each followed by its parts and otherwise in the order
 *   in which they began; later ones are not kept.
 * @throws what `work` throws.
 */
export async function runTraced<T>(
  now: () => number,
  work: () => Promise<T> | T,
): Promise<{ readonly result: T; readonly steps: readonly Step[] }> {
  const start = now();
  /** @param since when the step began that `entries` are the parts of: clocks of others are less exact. */
  const place = (entries: Entry[], since: number): Trace => ({
    add({ step, ms = 0, ...details }) {
      const at = Math.max(since, now() - start - ms);
      entries.push({ step, at, parts: [], ms, details });
    },
    begin({ step, ...details }) {
      const at = now() - start;
      const entry: Entry = { step, at, parts: [], ms: undefined, details };
      entries.push(entry);
      return {
        child: place(entry.parts, at),
        end(more) {
          entry.ms = now() - start - at;
          entry.details = { ...details, ...more };
        },
      };
    },
  });
  const entries: Entry[] = [];
  const result = await storage.run(place(entries, 0), async () => work());
  return { result, steps: flatten(entries, 0, now() - start) };
}

function flatten(entries: readonly Entry[], depth: number, total: number): readonly Step[] {
  return entries
    .toSorted((a, b) => a.at - b.at)
    .flatMap((entry) => [stepOf(entry, depth, total), ...flatten(entry.parts, depth + 1, total)]);
}

function stepOf({ step, at, ms, details }: Entry, depth: number, total: number): Step {
  const told = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    step,
    depth,
    at: roundToTenth(at),
    ms: roundToTenth(ms ?? total - at),
    ...Object.fromEntries(told),
    ...(ms === undefined ? { unfinished: true } : {}),
  };
}
