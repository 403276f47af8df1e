/** Where entries are kept: the memory of the process, and a store that several processes share. */
import type { PackedEntry } from './entry.ts';

export interface StoredEntry {
  readonly entry: PackedEntry;
  /** Milliseconds since it was fetched, by a clock that does not step. */
  readonly ageMs: number;
}

export interface SetOptions {
  /** Milliseconds, at this moment; 0 when left out. */
  readonly ageMs?: number;
  /** Other names under which {@link Store.keysOf} finds the entry, such as the id of a record it shows. */
  readonly links?: readonly string[];
}

/**
 * `describeStore` in the tests says what every store does. Only the store in memory is read synchronously:
 * a shared one belongs into the lookup in flight, where a promise is awaited anyway.
 */
export interface Store {
  /** @returns `undefined` for what was never set, is deleted, or has outlived its lifetime. */
  get(key: string): StoredEntry | undefined | Promise<StoredEntry | undefined>;
  /** Replaces an entry with its links. @param lifetimeMs from now on, above 0. */
  set(
    key: string,
    entry: PackedEntry,
    lifetimeMs: number,
    options?: SetOptions,
  ): undefined | Promise<void>;
  /** @returns the keys of the entries that are set with this link. */
  keysOf(link: string): Promise<readonly string[]>;
  /** @returns whether there was an entry. */
  delete(key: string): Promise<boolean>;
  /** Deletes all entries whose key starts with `prefix`. @returns how many. */
  clear(prefix: string): Promise<number>;
  close(): Promise<void>;
}
