/**
 * Steps of one lookup, for `/debug/lookup` and `lookup --trace`. Whoever does something worth telling calls
 * `currentTrace()?.add(…)`; nothing is passed around, and nothing happens when nobody watches. What goes
 * into a trace is shown to the operator who asked about that one person, never logged.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../connector.ts';

type Scalar = string | number | boolean | null | undefined;

export interface Step {
  /** What was done, such as `crm request`. */
  readonly step: string;
  /** When it began: milliseconds since the start of the trace. */
  readonly at: number;
  /** How long it took, in milliseconds. */
  readonly ms?: number;
  readonly [detail: string]: Scalar;
}

/** A step as it is handed in, at its end: without `at`, that is reckoned from now and `ms`. */
export interface NewStep {
  readonly step: string;
  readonly at?: number;
  readonly ms?: number;
  readonly [detail: string]: Scalar;
}

export interface Trace {
  add(step: NewStep): void;
}

// The one thing here that outlives a call: Node keeps the context of asynchronous calls per storage.
const storage = new AsyncLocalStorage<Trace>();

/** The trace of the work that is going on, if it is traced. */
export function currentTrace(): Trace | undefined {
  return storage.getStore();
}

/**
 * Runs `work` and gathers the steps of everything it sets off.
 * @returns what `work` gave and the steps until then, by the time they began; later ones are not kept.
 * @throws what `work` throws.
 */
export async function runTraced<T>(
  clock: Clock,
  work: () => Promise<T> | T,
): Promise<{ readonly result: T; readonly steps: readonly Step[] }> {
  const start = clock.now();
  const steps: Step[] = [];
  const trace: Trace = {
    add({ step, at, ms, ...details }) {
      const began = at ?? Math.max(0, clock.now() - start - (ms ?? 0));
      steps.push({
        step,
        at: tenth(began),
        ...(ms === undefined ? {} : { ms: tenth(ms) }),
        ...details,
      });
    },
  };
  const result = await storage.run(trace, async () => work());
  return { result, steps: steps.toSorted((a, b) => a.at - b.at) };
}

/** Clocks differ in how finely they count; nobody reads more than a tenth of a millisecond. */
function tenth(ms: number): number {
  return Math.round(ms * 10) / 10;
}
