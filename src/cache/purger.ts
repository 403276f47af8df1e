/**
 * Drops people and connections from every level: the memory of this process, lookups in flight, the shared level, and
 * by a message the memory of the other processes.
 */
import type { EntryCache } from './entry-cache.ts';
import type { FailureBackoff } from './failure-backoff.ts';
import { PersonSearch, type SearchedEntries } from './person-search.ts';
import { Purges } from './purges.ts';
import type { PersonPurge, SharedLevel } from './shared-level.ts';

export interface PurgerOptions {
  readonly entries: EntryCache;
  readonly backoff: FailureBackoff;
  /** By key; a lookup that was removed is not cached. */
  readonly inFlight: Map<string, unknown>;
  readonly shared: SharedLevel | undefined;
}

export class Purger {
  readonly purges = new Purges();
  readonly #options: PurgerOptions;
  /** Of the connections of this process, by their names: the settings of others may differ during a rollout. */
  readonly #prefixes = new Map<string, Set<string>>();

  constructor(options: PurgerOptions) {
    this.#options = options;
    options.shared?.onPurge({
      person: (purge, isRepeated) => this.#dropPerson(purge, isRepeated ? [] : purge.names),
      connection: (prefix, isRepeated) => this.#onConnection(prefix, isRepeated),
      all: () => this.#release(''),
    });
  }

  /** A connection is in use. */
  know(name: string, prefix: string): void {
    const known = this.#prefixes.get(name);
    if (known?.has(prefix) === true) return;
    this.#prefixes.set(name, new Set([...(known ?? []), prefix]));
  }

  /** @returns how many entries were dropped. */
  dropPerson(prefixes: readonly string[], email: string): Promise<number> {
    return this.#dropPerson({ prefixes, email, names: [] }, []);
  }

  /** @returns how many entries were dropped. */
  async dropConnection(prefix: string): Promise<number> {
    const { shared } = this.#options;
    const dropped = await this.releaseConnection(prefix);
    await shared?.publish({ kind: 'connection', prefix });
    return Math.max(dropped, (await shared?.clear(prefix)) ?? 0);
  }

  /** In this process alone. @returns how many entries were dropped. */
  async releaseConnection(prefix: string): Promise<number> {
    this.#prefixes.get(connectionOf(prefix))?.delete(prefix);
    return this.#release(prefix);
  }

  #release(prefix: string): Promise<number> {
    const { entries, backoff, inFlight } = this.#options;
    for (const key of [...inFlight.keys()]) if (key.startsWith(prefix)) inFlight.delete(key);
    backoff.clear(prefix);
    return entries.clear(prefix);
  }

  async #onConnection(prefix: string, isRepeated: boolean): Promise<void> {
    if (isRepeated) {
      await this.dropConnection(prefix);
      return;
    }
    for (const own of this.#known([prefix])) {
      await this.#release(own);
      if (own !== prefix) await this.#options.shared?.clear(own);
    }
  }

  /** The prefixes, and those that connections with the same names have here. */
  #known(prefixes: readonly string[]): readonly string[] {
    const names = prefixes.map(connectionOf);
    return [
      ...new Set([...prefixes, ...names.flatMap((name) => [...(this.#prefixes.get(name) ?? [])])]),
    ];
  }

  /** @param published what the other processes have been informed of. */
  async #dropPerson(
    { prefixes, email, names }: PersonPurge,
    published: readonly string[],
  ): Promise<number> {
    const { entries, backoff, inFlight, shared } = this.#options;
    const all = this.#known(prefixes);
    const purge = this.purges.begin();
    const begun = new Map(inFlight);
    const informed = new Set(published);
    const dropped = new Set<string>();
    // At once: what is asked for from now on is looked up again.
    for (const prefix of all) inFlight.delete(`${prefix}${email}`);

    const drop = async (levels: readonly SearchedEntries[]) => {
      const search = new PersonSearch(levels, all);
      for (const name of await search.namesOf(email, [...names, ...purge.names]))
        purge.names.add(name);
      for (const key of search.keys) {
        if (inFlight.get(key) === begun.get(key)) inFlight.delete(key);
        backoff.delete(key);
        if (await entries.delete(key)) dropped.add(key);
      }
      return search.keys;
    };
    const inform = async (keys: ReadonlySet<string>) => {
      const found = [...purge.names];
      for (const name of found) informed.add(name);
      const message = { kind: 'person', prefixes: all, email, names: found } as const;
      for (const key of (await shared?.publish(message, [...keys])) ?? []) dropped.add(key);
    };
    const isNews = () => [...purge.names].some((name) => !informed.has(name));

    try {
      const keys = await drop([entries]);
      if (shared === undefined || !isNews()) return dropped.size;
      // Before the search: from now on no process writes what it looked up before.
      await inform(keys);
      const more = await drop([entries, shared.searched]);
      if (isNews() || more.size > keys.size) await inform(more);
      return dropped.size;
    } finally {
      purge.end();
    }
  }
}

/** @param prefix of the keys of a connection, which begin with its name. */
function connectionOf(prefix: string): string {
  return prefix.split(' ', 1)[0] ?? '';
}
