/** What the clock of Redis shows: the only one that all processes see. It steps when its machine's time is set. */
import { SYSTEM_CLOCK, type MonotonicClock } from '../model/clock.ts';

/** No answer takes longer: a clock that is further behind was set back. */
const MAX_DELAY_MS = 1000;
/** How much faster or slower than the clock of this process it may run. */
const MAX_DRIFT = 0.001;

export class RedisTime {
  readonly #clock: MonotonicClock;
  /** What it is ahead of the clock of this process, and when that was found. */
  #known: { readonly aheadMs: number; readonly at: number } | undefined;

  constructor(clock: MonotonicClock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  /** @param nowMs from an answer that has just come: it is later by now, never earlier. */
  learn(nowMs: number): void {
    const at = this.#clock.monotonic();
    const heard = nowMs - at;
    const expected = this.#aheadMs(at);
    const isSetBack = expected !== undefined && heard < expected - MAX_DELAY_MS;
    this.#known = { aheadMs: isSetBack ? heard : Math.max(heard, expected ?? heard), at };
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
  return ms < -MAX_DELAY_MS ? undefined : Math.max(0, ms);
}
