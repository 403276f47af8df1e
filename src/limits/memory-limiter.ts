import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Consumption, Limiter } from './limiter.ts';

export interface LimitOptions {
  /** The most events of one key in one window. */
  readonly maxEvents: number;
  /** Above 24 days as good as 24 days. */
  readonly windowMs: number;
  /** The most keys held at once; the least recently used is removed first. */
  readonly maxKeys?: number;
}

/** The longest time a timer takes; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A limiter that counts in this process. */
export function createMemoryLimiter(options: LimitOptions): Limiter {
  const { maxEvents, windowMs, maxKeys = 50_000 } = options;
  const limiter = new RateLimiterMemory({
    points: maxEvents,
    duration: Math.min(windowMs, MAX_TIMEOUT_MS) / 1000,
    keyPrefix: '',
  });
  // The limiter removes a key at the end of its window; within a window only this bounds the memory.
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
        return consumption(await limiter.consume(key));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        // It counts refused events too. Those would outweigh later refunds of granted ones.
        await limiter.reward(key);
        const retryAfter = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
        return { ...consumption(refusal), retryAfter };
      }
    },
    async refund(key, { windowEndsAt }) {
      const current = await limiter.get(key);
      if (current === null || current.msBeforeNext <= 0) return;
      if (consumption(current).windowEndsAt === windowEndsAt) await limiter.reward(key);
    },
  };
}

function consumption({ msBeforeNext }: RateLimiterRes): Consumption {
  return { retryAfter: undefined, windowEndsAt: Math.round(Date.now() + msBeforeNext) };
}
