/** The lookups being answered at this moment, so that a shutdown loses none of them. */
export class InFlight {
  #count = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;
  #held: PromiseWithResolvers<undefined> | undefined;

  /** New requests are to be refused. */
  get draining(): boolean {
    return this.#draining;
  }

  /** What a new request waits for before it is refused; `undefined` when it is refused at once. */
  get rejectionsPaused(): Promise<unknown> | undefined {
    return this.#held?.promise;
  }

  /**
   * Keeps new requests waiting, from the last answer until nothing is listened for any more: refused at
   * once, their senders would come back while the listening ends, and be reset.
   */
  pauseRejections(): void {
    this.#held = Promise.withResolvers<undefined>();
  }

  resumeRejections(): void {
    this.#held?.resolve(undefined);
    this.#held = undefined;
  }

  /** A lookup begins; `leave` is to be called when it has been answered. */
  start(): void {
    this.#count += 1;
  }

  finish(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onIdle?.();
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
