/**
 * What connections answered, by person or domain. It holds profiles, not text: an edited template shows at
 * once. Freshness is computed when an entry is read, so changed settings count for what is already here.
 */
import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { CacheConfiguration } from '../config/configuration.ts';
import type { Clock } from '../model/clock.ts';

/** One answer of one connection. `value` is `undefined` for a remembered miss. */
export interface Entry<T> {
  readonly value: T | undefined;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
  /** Some section could not be had. */
  readonly partial: boolean;
}

export interface CacheHit<T> {
  readonly entry: Entry<T>;
  /** Milliseconds of freshness left; negative when stale. */
  readonly ttl: number;
}

/** How long an entry is fresh, and how much longer it may be shown as stale. Milliseconds. */
interface Lifetime {
  readonly fresh: number;
  readonly stale: number;
}

export class MemoryStore {
  #settings: CacheConfiguration;
  #entries: LRUCache<string, Entry<unknown>>;
  readonly #clock: Clock;
  #hits = 0;
  #reads = 0;

  constructor(settings: CacheConfiguration, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#entries = this.#createStore();
  }

  /** Takes over changed settings; entries stay, the least recently used go if there is less room. */
  configure(settings: CacheConfiguration): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    const kept = [...this.#entries.entries()].reverse();
    this.#entries = this.#createStore();
    for (const [key, entry] of kept) this.write(key, entry);
  }

  /** @returns `undefined` when nothing usable is known. A miss and a partial answer are never stale. */
  read<T>(key: string): CacheHit<T> | undefined {
    this.#reads += 1;
    const entry = this.#entries.get(key) as Entry<T> | undefined;
    if (entry === undefined) return undefined;
    const { ttl, usable } = this.#remaining(entry);
    if (usable <= 0) {
      this.#entries.delete(key);
      return undefined;
    }
    this.#hits += 1;
    return { entry, ttl };
  }

  /** Takes the place of what was known, also when it is not worth keeping itself. */
  write(key: string, entry: Entry<unknown>): void {
    if (this.#remaining(entry).usable > 0) this.#entries.set(key, entry);
    else this.#entries.delete(key);
  }

  /** @returns whether there was something to drop. */
  drop(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Drops all entries whose key starts so. @returns how many. */
  dropAll(prefix: string): number {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) this.#entries.delete(key);
    return keys.length;
  }

  /** Forgets what is too old to be shown: personal data is not kept longer than it is of use. */
  sweep(): void {
    for (const [key, entry] of this.#entries.entries()) {
      if (this.#remaining(entry).usable <= 0) this.#entries.delete(key);
    }
  }

  /** `hitRatio` is 0 to 1, or `null` before the first read. */
  stats(): {
    readonly entries: number;
    readonly maxEntries: number;
    readonly hitRatio: number | null;
  } {
    return {
      entries: this.#entries.size,
      maxEntries: this.#settings.maxEntries,
      hitRatio: this.#reads === 0 ? null : this.#hits / this.#reads,
    };
  }

  /** Milliseconds until the entry is no longer fresh, and until it is of no use at all. */
  #remaining(entry: Entry<unknown>): { readonly ttl: number; readonly usable: number } {
    const { fresh, stale } = this.#lifetime(entry);
    const ttl = entry.fetchedAt + fresh - this.#clock.now();
    return { ttl, usable: ttl + stale };
  }

  #lifetime(entry: Entry<unknown>): Lifetime {
    const { ttl, notFoundTtl, staleTtl } = this.#settings;
    if (entry.value === undefined) return { fresh: notFoundTtl, stale: 0 };
    if (entry.partial) return { fresh: Math.min(ttl, notFoundTtl), stale: 0 };
    return { fresh: ttl, stale: staleTtl };
  }

  #createStore(): LRUCache<string, Entry<unknown>> {
    return new LRUCache({ max: this.#settings.maxEntries });
  }
}
