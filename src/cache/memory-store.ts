import { LRUCache } from 'lru-cache';
import type { MonotonicClock } from '../model/clock.ts';
import type { Entry, SetOptions, Store, StoredEntry } from './store.ts';

interface Kept {
  readonly entry: Entry<unknown>;
  /** By the monotonic clock, which means nothing to other processes. */
  readonly fetchedAt: number;
  readonly links: readonly string[];
}

/** Keeps entries in this process; when it is full, the least recently used goes. */
export class MemoryStore implements Store {
  readonly #clock: MonotonicClock;
  readonly #entries: LRUCache<string, Kept>;
  /** Keys by link, of what is in `#entries`; most links have one. */
  readonly #keys = new Map<string, string | Set<string>>();

  constructor(maxEntries: number, clock: MonotonicClock) {
    this.#clock = clock;
    const perf = { now: () => clock.monotonic() };
    this.#entries = new LRUCache({
      ...{ max: maxEntries, ttlResolution: 0, perf },
      dispose: ({ links }, key) => {
        for (const link of links) this.#unlink(link, key);
      },
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): StoredEntry | undefined {
    const kept = this.#entries.get(key);
    return kept === undefined ? undefined : this.#stored(kept);
  }

  set(
    key: string,
    entry: Entry<unknown>,
    lifetimeMs: number,
    { ageMs = 0, links = [] }: SetOptions = {},
  ): undefined {
    const fetchedAt = this.#clock.monotonic() - ageMs;
    this.#entries.set(key, { entry, fetchedAt, links }, { ttl: lifetimeMs });
    for (const link of links) this.#link(link, key);
  }

  keysOf(link: string): Promise<readonly string[]> {
    const keys = this.#keys.get(link) ?? [];
    return Promise.resolve(typeof keys === 'string' ? [keys] : [...keys]);
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
  entries(): (readonly [string, StoredEntry & Required<SetOptions>])[] {
    return [...this.#entries.entries()]
      .reverse()
      .map(([key, kept]) => [key, { ...this.#stored(kept), links: kept.links }] as const);
  }

  /** Deletes expired entries: personal data is not kept longer than it is of use. */
  sweep(): void {
    this.#entries.purgeStale();
  }

  #link(link: string, key: string): void {
    const keys = this.#keys.get(link);
    if (keys === undefined) this.#keys.set(link, key);
    else if (typeof keys !== 'string') keys.add(key);
    else if (keys !== key) this.#keys.set(link, new Set([keys, key]));
  }

  #unlink(link: string, key: string): void {
    const keys = this.#keys.get(link);
    if (keys instanceof Set) keys.delete(key);
    if (keys === key || (keys instanceof Set && keys.size === 0)) this.#keys.delete(link);
  }

  #stored({ entry, fetchedAt }: Kept): StoredEntry {
    return { entry, ageMs: this.#clock.monotonic() - fetchedAt };
  }
}
