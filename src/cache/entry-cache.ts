/**
 * How long an entry is fresh and how long it is shown as stale. Computed when an entry is read, so changed
 * settings count for what is already cached.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CacheConfiguration } from '../config/configuration.ts';
import type { MonotonicClock } from '../model/clock.ts';
import { Entry, type PackedEntry } from './entry.ts';
import { MemoryStore } from './memory-store.ts';
import type { SetOptions, StoredEntry } from './store.ts';

export interface CacheHit<T> {
  readonly entry: Entry<T>;
  /** Milliseconds of freshness left; negative when stale. */
  readonly ttlMs: number;
  /** Milliseconds since it was fetched. */
  readonly ageMs: number;
}

export class EntryCache {
  readonly #clock: MonotonicClock;
  #settings: CacheConfiguration;
  #store: MemoryStore;
  #hits = 0;
  #reads = 0;

  constructor(settings: CacheConfiguration, clock: MonotonicClock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#store = new MemoryStore(settings, clock);
  }

  /** Applies changed settings; entries stay, the least recently used go if there is less room. */
  configure(settings: CacheConfiguration): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    const previous = this.#store;
    this.#store = new MemoryStore(settings, this.#clock);
    for (const [key, { entry, ...options }] of previous.entries()) this.write(key, entry, options);
  }

  /** @returns `undefined` when there is nothing usable. "Not found" and partial entries are never stale. */
  read<T>(key: string): CacheHit<T> | undefined {
    this.#reads += 1;
    const stored = this.#store.get(key);
    return stored && this.adopt(stored);
  }

  /**
   * Replaces what was cached, also when the new entry has no lifetime itself; a part does not replace a whole person.
   * @returns the lifetime in milliseconds.
   */
  write(key: string, entry: PackedEntry, options: SetOptions = {}): number {
    if (entry.partial && this.isWhole(key)) return 0;
    const { usableMs } = this.#remaining(entry, options.ageMs ?? 0);
    if (usableMs > 0) this.#store.set(key, entry, usableMs, options);
    else void this.#store.delete(key);
    return Math.max(0, usableMs);
  }

  /** What an entry of another store is worth here; counts as a hit. @returns `undefined` when it is too old. */
  adopt<T>(stored: StoredEntry): CacheHit<T> | undefined {
    const hit = this.hitOf<T>(stored);
    if (hit !== undefined) this.#hits += 1;
    return hit;
  }

  /** @returns the entry of a person or company, also one that is too old to be used; not counted as a read. */
  peek(key: string): PackedEntry | undefined {
    return this.#store.get(key)?.entry;
  }

  /** Whether there is a person or company that can be used and lacks nothing; not counted as a read. */
  isWhole(key: string): boolean {
    const stored = this.#store.get(key);
    const entry = stored && this.hitOf(stored)?.entry;
    return entry?.found === true && !entry.partial;
  }

  /** @returns the keys of the entries that were written with this link. */
  keysOf(link: string): Promise<readonly string[]> {
    return this.#store.keysOf(link);
  }

  /** @returns whether there was an entry. */
  delete(key: string): Promise<boolean> {
    return this.#store.delete(key);
  }

  /** Deletes all entries whose key starts with `prefix`. @returns how many. */
  clear(prefix: string): Promise<number> {
    return this.#store.clear(prefix);
  }

  sweep(): void {
    this.#store.sweep();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** `hitRatio` is 0 to 1, or `null` before the first read. */
  stats(): {
    readonly entries: number;
    readonly maxEntries: number;
    /** What they take in memory, in bytes. */
    readonly size: number;
    readonly maxSize: number;
    readonly hitRatio: number | null;
  } {
    return {
      entries: this.#store.size,
      maxEntries: this.#settings.maxEntries,
      size: this.#store.bytes,
      maxSize: this.#settings.maxSize,
      hitRatio: this.#reads === 0 ? null : this.#hits / this.#reads,
    };
  }

  /** What an entry is worth now; not counted. */
  hitOf<T>({ entry, ageMs }: StoredEntry): CacheHit<T> | undefined {
    const { ttlMs, usableMs } = this.#remaining(entry, ageMs);
    return usableMs > 0 ? { entry: new Entry<T>(entry), ttlMs, ageMs } : undefined;
  }

  /** Milliseconds until the entry is no longer fresh, and until it is not even shown as stale. */
  #remaining(
    { packed, partial }: PackedEntry,
    ageMs: number,
  ): { readonly ttlMs: number; readonly usableMs: number } {
    const { ttl: fresh, notFoundTtl, staleTtl } = this.#settings;
    const isFound = packed !== undefined;
    if (isFound && !partial) {
      const ttlMs = fresh - ageMs;
      return { ttlMs, usableMs: ttlMs + staleTtl };
    }
    const ttlMs = (isFound ? Math.min(fresh, notFoundTtl) : notFoundTtl) - ageMs;
    return { ttlMs, usableMs: ttlMs };
  }
}
