/**
 * The steps of one lookup, for `/debug/lookup` and `lookup --trace`. A trace is shown to the operator who asked
 * about that one person and never logged. `spans.ts` records most steps, together with a span; details for the
 * operator only go to `currentTrace()?.add(…)`. Without a trace nothing is recorded.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { roundToTenth } from '../model/clock.ts';

export type Details = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Step {
  /** Such as `crm request`. */
  readonly step: string;
  /** The number of steps this one is part of. */
  readonly depth: number;
  /** Its start, in milliseconds since the start of the trace. */
  readonly at: number;
  /** Its duration in milliseconds; until the end of the trace if it is `unfinished`. */
  readonly ms?: number;
  readonly [detail: string]: Details[string];
}

/** `ms` is set for a step that has just ended. */
export interface NewStep {
  readonly step: string;
  readonly ms?: number;
  readonly [detail: string]: Details[string];
}

export interface Trace {
  /** Records what has just happened, or has just ended after `ms`. */
  add(step: NewStep): void;
  /** Records what begins now. */
  begin(step: NewStep): TraceStep;
}

export interface TraceStep {
  /** For the parts of this step. */
  readonly child: Trace;
  end(details: Details): void;
}

// Module state, but only the handle: Node keeps the traces with the asynchronous calls.
const storage = new AsyncLocalStorage<Trace>();

/** The trace of the current work, if it is traced. */
export function currentTrace(): Trace | undefined {
  return storage.getStore();
}

/** Runs `work` and records what it starts in `trace`. */
export function runWithTrace<T>(trace: Trace, work: () => T): T {
  return storage.run(trace, work);
}

/** One trace that records into several, for work that several lookups wait for. */
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

/** A recorded step; `ms` is set at its end. */
interface Entry {
  readonly step: string;
  readonly at: number;
  readonly parts: Entry[];
  ms: number | undefined;
  details: Details;
}

/**
 * Runs `work` and records the steps of everything it starts.
 * @param now a monotonic clock, in milliseconds with fractions.
 * @returns the result of `work` and the steps until then, each followed by its parts and otherwise in the order
 *   of their start; later ones are dropped.
 * @throws what `work` throws.
 */
export async function runTraced<T>(
  now: () => number,
  work: () => Promise<T> | T,
): Promise<{ readonly result: T; readonly steps: readonly Step[] }> {
  const start = now();
  /** @param since the start of the step that has these parts; a connector's `ms` may reach back further. */
  const traceInto = (entries: Entry[], since: number): Trace => ({
    add({ step, ms = 0, ...details }) {
      const at = Math.max(since, now() - start - ms);
      entries.push({ step, at, parts: [], ms, details });
    },
    begin({ step, ...details }) {
      const at = now() - start;
      const entry: Entry = { step, at, parts: [], ms: undefined, details };
      entries.push(entry);
      return {
        child: traceInto(entry.parts, at),
        end(more) {
          entry.ms = now() - start - at;
          entry.details = { ...details, ...more };
        },
      };
    },
  });
  const entries: Entry[] = [];
  const result = await storage.run(traceInto(entries, 0), async () => work());
  return { result, steps: flatten(entries, 0, now() - start) };
}

function flatten(entries: readonly Entry[], depth: number, total: number): readonly Step[] {
  return entries
    .toSorted((a, b) => a.at - b.at)
    .flatMap((entry) => [stepOf(entry, depth, total), ...flatten(entry.parts, depth + 1, total)]);
}

function stepOf({ step, at, ms, details }: Entry, depth: number, total: number): Step {
  const known = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    step,
    depth,
    at: roundToTenth(at),
    ms: roundToTenth(ms ?? total - at),
    ...Object.fromEntries(known),
    ...(ms === undefined ? { unfinished: true } : {}),
  };
}
