/** Which processes share a Redis: each says so every second, with a mark that only the holder of a key can make. */
import { randomUUID } from 'node:crypto';
import { RedisError } from './redis-error.ts';
import type { Script } from './redis-client.ts';
import { LUA_NOW } from './redis-time.ts';
import type { Sealing } from './sealing.ts';

/** A process that was not heard of for so long is no longer counted. */
const PRESENCE_MS = 5000;
/** More are no processes: another program writes them. */
const MAX_MEMBERS = 1000;

/**
 * What has a later time was written before the clock of Redis was set back.
 * KEYS: the processes, the messages. ARGV: this process, how long it is counted, the most processes, the lifetime of the
 * messages. Returns the time, the newest message, and the processes; none when there are more than that.
 */
const ANNOUNCE: Script = {
  mayExceedMemory: true,
  text: `${LUA_NOW}
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then redis.call('UNLINK', KEYS[1]) end
local tooMany = redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[3])
if tooMany then redis.call('UNLINK', KEYS[1]) end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + 1, '+inf')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
return {now, newest and newest[1] or '0-0', tooMany and {} or redis.call('ZRANGE', KEYS[1], 0, -1)}`,
};

export class Presence {
  /** Of this process. */
  readonly id = randomUUID();
  readonly #sealing: Sealing;
  #count = 1;

  constructor(sealing: Sealing) {
    this.#sealing = sealing;
  }

  /** Processes that share it, this one included, as last seen. */
  get count(): number {
    return this.#count;
  }

  /**
   * Says that this process is there, and counts the others.
   * @param messages the name of the stream, and how long it is kept. @returns the time and the newest message.
   * @throws {RedisError}
   */
  async announce(
    run: (
      script: Script,
      keys: readonly string[],
      args: readonly (string | number)[],
    ) => Promise<unknown>,
    messages: { readonly name: string; readonly lifetimeMs: number },
  ): Promise<{ readonly nowMs: number; readonly newest: string }> {
    const keys = [this.#sealing.plainName('processes'), messages.name];
    const member = `${this.id} ${this.#marks(this.id)[0]}`;
    const args = [member, PRESENCE_MS, MAX_MEMBERS, messages.lifetimeMs];
    const answer = await run(ANNOUNCE, keys, args);
    const [nowMs, newest, members] = Array.isArray(answer) ? (answer as readonly unknown[]) : [];
    if (typeof nowMs !== 'number' || !Array.isArray(members)) throw new RedisError('invalid');
    if (members.length > 0) this.#count = Math.max(1, members.filter(this.#isProcess).length);
    return { nowMs, newest: String(newest) };
  }

  readonly #isProcess = (member: unknown): boolean => {
    const [id = '', mark = ''] = String(member).split(' ');
    return this.#marks(id).includes(mark);
  };

  /** By each of the keys, the first of which is that of this process. */
  #marks(id: string): readonly [string, ...string[]] {
    return this.#sealing.names('p', id);
  }
}
