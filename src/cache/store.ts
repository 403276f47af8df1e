/** Where entries are kept: the memory of the process, later also a store that several processes share. */

/** What one connection answered about one person or domain. Plain JSON, so that any store can keep it. */
export type Entry<T> = {
  /** Milliseconds since 1970, to be shown. Its age is measured by the store: this clock may step. */
  readonly fetchedAt: number;
  /** The connector could not get some section. */
  readonly partial: boolean;
  /** Not cached: labels are still loading. */
  readonly provisional?: true;
} & ({ readonly found: true; readonly value: T } | { readonly found: false });

export interface StoredEntry {
  readonly entry: Entry<unknown>;
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
    entry: Entry<unknown>,
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
