/** Counts the requests that are being answered, so that a shutdown loses none of them. */
export class InFlight {
  #count = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;
  #rejectionPause: PromiseWithResolvers<undefined> | undefined;

  /** New requests are rejected. */
  get draining(): boolean {
    return this.#draining;
  }

  /** What a new request waits for before it is rejected; `undefined` when it is rejected at once. */
  get rejectionsPaused(): Promise<unknown> | undefined {
    return this.#rejectionPause?.promise;
  }

  /**
   * Keeps new requests waiting from the last answer until the listener is closed: rejected at once, their
   * senders would connect again while it closes, and be reset.
   */
  pauseRejections(): void {
    this.#rejectionPause = Promise.withResolvers<undefined>();
  }

  resumeRejections(): void {
    this.#rejectionPause?.resolve(undefined);
    this.#rejectionPause = undefined;
  }

  /** A request begins; call `finish` when it has been answered. */
  start(): void {
    this.#count += 1;
  }

  finish(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onIdle?.();
  }

  /** From now on `draining`. @returns when no request is in flight. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#onIdle = () => resolve(undefined);
    await promise;
  }
}
