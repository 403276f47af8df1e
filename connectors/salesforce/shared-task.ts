/** One piece of work that many wait for; it ends early when nobody waits any more. */
import { ConnectorError } from '../../src/connector/index.ts';

export class SharedTask<T> {
  readonly #result: Promise<T>;
  readonly #abort = new AbortController();
  readonly #keep: boolean;
  #waiting = 0;

  /** @param keep goes on to its end even when nobody waits any more. */
  constructor(work: (signal: AbortSignal) => Promise<T>, keep: boolean) {
    this.#keep = keep;
    this.#result = work(this.#abort.signal);
    // Those who wait get the error; when nobody does, it must not end the process.
    this.#result.catch(() => undefined);
  }

  /** It was ended because nobody waited any more; there is no use in joining. */
  get abandoned(): boolean {
    return this.#abort.signal.aborted;
  }

  /**
   * @param signal not yet aborted.
   * @throws {ConnectorError} `timeout` when `signal` aborts first, or what the work throws.
   */
  async join(signal: AbortSignal): Promise<T> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    // At once, so that whoever comes in the same moment does not join what is about to end.
    const leave = () => {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#keep) this.#abort.abort(signal.reason);
      reject(new ConnectorError('timeout', 'no sign-in to Salesforce in time'));
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting += 1;
    try {
      return await Promise.race([this.#result, aborted]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
}
