/**
 * Counts over all processes that share a Redis. Far below the limit a process decides by the count it knows and adds
 * its events afterwards; near the limit each event is decided in Redis. While that is away, each has its share.
 */
import { LRUCache } from 'lru-cache';
import type { Script } from '../redis/redis-client.ts';
import { RedisError } from '../redis/redis-error.ts';
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { Consumption, Limiter, LimitOptions } from './limiter.ts';
import { createMemoryLimiter } from './memory-limiter.ts';

/**
 * ARGV: events that have happened, one that is to be decided or none, the window, the limit. A counter that no process
 * can have written, or that the clock of Redis, which was set back, would keep for too long, is deleted: an error.
 */
const COUNT: Script = {
  mayExceedMemory: true,
  text: `local left = redis.call('PTTL', KEYS[1])
local content = redis.pcall('GET', KEYS[1])
local count = content and (type(content) == 'string' and tonumber(content)) or not content and 0
if not count or left > tonumber(ARGV[3]) then
  redis.call('UNLINK', KEYS[1])
  return redis.error_reply('ERR no counter')
end
if left < 1 then
  count = 0
  left = tonumber(ARGV[3])
end
local after = math.max(0, count + ARGV[1])
local accepted = 0
if after + ARGV[2] <= tonumber(ARGV[4]) then
  after = after + ARGV[2]
  accepted = 1
end
redis.call('SET', KEYS[1], after, 'PX', left)
return {after, left, accepted}`,
};

/** Up to this share of the limit a process decides alone. */
const SAFE_SHARE = 0.5;

interface Window {
  endsAt: number;
  /** Over all processes, as last seen; `undefined` before that. */
  count: number | undefined;
  /** Events of this process that Redis has not been informed of. */
  unsent: number;
  isSending: boolean;
}

/** @throws {RedisError} for what is no answer to {@link COUNT}: it must not refuse a request. */
function numbersOf(answer: unknown): readonly [number, number, number] {
  const isAnswer =
    Array.isArray(answer) && answer.length === 3 && answer.every((one) => typeof one === 'number');
  if (!isAnswer) throw new RedisError('invalid');
  return answer as [number, number, number];
}

/** @param name of what is limited; the same in all processes, and another one for other limits. */
export function createRedisLimiter(
  redis: SharedRedis,
  name: string,
  options: LimitOptions,
): Limiter {
  const { maxEvents, windowMs, maxKeys = 50_000, clock } = options;
  const windows = new LRUCache<string, Window>({ max: maxKeys });
  const byShare = new WeakSet<Consumption>();
  let share: { readonly processes: number; readonly limiter: Limiter } | undefined;

  function limiterAlone(): Limiter {
    const { processes } = redis.status();
    if (share?.processes !== processes) {
      const ownEvents = Math.ceil(maxEvents / processes);
      share = { processes, limiter: createMemoryLimiter({ ...options, maxEvents: ownEvents }) };
    }
    return share.limiter;
  }

  function windowOf(key: string): Window {
    const known = windows.get(key);
    if (known !== undefined && clock.monotonic() < known.endsAt) return known;
    const endsAt = clock.monotonic() + windowMs;
    const window = { endsAt, count: undefined, unsent: 0, isSending: false };
    windows.set(key, window);
    return window;
  }

  /** @returns whether the event that is to be decided is within the limit. */
  async function send(key: string, window: Window, wanted: 0 | 1): Promise<boolean> {
    const [counter] = redis.sealing.names('c', `${name} ${key}`);
    const { unsent } = window;
    window.unsent = 0;
    const args = [unsent, wanted, windowMs, maxEvents];
    const answer = await redis.read(COUNT, [counter], args, 'limit');
    const [count, left, accepted] = numbersOf(answer);
    window.count = count;
    window.endsAt = clock.monotonic() + Math.min(left, windowMs);
    return accepted === 1;
  }

  async function sendAll(key: string, window: Window): Promise<void> {
    if (window.isSending) return;
    window.isSending = true;
    try {
      while (window.unsent !== 0) await send(key, window, 0);
    } catch {
      // While Redis is away each process counts for itself.
    } finally {
      window.isSending = false;
    }
  }

  async function decide(key: string, window: Window): Promise<Consumption> {
    try {
      const isAccepted = await send(key, window, 1);
      const { endsAt } = window;
      const seconds = Math.max(1, Math.ceil((endsAt - clock.monotonic()) / 1000));
      return { retryAfterSeconds: isAccepted ? undefined : seconds, windowEndsAt: endsAt };
    } catch {
      const consumption = await limiterAlone().consume(key);
      byShare.add(consumption);
      return consumption;
    }
  }

  return {
    consume(key) {
      const window = windowOf(key);
      const { count, unsent, endsAt } = window;
      const isSafe = count !== undefined && count + unsent + 1 <= maxEvents * SAFE_SHARE;
      if (!isSafe || !redis.status().isJoined) return decide(key, window);
      window.unsent += 1;
      void sendAll(key, window);
      return Promise.resolve({ retryAfterSeconds: undefined, windowEndsAt: endsAt });
    },
    async refund(key, consumption) {
      if (byShare.has(consumption)) return share?.limiter.refund(key, consumption);
      if (clock.monotonic() >= consumption.windowEndsAt) return;
      const window = windowOf(key);
      window.unsent -= 1;
      void sendAll(key, window);
    },
  };
}
