/** Keeps entries in a Redis that several processes share; its names and contents are encrypted. */
import { hash } from 'node:crypto';
import type { Message } from '../redis/message-stream.ts';
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { Script } from '../redis/redis-client.ts';
import { PROFILE_WORDS } from '../model/profile-words.ts';
import type { PackedEntry } from './entry.ts';
import type { SetOptions, Store, StoredEntry } from './store.ts';

/** What is sealed under the name of an entry. */
interface Content {
  readonly key: string;
  /** With `packed` in base64. */
  readonly entry: PackedEntry;
  /** When it was set, both in milliseconds: the age follows from what is left, by Redis' clock alone. */
  readonly ageMs: number;
  readonly lifetimeMs: number;
  readonly links: readonly string[];
}

const GET: Script = {
  text: `for _, key in ipairs(KEYS) do
  local content = redis.call('GET', key)
  if content then return {key, content, redis.call('PTTL', key)} end
end`,
};

/**
 * Not while there is a message that has not taken effect in this process: it may be that of a purge.
 * KEYS: the messages, the entry under each name, its links. ARGV: the latest message known, content, lifetime, how many
 * names, then a field and a key for each link.
 */
const SET: Script = {
  text: `local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if (newest and newest[1] or '0-0') ~= ARGV[1] then return 0 end
local names = tonumber(ARGV[4])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
for i = 3, names + 1 do redis.call('UNLINK', KEYS[i]) end
for i = names + 2, #KEYS do
  local at = 5 + (i - names - 2) * 2
  redis.call('HSET', KEYS[i], ARGV[at], ARGV[at + 1])
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
end
return 1`,
};

/** One that holds for longer than that was made before the clock of Redis was set back. */
const CLAIM: Script = {
  mayExceedMemory: true,
  text: `if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[1]) then redis.call('UNLINK', KEYS[1]) end
return redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) and 1 or 0`,
};

const UNLINK: Script = {
  mayExceedMemory: true,
  text: `return redis.call('UNLINK', unpack(KEYS))`,
};

/** How many names one scan looks at, while Redis does nothing else. */
const SCAN_COUNT = 1000;

export class RedisStore implements Store {
  readonly #redis: SharedRedis;
  /** Versions of this program that know other words, or keep entries otherwise, do not read each other's entries. */
  readonly #format = hash('sha256', `2 ${JSON.stringify(PROFILE_WORDS)}`, 'base64url').slice(0, 8);

  constructor(redis: SharedRedis) {
    this.#redis = redis;
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    const stored = this.#opened(await this.#redis.read(GET, this.#names(key)));
    return stored && { entry: stored.entry, ageMs: stored.ageMs };
  }

  async set(
    key: string,
    entry: PackedEntry,
    lifetimeMs: number,
    { ageMs = 0, links = [] }: SetOptions = {},
  ): Promise<void> {
    const { sealing } = this.#redis;
    const names = this.#names(key);
    const inBase64 = { ...entry, packed: recoded(entry.packed, 'latin1', 'base64') };
    const content: Content = { key, entry: inBase64, ageMs, lifetimeMs, links };
    const linkNames = links.map((link) => this.#linkNames(link)[0]);
    const [name] = names;
    const fields = linkNames.flatMap((linkName) => [
      name,
      sealing.seal(`${linkName} ${name}`, key),
    ]);
    const { name: messages, lastId } = this.#redis.messages;
    const sealed = sealing.seal(name, JSON.stringify(content));
    const isWritten = await this.#redis.run(
      'write',
      SET,
      [messages, ...names, ...linkNames],
      [lastId, sealed, Math.ceil(lifetimeMs), names.length, ...fields],
    );
    this.#redis.events.entry(isWritten === 1 ? 'written' : 'refused');
  }

