/** Wakes whoever waits for one of several answers, a moment, or a signal: whatever comes first. */
export class Notifier {
  #wake: (() => void) | undefined;

  notify(): void {
    this.#wake?.();
  }

  /**
   * @param ms the longest wait, in milliseconds.
   * @returns when `enough()` holds, after `ms`, or as soon as `signal` aborts.
   */
  async wait(ms: number, signal: AbortSignal, enough: () => boolean): Promise<void> {
    if (enough() || ms <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const finish = () => resolve(undefined);
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
    this.#wake = () => {
      if (enough()) finish();
    };
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      this.#wake = undefined;
    }
  }
}
