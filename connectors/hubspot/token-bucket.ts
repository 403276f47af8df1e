/**
 * Spreads lookups over the window of a limit: a token bucket whose burst and refill together stay below the
 * limit. Without it a busy minute's first small lookups would use up everything, and whoever comes next would
 * wait for most of the window. Held back a little, they become fewer and larger instead: the bridge puts all
 * who wait meanwhile into one call.
 */
import { unlessAborted, type Time } from './time.ts';

/** Shares of the limit. What is left is for lookups that began with a nearly empty bucket. */
const BURST = 0.25;
const REFILL = 0.65;
const DEBT = 0.1;

export class TokenBucket {
  readonly #time: Time;
  /** More callers than this do not wait: they are not the bridge, and do not become fewer by waiting. */
  readonly #maxWaiting: number;
  #limit: number;
  #windowMs: number;
  #level: number;
  #levelAt: number;
  #waiting = 0;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param limit requests per `length` milliseconds. @param callers how many lookups may wait. */
  constructor(time: Time, limit: number, length: number, callers: number) {
    this.#time = time;
    this.#maxWaiting = callers;
    this.#limit = limit;
    this.#windowMs = length;
    this.#level = limit * BURST;
    this.#levelAt = time.now();
  }

  /** Another limit: the bucket grows, or shrinks, in proportion. */
  resize(limit: number, length: number): void {
    this.#refill();
    this.#level *= limit / this.#limit;
    this.#limit = limit;
    this.#windowMs = length;
  }

  /** A lookup begins: waits for the bucket, and draws its first request. @throws when the signal aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    if (this.#waiting < this.#maxWaiting) await this.#enqueue(signal);
    else this.consume();
  }

  /** A further request of a lookup: it does not wait, but the next lookup will. */
  consume(): void {
    this.#refill();
    this.#level = Math.max(this.#level - 1, -this.#limit * DEBT);
  }

  /** @returns milliseconds until there is something in the bucket. */
  waitMs(): number {
    this.#refill();
    return Math.max(0, Math.ceil((1 - this.#level) / this.#refillPerMs));
  }

  async #enqueue(signal: AbortSignal): Promise<void> {
    const turn = this.#queue;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#queue = promise;
    this.#waiting += 1;
    try {
      if (this.#waiting > 1) await unlessAborted(turn, signal);
      for (let ms = this.waitMs(); ms > 0; ms = this.waitMs()) await this.#time.sleep(ms, signal);
      this.consume();
    } finally {
      this.#waiting -= 1;
      void turn.then(resolve);
    }
  }

  get #refillPerMs(): number {
    return (this.#limit * REFILL) / this.#windowMs;
  }

  #refill(): void {
    const now = this.#time.now();
    const filled = this.#level + (now - this.#levelAt) * this.#refillPerMs;
    this.#level = Math.min(this.#limit * BURST, filled);
    this.#levelAt = now;
  }
}
