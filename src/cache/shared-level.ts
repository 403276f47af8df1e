/** The level that several processes share, behind the memory of each: its faults are misses. */
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { SearchedEntries } from './person-search.ts';
import { RedisStore } from './redis-store.ts';
import type { Entry, SetOptions, StoredEntry } from './store.ts';

export class SharedLevel {
  readonly #redis: SharedRedis;
  readonly #store: RedisStore;

  constructor(redis: SharedRedis) {
    this.#redis = redis;
    this.#store = new RedisStore(redis);
  }

  /** @returns in 50 ms at the latest; never rejects. Whether it was a hit is for {@link report} to say. */
  async get(key: string): Promise<StoredEntry | undefined> {
    try {
      return await this.#store.get(key);
    } catch {
      return undefined;
    }
  }

  /** @param hit what the entry was worth, by the times of this process. */
  report(hit: 'hit' | 'stale' | 'miss'): void {
    this.#redis.events.entry(hit);
  }

  /** For a purge; what cannot be had is not there. */
  readonly searched: SearchedEntries = {
    peek: async (key) => (await this.get(key))?.entry,
    keysOf: (link) => this.#store.keysOf(link).catch(() => []),
  };

  /** @returns those that were there. */
  async delete(keys: Iterable<string>): Promise<readonly string[]> {
    const deleted = await Promise.all(
      [...keys].map(async (key) => {
        const wasThere = await this.#store.delete(key).catch(() => false);
        return wasThere ? [key] : [];
      }),
    );
    return deleted.flat();
  }

  /** @returns how many entries there were. */
  clear(prefix: string): Promise<number> {
    return this.#store.clear(prefix).catch(() => 0);
  }

  /** Writes, or deletes what has no lifetime, while the answer is already sent. */
  write(key: string, entry: Entry<unknown>, lifetimeMs: number, options?: SetOptions): void {
    const written: Promise<unknown> =
      lifetimeMs > 0 ? this.#store.set(key, entry, lifetimeMs, options) : this.#store.delete(key);
    // Failures are counted where they occur.
    written.catch(() => undefined);
  }
}
