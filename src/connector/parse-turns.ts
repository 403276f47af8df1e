/**
 * Bounds how much is parsed in one turn of the event loop. There is one, however many connections there are: many
 * small responses that arrive together would hold it up as long as a huge one.
 */
import { raceAbort } from './abort.ts';

/** A larger body has a turn to itself. A quarter of a megabyte takes a parser 10 ms at most. */
export const TURN_BYTES = 256 * 1024;

export class ParseTurns {
  readonly #waiting = new Set<{ readonly bytes: number; readonly resume: () => void }>();
  #used = 0;
  #endsTurn = false;

  /**
   * The caller parses so many bytes as soon as this returns: at once, or in a later turn, in order.
   * @throws {ConnectorError} `timeout` when the signal aborts first.
   */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size === 0 && this.#used < TURN_BYTES) {
      this.#use(bytes);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const entry = { bytes, resume: () => resolve(undefined) };
    this.#waiting.add(entry);
    try {
      await raceAbort(promise, signal);
    } finally {
      this.#waiting.delete(entry);
    }
  }

  #use(bytes: number): void {
    this.#used += bytes;
    if (!this.#endsTurn) setImmediate(this.#nextTurn);
    this.#endsTurn = true;
  }

  readonly #nextTurn = (): void => {
    this.#used = 0;
    this.#endsTurn = false;
    for (const entry of this.#waiting) {
      if (this.#used >= TURN_BYTES) return;
      this.#waiting.delete(entry);
      this.#use(entry.bytes);
      entry.resume();
    }
  };
}
