import { LRUCache } from 'lru-cache';
import type { MonotonicClock } from '../model/clock.ts';
import type { PackedEntry } from './entry.ts';
import type { SetOptions, Store, StoredEntry } from './store.ts';

interface Kept {
  readonly entry: PackedEntry;
  /** By the monotonic clock, which means nothing to other processes. */
  readonly fetchedAt: number;
  readonly links: readonly string[];
}

export interface Room {
  readonly maxEntries: number;
  /** Bytes of memory. */
  readonly maxSize: number;
}

/** What an entry and each of its links take besides their characters. Bytes, measured in V8's heap. */
const ENTRY_BYTES = 400;
const LINK_BYTES = 100;

/** Keeps entries in this process; when it is full, the least recently used goes. */
export class MemoryStore implements Store {
  readonly #clock: MonotonicClock;
  readonly #entries: LRUCache<string, Kept>;
  /** Keys by link, of what is in `#entries`; most links have one. */
  readonly #keys = new Map<string, string | Set<string>>();

  constructor({ maxEntries, maxSize }: Room, clock: MonotonicClock) {
    this.#clock = clock;
    const perf = { now: () => clock.monotonic() };
    this.#entries = new LRUCache({
      ...{ max: maxEntries, maxSize, sizeCalculation: bytesOf, ttlResolution: 0, perf },
      dispose: ({ links }, key) => {
        for (const link of links) this.#unlink(link, key);
      },
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What the entries take in memory. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get(key: string): StoredEntry | undefined {
    const kept = this.#entries.get(key);
    return kept === undefined ? undefined : this.#stored(kept);
  }

  set(
    key: string,
    entry: PackedEntry,
    lifetimeMs: number,
    { ageMs = 0, links = [] }: SetOptions = {},
  ): undefined {
    const kept = { entry, fetchedAt: this.#clock.monotonic() - ageMs, links };
    // A copy: a part of a request's URL would keep all of it in memory.
    const copy = Buffer.from(key).toString();
    this.#entries.set(copy, kept, { ttl: lifetimeMs });
    // An entry that is larger than all the room is not kept.
    if (this.#entries.peek(copy) === kept) for (const link of links) this.#link(link, copy);
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

/** Packed entries, and nearly all keys and links, take a byte for a character. */
function bytesOf({ entry, links }: Kept, key: string): number {
  const linked = links.reduce((bytes, link) => bytes + LINK_BYTES + link.length, 0);
  return ENTRY_BYTES + key.length + (entry.packed?.length ?? 0) + linked;
}
