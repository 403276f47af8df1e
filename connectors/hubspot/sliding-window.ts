/** Lets a number of requests per time through, in order of arrival. */
import { raceAbort } from '../../src/connector/index.ts';
import type { Time } from './time.ts';

/** A request that counts against the window. */
export interface Slot {
  /** To be called once, when the request has ended, or with `false` when it was never sent. */
  release(sent?: boolean): void;
}

/** An aborted request may still be on its way when its time in the window ends. */
const MARGIN_MS = 250;

/** At no moment were more than `limit` requests sent within `windowMs`. */
export class SlidingWindow {
  /** Requests per window; may change at any time. */
  limit: number;
  windowMs: number;
  readonly #time: Time;
  readonly #queue = new Queue();
  /**
   * The requests that count. HubSpot counts each at some moment between sending and response, so it counts
   * here from its sending until a whole window after its response.
   */
  #counted: { at: number; isInFlight: boolean }[] = [];

  constructor(time: Time, limit: number, windowMs: number) {
    this.#time = time;
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** How many requests count at this moment. */
  get used(): number {
    const past = this.#time.now() - this.windowMs - MARGIN_MS;
    this.#counted = this.#counted.filter(({ at, isInFlight }) => isInFlight || at > past);
    return this.#counted.length;
  }

  /**
   * Waits, in order of arrival, until a request may be sent.
   * @param share of the limit that may be used up; background work leaves the rest to lookups.
   * @throws when the signal aborts first.
   */
  async acquire(signal: AbortSignal, share = 1): Promise<Slot> {
    // Background work does not queue: it would hold up every lookup behind it.
    const turn = share === 1 ? this.#queue.join() : undefined;
    try {
      if (this.waitMs() > 0) await turn?.wait(signal);
      for (let ms = this.waitMs(share); ms > 0; ms = this.waitMs(share))
        await this.#time.sleep(ms, signal);
      signal.throwIfAborted();
      return this.#count();
    } finally {
      turn?.leave();
    }
  }

  /** @returns milliseconds until a request may be sent, if no other is sent before. */
  waitMs(share = 1): number {
    const over = this.used - Math.max(1, Math.floor(this.limit * share));
    if (over < 0) return 0;
    const now = this.#time.now();
    // A request in flight counts for at least a whole window more.
    const ends = this.#counted.map(({ at, isInFlight }) => (isInFlight ? now : at));
    const free = ends.sort((a, b) => a - b)[over] ?? now;
    return Math.max(1, free + this.windowMs + MARGIN_MS - now);
  }

  /** @param used requests the server has counted: those that are not ours came from others with the same token. */
  syncUsed(used: number): void {
    for (let missing = used - this.used; missing > 0; missing -= 1) this.#count().release();
  }

  /** Lets no request that has ended count beyond that time. */
  freeBy(time: number): void {
    const latest = time - this.windowMs - MARGIN_MS;
    for (const entry of this.#counted) entry.at = Math.min(entry.at, latest);
  }

  #count(): Slot {
    const entry = { at: this.#time.now(), isInFlight: true };
    this.#counted.push(entry);
    return {
      release: (sent = true) => {
        entry.at = this.#time.now();
        entry.isInFlight = false;
        if (!sent) this.#counted = this.#counted.filter((other) => other !== entry);
      },
    };
  }
}

/** Order of arrival. One that leaves early passes its turn on when it would have come. */
class Queue {
  #last: Promise<unknown> = Promise.resolve();

  join(): { wait(signal: AbortSignal): Promise<unknown>; leave(): void } {
    const turn = this.#last;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#last = promise;
    return {
      wait: (signal) => raceAbort(turn, signal),
      leave: () => void turn.then(resolve),
    };
  }
}
