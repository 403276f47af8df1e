/** A sliding window: at no moment were more than `limit` requests sent within its length. */
import { unlessAborted, type Time } from './time.ts';

/** A request that counts against the window. */
export interface Permit {
  /** To be called once, when the request has ended, or with `false` when it was never sent. */
  release(sent?: boolean): void;
}

/** A request that was given up may still be on its way when the wait for its place ends. */
const MARGIN_MS = 250;

export class SlidingWindow {
  /** Requests per window; may change at any time. */
  limit: number;
  /** Milliseconds. */
  length: number;
  readonly #time: Time;
  /**
   * The requests that count. HubSpot counts each at some moment between sending and answer, so a place is
   * taken from the sending until a whole window after the answer.
   */
  #counted: { at: number; underWay: boolean }[] = [];
  /** Whoever waits stands in a line, so that nobody is overtaken for ever. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(time: Time, limit: number, windowMs: number) {
    this.#time = time;
    this.limit = limit;
    this.length = windowMs;
  }

  /** How many requests count at this moment. */
  get used(): number {
    const past = this.#time.now() - this.length - MARGIN_MS;
    this.#counted = this.#counted.filter(({ at, underWay }) => underWay || at > past);
    return this.#counted.length;
  }

  /**
   * Waits for a place.
   * @param share of the limit that may be used up; work in the background leaves the rest to lookups.
   * @throws the signal's reason when it aborts first.
   */
  async acquire(signal: AbortSignal, share = 1): Promise<Permit> {
    const turn = this.#queue;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    // Work in the background does not stand in line: it would hold up everybody.
    if (share === 1) this.#queue = promise;
    try {
      if (share === 1 && this.waitMs() > 0) await unlessAborted(turn, signal);
      for (let ms = this.waitMs(share); ms > 0; ms = this.waitMs(share))
        await this.#time.sleep(ms, signal);
      signal.throwIfAborted();
      return this.#count();
    } finally {
      void turn.then(resolve);
    }
  }

  /** @returns milliseconds until there is a place, if nobody else takes it. */
  waitMs(share = 1): number {
    const over = this.used - Math.max(1, Math.floor(this.limit * share));
    if (over < 0) return 0;
    const now = this.#time.now();
    // A request under way takes its place for a whole window more, at least.
    const ends = this.#counted.map(({ at, underWay }) => (underWay ? now : at));
    const frees = ends.sort((a, b) => a - b)[over] ?? now;
    return Math.max(1, frees + this.length + MARGIN_MS - now);
  }

  /** The server has counted so many: what is more than ours was sent by others with the same token. */
  syncUsed(used: number): void {
    for (let missing = used - this.used; missing > 0; missing -= 1) this.#count().release();
  }

  #count(): Permit {
    const entry = { at: this.#time.now(), underWay: true };
    this.#counted.push(entry);
    return {
      release: (sent = true) => {
        entry.at = this.#time.now();
        entry.underWay = false;
        if (!sent) this.#counted = this.#counted.filter((other) => other !== entry);
      },
    };
  }
}
