/**
 * Two ways to wait for a request's turn: a sliding window keeps a limit exactly, a token bucket spreads what
 * begins over the window.
 */
import { setTimeout } from 'node:timers/promises';
import { raceAbort } from '../../src/connector/index.ts';

/** Time that passes: waiting and measuring go by the same clock. */
export interface Time {
  /** Milliseconds from any starting point; never goes back. */
  now(): number;
  /** Resolves after `ms`; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const realTime: Time = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};

/** A request that counts against the window. */
export interface Permit {
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
  async acquire(signal: AbortSignal, share = 1): Promise<Permit> {
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

  #count(): Permit {
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

/** Shares of the limit. The rest is for lookups that began with a nearly empty bucket. */
const BURST = 0.25;
const REFILL = 0.65;
const DEBT = 0.1;

/**
 * Burst and refill together stay below the limit. Without it the first small lookups of a busy minute would
 * use up the window, and the next would wait for most of it. Held back a little, they become fewer and larger
 * instead: the bridge puts all people who wait meanwhile into one call.
 */
export class TokenBucket {
  readonly #time: Time;
  /** More callers than this do not wait: they are not the bridge's, so waiting does not make them fewer. */
  readonly #maxWaiting: number;
  readonly #queue = new Queue();
  #limit: number;
  #windowMs: number;
  #level: number;
  #levelAt: number;
  #waiting = 0;

  /** @param limit requests per `windowMs`. @param maxWaiting how many lookups may wait. */
  constructor(time: Time, limit: number, windowMs: number, maxWaiting: number) {
    this.#time = time;
    this.#maxWaiting = maxWaiting;
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#level = limit * BURST;
    this.#levelAt = time.now();
  }

  /** Another limit: the level changes in proportion. */
  resize(limit: number, windowMs: number): void {
    this.#refill();
    this.#level *= limit / this.#limit;
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** A lookup begins: waits for the bucket, and consumes its first request. @throws when the signal aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    if (this.#waiting >= this.#maxWaiting) {
      this.consume();
      return;
    }
    const turn = this.#queue.join();
    this.#waiting += 1;
    try {
      if (this.#waiting > 1) await turn.wait(signal);
      for (let ms = this.waitMs(); ms > 0; ms = this.waitMs()) await this.#time.sleep(ms, signal);
      this.consume();
    } finally {
      this.#waiting -= 1;
      turn.leave();
    }
  }

  /** A further request of a lookup: it does not wait, but the next lookup will. */
  consume(): void {
    this.#refill();
    this.#level = Math.max(this.#level - 1, -this.#limit * DEBT);
  }

  /** @returns milliseconds until the bucket holds a request. */
  waitMs(): number {
    this.#refill();
    return Math.max(0, Math.ceil((1 - this.#level) / this.#refillPerMs));
  }

  get #refillPerMs(): number {
    return (this.#limit * REFILL) / this.#windowMs;
  }

  #refill(): void {
    const now = this.#time.now();
    const level = this.#level + (now - this.#levelAt) * this.#refillPerMs;
    this.#level = Math.min(this.#limit * BURST, level);
    this.#levelAt = now;
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
