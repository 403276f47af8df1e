/** What the clock of Redis shows: the only one that all processes see. It steps when its machine's time is set. */
import { SYSTEM_CLOCK, type MonotonicClock } from '../model/clock.ts';

/** The beginning of a script that needs the time: `now`, in milliseconds. */
export const LUA_NOW = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** A clock that is further behind was set back. */
const TOLERANCE_MS = 1000;
/** How much faster or slower than the clock of this process it may run. */
const MAX_DRIFT = 0.001;

export class RedisTime {
  readonly #clock: MonotonicClock;
  readonly #handlers: (() => void)[] = [];
  /** What it is ahead of the clock of this process, and when that was found. */
  #known: { readonly aheadMs: number; readonly at: number } | undefined;

  constructor(clock: MonotonicClock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  /** @param handler is called when it was set back. */
  onSetBack(handler: () => void): void {
    this.#handlers.push(handler);
  }

  /** To be called with a question. @returns what is to be called with the time in its answer. */
  ask(): (nowMs: number) => void {
    const askedAt = this.#clock.monotonic();
    return (nowMs) => {
      const at = this.#clock.monotonic();
      const expected = this.#aheadMs(at);
      // What came late is no clock that was set back.
      const isSetBack = expected !== undefined && nowMs - askedAt < expected - TOLERANCE_MS;
      const aheadMs = nowMs - at;
      this.#known = { aheadMs: isSetBack ? aheadMs : Math.max(aheadMs, expected ?? aheadMs), at };
      if (isSetBack) for (const handler of this.#handlers) handler();
    };
  }

  /** Never later than it is. `undefined` before the first answer. */
  now(): number | undefined {
    const at = this.#clock.monotonic();
    const aheadMs = this.#aheadMs(at);
    return aheadMs === undefined ? undefined : Math.floor(at + aheadMs);
  }

  #aheadMs(at: number): number | undefined {
    return this.#known && this.#known.aheadMs - (at - this.#known.at) * MAX_DRIFT;
  }
}

/**
 * How long ago something was written, both by the clock of Redis.
 * @returns `undefined` for what is yet to come: that clock was set back since then, by an unknown time.
 */
export function passedMs(writtenAt: number, nowMs: number): number | undefined {
  const ms = nowMs - writtenAt;
  return ms < -TOLERANCE_MS ? undefined : Math.max(0, ms);
}
