import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** So many events per key and window; a key's window starts with its first event. */
export interface Limiter {
  /** Counts one event. @returns `undefined`, or above the limit the whole seconds to wait, at least 1. */
  consume(key: string): Promise<number | undefined>;
}

export interface LimitOptions {
  readonly requests: number;
  /** Milliseconds; above 24 days as good as 24 days. */
  readonly per: number;
  /** The most keys remembered at once; the one unused for longest is forgotten first. */
  readonly maxKeys?: number;
}

/** The longest time a timer takes; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export function createLimiter({ requests, per, maxKeys = 50_000 }: LimitOptions): Limiter {
  const limiter = new RateLimiterMemory({
    points: requests,
    duration: Math.min(per, MAX_TIMEOUT_MS) / 1000,
    keyPrefix: '',
  });
  // The limiter forgets a key at the end of its window; within a window only this bounds the memory.
  const keys = new Set<string>();
  let newest: string | undefined;
  function touch(key: string): void {
    if (key === newest) return;
    newest = key;
    keys.delete(key);
    keys.add(key);
    if (keys.size <= maxKeys) return;
    const [oldest = key] = keys;
    keys.delete(oldest);
    void limiter.delete(oldest);
  }

  return {
    async consume(key) {
      touch(key);
      try {
        await limiter.consume(key);
        return undefined;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return secondsToWait(refusal);
        throw refusal;
      }
    },
  };
}

function secondsToWait({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}
