import { raceAbort } from '../connector/abort.ts';

/** Limits how many calls to one CRM are in flight at once. */
export class Bulkhead {
  readonly #size: number;
  readonly #listeners: (() => void)[] = [];
  #running = 0;
  #released = Promise.withResolvers<undefined>();

  constructor(size: number) {
    this.#size = size;
  }

  get running(): number {
    return this.#running;
  }

  get full(): boolean {
    return this.#running >= this.#size;
  }

  /** `listener` is called whenever a call ends. */
  onRelease(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Runs at once; the caller checks `full` first. */
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
   * Runs once the bulkhead is not full and nothing has priority, in the order of the calls.
   * @throws {ConnectorError} `timeout` when `signal` aborts before it has run, else what `work` throws.
   */
  async runQueued<T>(
    work: () => Promise<T>,
    hasPriority: () => boolean,
    signal: AbortSignal,
  ): Promise<T> {
    while (this.full || hasPriority()) await raceAbort(this.#released.promise, signal);
    return this.run(work);
  }

  /** To be called when nothing has priority any more: queued calls check again. */
  wake(): void {
    this.#released.resolve(undefined);
    this.#released = Promise.withResolvers();
  }
}
