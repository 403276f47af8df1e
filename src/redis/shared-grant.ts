/** Keeps what an app was granted by a refresh token in Redis, and lets one process at a time request. */
import { randomUUID } from 'node:crypto';
import { REQUEST_TIMEOUT_MS, type GrantStore, type Kept } from '../connector/refresh-grant.ts';
import type { MonotonicClock } from '../model/clock.ts';
import { RedisError } from './redis-error.ts';
import { LUA_NOW, passedMs } from './redis-time.ts';
import type { Script } from './redis-client.ts';
import type { SharedRedis } from './shared-redis.ts';

/** From the last use. */
const LIFETIME_MS = 90 * 24 * 3_600_000;
/** Longer than its holder may request. */
const LOCK_MS = REQUEST_TIMEOUT_MS + 2000;

/**
 * Under each of the names, since processes may have the keys in another order.
 * KEYS: names of the content, then of the lock. ARGV: how many names each, the number of what this process has,
 * whether it is written again under the same number, lifetime, what is done with the lock, its holder, its lifetime, then
 * the content for each name. A lock that lasts longer was taken before the clock of Redis was set back: it has ended.
 * Returns the time, the number there, its name and content if it is not that of this process, whether the lock is held.
 */
const SYNC: Script = {
  mayExceedMemory: true,
  text: `${LUA_NOW}
local names, own = tonumber(ARGV[1]), tonumber(ARGV[2])
local best, at = 0, false
for i = 1, names do
  local number = tonumber(redis.call('HGET', KEYS[i], 'n') or '0') or 0
  if number > best then best, at = number, KEYS[i] end
end
if own > best or (own > 0 and own == best and ARGV[3] == '1') then
  for i = 1, names do redis.call('HSET', KEYS[i], 'n', own, 'c', ARGV[7 + i]) end
  best, at = own, false
end
for i = 1, names do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
local held = 0
if ARGV[5] == 'take' and best <= own then
  held = 1
  for i = names + 1, 2 * names do
    local holder = redis.call('GET', KEYS[i])
    if holder and holder ~= ARGV[6] and redis.call('PTTL', KEYS[i]) <= tonumber(ARGV[7]) then held = 0 end
  end
  if held == 1 then for i = names + 1, 2 * names do redis.call('SET', KEYS[i], ARGV[6], 'PX', ARGV[7]) end end
elseif ARGV[5] == 'release' then
  for i = names + 1, 2 * names do
    if redis.call('GET', KEYS[i]) == ARGV[6] then redis.call('UNLINK', KEYS[i]) end
  end
end
return {now, best, at or '', at and redis.call('HGET', at, 'c') or '', held}`,
};

/** What is sealed. */
interface Content extends Omit<Kept, 'expiresAtMs'> {
  /** By the clock of Redis. */
  readonly writtenAt: number;
  /** How long the access lasts from then on; `null` for no end. */
  readonly lifetimeMs: number | null;
}

export class SharedGrant implements GrantStore {
  readonly #redis: SharedRedis;
  readonly #clock: MonotonicClock;
  readonly #names: readonly string[];
  readonly #locks: readonly string[];
  /** Of this process and grant. */
  readonly #holder = randomUUID();
  /** Written again once, by the first of the keys. */
  #isSealedNewly = false;

  /** @param origin the refresh token of the settings: another one there is another grant. */
  constructor(redis: SharedRedis, origin: string, clock: MonotonicClock) {
    this.#redis = redis;
    this.#clock = clock;
    this.#names = redis.sealing.names('t', origin);
    this.#locks = redis.sealing.names('tl', origin);
  }

  get isStarting(): boolean {
    return this.#redis.isStarting;
  }

  async sync(
    own: Kept,
    lock?: 'take' | 'release',
  ): Promise<{ readonly newer: Kept | undefined; readonly hasLock: boolean }> {
    // The first request may come before it was joined.
    if (lock === 'take') await this.#redis.settled;
    const { number } = own;
    const contents = this.#names.map((name) => this.#seal(name, own));
    const learn = this.#redis.time.ask();
    const [now, there, name, sealed, held] = resultOf(
      await this.#redis.run(
        'token',
        SYNC,
        [...this.#names, ...this.#locks],
        [
          ...[this.#names.length, number, this.#isSealedNewly ? 0 : 1, LIFETIME_MS],
          ...[lock ?? '', this.#holder, LOCK_MS, ...contents],
        ],
      ),
    );
    learn(now);
    const isNewer = there > number || (lock === 'release' && there === number && name !== '');
    if (!isNewer) {
      if (there === number) this.#isSealedNewly = true;
      return { newer: undefined, hasLock: held };
    }
    const newer = this.#open(name, sealed, now);
    if (newer?.number === there) return { newer, hasLock: held };
    this.#redis.unreadable();
    this.#isSealedNewly = true;
    // A miss: what this process has counts from now on, and is used again.
    return { newer: { ...own, number: there, expiresAtMs: -Infinity }, hasLock: held };
  }

  #seal(name: string, { expiresAtMs, ...kept }: Kept): Buffer {
    const writtenAt = this.#redis.time.now();
    const leftMs = expiresAtMs - this.#clock.monotonic();
    // Without the time of Redis no other process would know how long it lasts.
    const lifetimeMs =
      leftMs === Infinity ? null : Math.max(0, writtenAt === undefined ? 0 : leftMs);
    const content: Content = { ...kept, writtenAt: writtenAt ?? 0, lifetimeMs };
    return this.#redis.sealing.seal(name, JSON.stringify(content));
  }

  #open(name: string, sealed: Buffer, nowMs: number): Kept | undefined {
    const text = this.#redis.sealing.open(name, sealed);
    if (text === undefined) return undefined;
    const { writtenAt, lifetimeMs, ...kept } = JSON.parse(text) as Content;
    if (lifetimeMs === null) return { ...kept, expiresAtMs: Infinity };
    const leftMs = lifetimeMs - (passedMs(writtenAt, nowMs) ?? Infinity);
    return { ...kept, expiresAtMs: this.#clock.monotonic() + leftMs };
  }
}

function resultOf(answer: unknown): readonly [number, number, string, Buffer, boolean] {
  if (!Array.isArray(answer) || answer.length !== 5) throw new RedisError('invalid');
  const [now, there, name, sealed, held] = answer as readonly unknown[];
  const isResult = typeof now === 'number' && typeof there === 'number' && typeof held === 'number';
  if (!isResult || !Buffer.isBuffer(name) || !Buffer.isBuffer(sealed))
    throw new RedisError('invalid');
  return [now, there, String(name), sealed, held === 1];
}
