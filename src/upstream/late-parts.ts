/**
 * How long a call waits for the rest of people who are known. Once the rest has been late several times, calls wait
 * briefly: one that waits for long holds the place of another, and keeps its agents waiting.
 */
import { raceAbort } from '../connector/abort.ts';
import type { Clock } from '../model/clock.ts';
import { CircuitBreaker, type CircuitPermit } from './circuit-breaker.ts';
import { LatePartError } from './errors.ts';

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
   * @param ask says by `onKnown` that a person is known while the rest is still being read.
   * @param timeoutMs how long a lookup may take. @param signal when that time is over.
   * @throws {LatePartError} when a person is known, but the rest is late; else what `ask` throws.
   */
  async wait<T>(
    ask: (signal: AbortSignal, onKnown: () => void) => Promise<T>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<T> {
    const permit = this.#acquire();
    const brief = new AbortController();
    const end = permit === undefined ? AbortSignal.any([signal, brief.signal]) : signal;
    const known = { any: false };
    let timer: NodeJS.Timeout | undefined;
    const onKnown = () => {
      known.any = true;
      if (permit === undefined)
        timer ??= setTimeout(() => brief.abort(), timeoutMs * BRIEF_FRACTION);
    };
    try {
      const result = await raceAbort(ask(end, onKnown), end);
      if (known.any) permit?.succeed();
      else permit?.skip();
      return result;
    } catch (thrown) {
      const isLate = known.any && end.aborted;
      if (isLate) permit?.fail('timeout', undefined);
      else permit?.skip();
      throw isLate ? new LatePartError() : thrown;
    } finally {
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
