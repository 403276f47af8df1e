/** Where entries are kept: the memory of the process, later also a store that several processes share. */

/** What one connection answered about one person or domain. Plain JSON, so that any store can keep it. */
export type Entry<T> = {
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
  /** The connector could not get some section. */
  readonly partial: boolean;
} & ({ readonly found: true; readonly value: T } | { readonly found: false });

/**
 * `describeStore` in the tests says what every store does. Only the store in memory is read synchronously:
 * a shared one belongs into the lookup in flight, where a promise is awaited anyway.
 */
export interface Store {
  /** @returns `undefined` for what was never set, is deleted, or has outlived its lifetime. */
  get(key: string): Entry<unknown> | undefined | Promise<Entry<unknown> | undefined>;
  /** @param lifetimeMs above 0. */
  set(key: string, entry: Entry<unknown>, lifetimeMs: number): undefined | Promise<void>;
  /** @returns whether there was an entry. */
  delete(key: string): Promise<boolean>;
  /** Deletes all entries whose key starts with `prefix`. @returns how many. */
  clear(prefix: string): Promise<number>;
  close(): Promise<void>;
}