  /** @returns whether no other process has claimed the entry within that time. */
  async claim(key: string, ms: number): Promise<boolean> {
    return (await this.#redis.read(CLAIM, [this.#claimName(key)], [ms], 'claim')) === 1;
  }

  async release(key: string): Promise<void> {
    await this.#redis.command('claim', 'UNLINK', this.#claimName(key));
  }

  /** Not for a request that waits. @returns the entry. */
  async peek(key: string): Promise<PackedEntry | undefined> {
    return this.#opened(await this.#redis.run('purge', GET, this.#names(key)))?.entry;
  }

  async keysOf(link: string): Promise<readonly string[]> {
    const { sealing } = this.#redis;
    const keys = new Set<string>();
    for (const linkName of this.#linkNames(link)) {
      const fields = (await this.#redis.command('purge', 'HGETALL', linkName)) as Buffer[];
      for (let at = 0; at + 1 < fields.length; at += 2) {
        const key = sealing.open(`${linkName} ${String(fields[at])}`, fields[at + 1] ?? EMPTY);
        if (key === undefined) continue;
        // An entry that was replaced may have other links now.
        const content = this.#opened(await this.#redis.run('purge', GET, this.#names(key)));
        if (content?.links.includes(link) === true) keys.add(key);
      }
    }
    return [...keys];
  }

  async delete(key: string): Promise<boolean> {
    return Number(await this.#redis.run('purge', UNLINK, this.#names(key))) > 0;
  }

  /** Deletes entries in one step with a message to the other processes. @returns the keys of those that were there. */
  async publish(message: Message, keys: readonly string[]): Promise<readonly string[]> {
    const names = keys.map((key) => this.#names(key));
    const there = await this.#redis.publish(message, names.flat());
    let at = 0;
    return keys.filter((_, index) => {
      const from = at;
      at += names[index]?.length ?? 0;
      return there.slice(from, at).some(Boolean);
    });
  }

  async clear(prefix: string): Promise<number> {
    let count = 0;
    for (const pattern of this.#redis.sealing.names('e', groupOf(prefix))) {
      let cursor = '0';
      do {
        const args = ['MATCH', `${pattern}:*`, 'COUNT', SCAN_COUNT] as const;
        const answer = await this.#redis.command('purge', 'SCAN', cursor, ...args);
        const [next, names] = answer as [Buffer, Buffer[]];
        cursor = String(next);
        if (names.length > 0)
          count += Number(await this.#redis.run('purge', UNLINK, names.map(String)));
      } while (cursor !== '0');
    }
    return count;
  }

  /** The connection to Redis belongs to those who share it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #opened(answer: unknown): (StoredEntry & { readonly links: readonly string[] }) | undefined {
    if (!Array.isArray(answer)) return undefined;
    const [name, sealed, leftMs] = answer as [Buffer, Buffer, number];
    const text = this.#redis.sealing.open(String(name), sealed);
    if (text === undefined) {
      this.#redis.unreadable();
      return undefined;
    }
    const { entry, ageMs, lifetimeMs, links } = JSON.parse(text) as Content;
    return {
      entry: { ...entry, packed: recoded(entry.packed, 'base64', 'latin1') },
      ageMs: Math.max(ageMs, ageMs + lifetimeMs - leftMs),
      links,
    };
  }

  #names(key: string) {
    return this.#redis.sealing.names('e', groupOf(key), `${this.#format} ${key}`);
  }

  #claimName(key: string): string {
    return this.#redis.sealing.names('k', key)[0];
  }

  #linkNames(link: string) {
    return this.#redis.sealing.names('l', link);
  }
}

const EMPTY = Buffer.alloc(0);

function recoded(text: string | undefined, from: BufferEncoding, to: BufferEncoding) {
  return text === undefined ? undefined : Buffer.from(text, from).toString(to);
}

/** What comes before the last space: all keys of a connection have it in common, and {@link Store.clear} names it. */
function groupOf(key: string): string {
  return key.slice(0, key.lastIndexOf(' ') + 1);
}
