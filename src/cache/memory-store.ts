import { LRUCache } from 'lru-cache';
import type { MonotonicClock } from '../model/clock.ts';
import type { Entry, Store, StoredEntry } from './store.ts';

interface Kept {
  readonly entry: Entry<unknown>;
  /** By the monotonic clock, which means nothing to other processes. */
  readonly fetchedAt: number;
}

/** Keeps entries in this process; when it is full, the least recently used goes. */
export class MemoryStore implements Store {
  readonly #clock: MonotonicClock;
  readonly #entries: LRUCache<string, Kept>;

  constructor(maxEntries: number, clock: MonotonicClock) {
    this.#clock = clock;
    const perf = { now: () => clock.monotonic() };
    this.#entries = new LRUCache({ max: maxEntries, ttlResolution: 0, perf });
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): StoredEntry | undefined {
    const kept = this.#entries.get(key);
    return kept === undefined ? undefined : this.#stored(kept);
  }

  set(key: string, entry: Entry<unknown>, lifetimeMs: number, ageMs = 0): undefined {
    const fetchedAt = this.#clock.monotonic() - ageMs;
    this.#entries.set(key, { entry, fetchedAt }, { ttl: lifetimeMs });
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.#entries.delete(key));
  }

  clear(prefix: string): Promise<number> {
    const keys = [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
    for (const key of keys) this.#entries.delete(key);
    return Promise.resolve(keys.length);
  }

  close(): Promise<void> {
    this.#entries.clear();
    return Promise.resolve();
  }

  /** The least recently used first. */
  entries(): (readonly [string, StoredEntry])[] {
    return [...this.#entries.entries()]
      .reverse()
      .map(([key, kept]) => [key, this.#stored(kept)] as const);
  }

  /** Deletes expired entries: personal data is not kept longer than it is of use. */
  sweep(): void {
    this.#entries.purgeStale();
  }

  #stored({ entry, fetchedAt }: Kept): StoredEntry {
    return { entry, ageMs: this.#clock.monotonic() - fetchedAt };
  }
}
