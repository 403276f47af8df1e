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

export class Flow {
  readonly #time: Time;
  /** More callers than this do not wait: they are not the bridge, and do not become fewer by waiting. */
  readonly #callers: number;
  #limit: number;
  #length: number;
  #level: number;
  #levelAt: number;
  #waiting = 0;
  #line: Promise<unknown> = Promise.resolve();

  /** @param limit requests per `length` milliseconds. @param callers how many lookups may wait. */
  constructor(time: Time, limit: number, length: number, callers: number) {
    this.#time = time;
    this.#callers = callers;
    this.#limit = limit;
    this.#length = length;
    this.#level = limit * BURST;
    this.#levelAt = time.now();
  }

  /** Another limit: the bucket grows, or shrinks, in proportion. */
  resize(limit: number, length: number): void {
    this.#settle();
    this.#level *= limit / this.#limit;
    this.#limit = limit;
    this.#length = length;
  }

  /** A lookup begins: waits for the bucket, and draws its first request. @throws when the signal aborts. */
  async enter(signal: AbortSignal): Promise<void> {
    if (this.#waiting < this.#callers) await this.#standInLine(signal);
    else this.draw();
  }

  /** A further request of a lookup: it does not wait, but the next lookup will. */
  draw(): void {
    this.#settle();
    this.#level = Math.max(this.#level - 1, -this.#limit * DEBT);
  }

  /** @returns milliseconds until there is something in the bucket. */
  wait(): number {
    this.#settle();
    return Math.max(0, Math.ceil((1 - this.#level) / this.#perMs));
  }

  async #standInLine(signal: AbortSignal): Promise<void> {
    const turn = this.#line;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#line = promise;
    this.#waiting += 1;
    try {
      if (this.#waiting > 1) await unlessAborted(turn, signal);
      for (let ms = this.wait(); ms > 0; ms = this.wait()) await this.#time.sleep(ms, signal);
      this.draw();
    } finally {
      this.#waiting -= 1;
      void turn.then(resolve);
    }
  }

  get #perMs(): number {
    return (this.#limit * REFILL) / this.#length;
  }

  #settle(): void {
    const now = this.#time.now();
    const filled = this.#level + (now - this.#levelAt) * this.#perMs;
    this.#level = Math.min(this.#limit * BURST, filled);
    this.#levelAt = now;
  }
}
