/** The most calls to one CRM that are under way at once. */

import { raceAbort } from '../connector/abort.ts';

export class Bulkhead {
  readonly #size: number;
  readonly #listeners: (() => void)[] = [];
  #running = 0;
  #recheck = Promise.withResolvers<undefined>();

  constructor(size: number) {
    this.#size = size;
  }

  get running(): number {
    return this.#running;
  }

  get full(): boolean {
    return this.#running >= this.#size;
  }

  /** `listener` is told whenever a place gets free. */
  onRelease(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Runs at once; whoever calls looks at `full` first. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      for (const listener of this.#listeners) listener();
      this.wake();
    }
  }

  /**
   * Runs when a place is free and nobody more urgent waits, in the order of asking.
   * @throws {ConnectorError} `timeout` when `signal` aborts before it was its turn, else what `work` throws.
   */
  async runQueued<T>(
    work: () => Promise<T>,
    hasPriority: () => boolean,
    signal: AbortSignal,
  ): Promise<T> {
    while (this.full || hasPriority()) await raceAbort(this.#recheck.promise, signal);
    return this.run(work);
  }

  /** To be called when nothing is urgent any more: whoever waits for their turn looks again. */
  wake(): void {
    this.#recheck.resolve(undefined);
    this.#recheck = Promise.withResolvers();
  }
}
