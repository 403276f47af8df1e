/** Keeps entries in a Redis that several processes share; its names and contents are encrypted. */
import { hash } from 'node:crypto';
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { Script } from '../redis/redis-client.ts';
import { PROFILE_WORDS } from '../model/profile-words.ts';
import type { Entry, SetOptions, Store, StoredEntry } from './store.ts';

/** What is sealed under the name of an entry. */
interface Content {
  readonly key: string;
  readonly entry: Entry<unknown>;
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

/** KEYS: the entry under each name, then its links; ARGV: content, lifetime, names, then a field and a key for each link. */
const SET: Script = {
  text: `local names = tonumber(ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
for i = 2, names do redis.call('UNLINK', KEYS[i]) end
for i = names + 1, #KEYS do
  local at = 4 + (i - names - 1) * 2
  redis.call('HSET', KEYS[i], ARGV[at], ARGV[at + 1])
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end`,
};

const UNLINK: Script = {
  mayExceedMemory: true,
  text: `return redis.call('UNLINK', unpack(KEYS))`,
};

/** How many names one scan looks at, while Redis does nothing else. */
const SCAN_COUNT = 1000;

export class RedisStore implements Store {
  readonly #redis: SharedRedis;
  /** Versions of this program that know other words do not read each other's entries. */
  readonly #format = hash('sha256', JSON.stringify(PROFILE_WORDS), 'base64url').slice(0, 8);

  constructor(redis: SharedRedis) {
    this.#redis = redis;
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    const stored = await this.#read(key);
    return stored && { entry: stored.entry, ageMs: stored.ageMs };
  }

  async set(
    key: string,
    entry: Entry<unknown>,
    lifetimeMs: number,
    { ageMs = 0, links = [] }: SetOptions = {},
  ): Promise<void> {
    const { sealing } = this.#redis;
    const names = this.#names(key);
    const content: Content = { key, entry, ageMs, lifetimeMs, links };
    const linkNames = links.map((link) => this.#linkNames(link)[0]);
    const [name] = names;
    const fields = linkNames.flatMap((linkName) => [
      name,
      sealing.seal(`${linkName} ${name}`, key),
    ]);
    await this.#redis.run(
      'write',
      SET,
      [...names, ...linkNames],
      [sealing.seal(name, JSON.stringify(content)), Math.ceil(lifetimeMs), names.length, ...fields],
    );
    this.#redis.events.entry('written');
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
        const content = await this.#read(key);
        if (content?.links.includes(link) === true) keys.add(key);
      }
    }
    return [...keys];
  }

  async delete(key: string): Promise<boolean> {
    return Number(await this.#redis.run('purge', UNLINK, this.#names(key))) > 0;
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

  async #read(
    key: string,
  ): Promise<(StoredEntry & { readonly links: readonly string[] }) | undefined> {
    const answer = await this.#redis.read(GET, this.#names(key));
    if (!Array.isArray(answer)) return undefined;
    const [name, sealed, leftMs] = answer as [Buffer, Buffer, number];
    const text = this.#redis.sealing.open(String(name), sealed);
    if (text === undefined) {
      this.#redis.unreadable();
      return undefined;
    }
    const { entry, ageMs, lifetimeMs, links } = JSON.parse(text) as Content;
    return { entry, ageMs: Math.max(ageMs, ageMs + lifetimeMs - leftMs), links };
  }

  #names(key: string) {
    return this.#redis.sealing.names('e', groupOf(key), `${this.#format} ${key}`);
  }

  #linkNames(link: string) {
    return this.#redis.sealing.names('l', link);
  }
}

const EMPTY = Buffer.alloc(0);

/** What comes before the last space: all keys of a connection have it in common, and {@link Store.clear} names it. */
function groupOf(key: string): string {
  return key.slice(0, key.lastIndexOf(' ') + 1);
}
