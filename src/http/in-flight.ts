/** The lookups being answered at this moment, so that a shutdown loses none of them. */
export class InFlight {
  #count = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  /** New requests are to be refused. */
  get draining(): boolean {
    return this.#draining;
  }

  async during(work: () => Promise<void>): Promise<void> {
    this.#count += 1;
    try {
      await work();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.#onIdle?.();
    }
  }

  /** From now on `draining`. @returns when nothing is in flight any more. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#onIdle = () => resolve(undefined);
    await promise;
  }
}
