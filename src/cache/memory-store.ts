import { LRUCache } from 'lru-cache';
import type { Clock } from '../model/clock.ts';
import type { Entry, Store } from './store.ts';

/** Keeps entries in this process; when it is full, the least recently used goes. */
export class MemoryStore implements Store {
  readonly #entries: LRUCache<string, Entry<unknown>>;

  constructor(maxEntries: number, clock: Clock) {
    this.#entries = new LRUCache({ max: maxEntries, ttlResolution: 0, perf: clock });
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry<unknown> | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: Entry<unknown>, lifetimeMs: number): undefined {
    this.#entries.set(key, entry, { ttl: lifetimeMs });
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
  entries(): (readonly [string, Entry<unknown>])[] {
    return [...this.#entries.entries()].reverse();
  }

  /** Deletes expired entries: personal data is not kept longer than it is of use. */
  sweep(): void {
    this.#entries.purgeStale();
  }
}
