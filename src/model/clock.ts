/** Time: the clock, how it is shown, and a limit for waits. */

export interface Clock {
  /** Milliseconds since 1970, for times that are shown. It steps when the machine's time is set. */
  now(): number;
  /** Milliseconds from any starting point, for ages, waits and durations. It never steps. */
  monotonic(): number;
}

/** What measures durations. */
export type MonotonicClock = Pick<Clock, 'monotonic'>;
/** What shows times. */
export type WallClock = Pick<Clock, 'now'>;

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** ISO 8601, UTC. @param ms since 1970. */
export function toIsoString(ms: number): string {
  return new Date(ms).toISOString();
}

/** Rounds milliseconds as they are shown. */
export function roundToTenth(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/**
 * @param ms the longest wait, in milliseconds.
 * @returns `undefined` when the time is over; what `promise` does later is ignored.
 * @throws what `promise` rejects with in time.
 */
export async function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
