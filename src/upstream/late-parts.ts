/**
 * How long a call waits for the rest of people who are known. Once the rest has been late several times, calls wait
 * briefly: one that waits for long holds the place of another, and keeps its agents waiting.
 */
import type { Clock } from '../model/clock.ts';
import { CircuitBreaker, type CircuitPermit } from './circuit-breaker.ts';
import { LatePartError } from './errors.ts';
import { settle } from './policy.ts';

/** Of the latest ten calls that knew a person, this many were late. */
const LATE_CALLS = 3;
/** A brief wait, as a fraction of the time that a lookup may take. */
const BRIEF_FRACTION = 0.2;

export class LateParts {
  /** While it is open, calls wait briefly; now and then one waits for as long as it may. */
  readonly #circuit: CircuitBreaker;

  constructor(connection: string, clock: Clock) {
    this.#circuit = new CircuitBreaker(connection, clock, () => undefined, undefined, LATE_CALLS);
  }

  /**
   * @param ask says by `onReported` that it is known of each person whether there is one, while the rest is still being read.
   * @param isAnyKnown whether there is one, if it has said so. @param timeoutMs how long a lookup may take.
   * @param signal when that time is over.
   * @throws {LatePartError} when people are known, but the rest is late; else what `ask` throws.
   */
  async wait<T>(
    ask: (signal: AbortSignal, onReported: () => void) => Promise<T>,
    isAnyKnown: () => boolean,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<T> {
    const permit = this.#acquire();
    const brief = new AbortController();
    const end = permit === undefined ? AbortSignal.any([signal, brief.signal]) : signal;
    const state = { isReported: false, isOver: false };
    let timer: NodeJS.Timeout | undefined;
    const onReported = () => {
      state.isReported = true;
      if (permit === undefined && !state.isOver)
        timer ??= setTimeout(() => brief.abort(), timeoutMs * BRIEF_FRACTION);
    };
    try {
      const result = await settle(ask(end, onReported), end);
      if (state.isReported) permit?.succeed();
      else permit?.skip();
      return result;
    } catch (thrown) {
      const isLate = state.isReported && end.aborted && isAnyKnown();
      if (isLate) permit?.fail('timeout', undefined);
      else permit?.skip();
      throw isLate ? new LatePartError() : thrown;
    } finally {
      state.isOver = true;
      clearTimeout(timer);
    }
  }

  /** @returns `undefined`: wait briefly. */
  #acquire(): CircuitPermit | undefined {
    try {
      return this.#circuit.acquire();
    } catch {
      return undefined;
    }
  }
}
