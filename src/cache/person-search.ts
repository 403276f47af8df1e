/** From one address to every cached entry that shows or lists the person. */
import type { PersonResult } from '../upstream/connection.ts';
import { Entry, type PackedEntry } from './entry.ts';
import { addressLinks, linksOf } from './person-links.ts';

/** What a search reads. */
export interface SearchedEntries {
  /** @returns the entry of a person, also one that is too old to be used. */
  peek(key: string): PackedEntry | undefined | Promise<PackedEntry | undefined>;
  keysOf(link: string): Promise<readonly string[]>;
}

/** Searches the cache for one person, in the connections whose entries begin with these prefixes. */
export class PersonSearch {
  /** Of the entries that show or list the person, and those that may be in flight. */
  readonly keys = new Set<string>();
  readonly #levels: readonly SearchedEntries[];
  readonly #prefixes: readonly string[];
  readonly #names = new Set<string>();
  readonly #addresses = new Set<string>();

  constructor(levels: readonly SearchedEntries[], prefixes: readonly string[]) {
    this.#levels = levels;
    this.#prefixes = prefixes;
  }

  /**
   * From one address to the records it shows, to the other addresses that show those, in every connection.
   * @param names keys and links that are known to be the person's.
   * @returns keys and links.
   */
  async namesOf(email: string, names: readonly string[] = []): Promise<ReadonlySet<string>> {
    this.#addresses.add(email);
    for (const prefix of this.#prefixes) {
      for (const name of names.filter((one) => one.startsWith(prefix))) {
        const rest = name.slice(prefix.length);
        if (rest.startsWith('shows ')) await this.#follow(prefix, name);
        else if (rest.startsWith('lists ')) await this.#collect(name);
        else await this.#visit(prefix, name);
      }
    }
    // Grows while it is read.
    for (const address of this.#addresses) {
      for (const prefix of this.#prefixes) {
        const links = addressLinks(prefix, address);
        await this.#visit(prefix, `${prefix}${address}`);
        await this.#follow(prefix, links.shown);
        await this.#collect(links.listed);
      }
    }
    return this.#names;
  }

  async #visit(prefix: string, key: string): Promise<void> {
    if (this.#names.has(key)) return;
    this.keys.add(key);
    this.#names.add(key);
    this.#addresses.add(key.slice(prefix.length));
    for (const level of this.#levels) {
      const kept = await level.peek(key);
      const entry = kept && new Entry<PersonResult>(kept);
      const { shown, listedAs, address } = linksOf(prefix, entry);
      if (address !== undefined) this.#addresses.add(address);
      for (const link of shown) await this.#follow(prefix, link);
      for (const link of listedAs) await this.#collect(link);
    }
  }

  async #follow(prefix: string, link: string): Promise<void> {
    if (this.#names.has(link)) return;
    this.#names.add(link);
    for (const key of await this.#keysOf(link)) await this.#visit(prefix, key);
  }

  /** Entries that list the person beside another one, who is not searched for. */
  async #collect(link: string): Promise<void> {
    if (this.#names.has(link)) return;
    this.#names.add(link);
    for (const key of await this.#keysOf(link)) this.keys.add(key);
  }

  async #keysOf(link: string): Promise<readonly string[]> {
    const found = await Promise.all(this.#levels.map((level) => level.keysOf(link)));
    return found.flat();
  }
}
