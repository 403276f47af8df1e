import { LRUCache } from 'lru-cache';
import type { Limiter, LimitOptions } from './limiter.ts';

interface Window {
  readonly endsAt: number;
  events: number;
}

/** A limiter that counts in this process. */
export function createMemoryLimiter(options: LimitOptions): Limiter {
  const { maxEvents, windowMs, maxKeys = 50_000, clock } = options;
  const windows = new LRUCache<string, Window>({ max: maxKeys });

  function current(key: string): Window | undefined {
    const window = windows.get(key);
    return window !== undefined && clock.monotonic() < window.endsAt ? window : undefined;
  }

  function begin(key: string): Window {
    const window = { endsAt: clock.monotonic() + windowMs, events: 0 };
    windows.set(key, window);
    return window;
  }

  return {
    consume(key) {
      const window = current(key) ?? begin(key);
      const { endsAt } = window;
      if (window.events >= maxEvents) {
        const retryAfterSeconds = Math.max(1, Math.ceil((endsAt - clock.monotonic()) / 1000));
        return Promise.resolve({ retryAfterSeconds, windowEndsAt: endsAt });
      }
      window.events += 1;
      return Promise.resolve({ retryAfterSeconds: undefined, windowEndsAt: endsAt });
    },
    refund(key, { windowEndsAt }) {
      const window = current(key);
      if (window?.endsAt === windowEndsAt && window.events > 0) window.events -= 1;
      return Promise.resolve();
    },
  };
}
