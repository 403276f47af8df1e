/** The most calls to one CRM that are under way at once. */
export class Bulkhead {
  readonly #size: number;
  readonly #freed: (() => void)[] = [];
  #running = 0;

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
  onFree(listener: () => void): void {
    this.#freed.push(listener);
  }

  /** Runs at once; whoever calls looks at `full` first. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      for (const listener of this.#freed) listener();
    }
  }
}
