/** At most so many at once; the others wait in order. */
import { raceAbort } from './abort.ts';

export class Semaphore {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(size: number) {
    this.#free = size;
  }

  /** The caller calls {@link release} once. @throws {ConnectorError} `timeout` when the signal aborts first. */
  async acquire(signal: AbortSignal): Promise<void> {
    if (this.#free > 0 && !signal.aborted) {
      this.#free -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const onTurn = () => resolve(undefined);
    this.#waiting.add(onTurn);
    try {
      await raceAbort(promise, signal);
    } catch (error) {
      // Its turn may have come in the same moment.
      if (!this.#waiting.delete(onTurn)) this.release();
      throw error;
    }
  }

  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
