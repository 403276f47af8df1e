/** Time that a test advances, for what waits. */
import type { Time } from '../../../connectors/hubspot/rate-limiter.ts';

export class FakeTime implements Time {
  #now: number;
  #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  constructor(now = 0) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  /** How many sleep at this moment. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      const sleeper = {
        until: this.#now + ms,
        wake: () => {
          leave();
          resolve();
        },
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', abort);
      this.#sleepers.add(sleeper);
    });
  }

  /** Advances time and wakes the sleepers that are due. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.until <= this.#now) sleeper.wake();
  }
}

/** A few turns of the event loop: what needs no time to pass is done. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((next) => setImmediate(next));
}
