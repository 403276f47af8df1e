/** By which names, besides the address that was asked for, a cached person is found again to be purged. */
import { normalizeEmail } from '../model/email.ts';
import type { PersonResult } from '../upstream/connection.ts';
import type { EntryCache } from './entry-cache.ts';
import type { Entry } from './store.ts';

/** What an entry says about who is in it. All texts begin with the connection's prefix. */
export interface PersonLinks {
  /** The record that is shown, and the address it shows: another address may lead to the same one. */
  readonly shown: readonly string[];
  /** Records with the same address, which are listed. */
  readonly listed: readonly string[];
  /** The record as others may list it. */
  readonly listedAs: readonly string[];
  /** The address the record shows. */
  readonly address: string | undefined;
}

const NO_LINKS: PersonLinks = { shown: [], listed: [], listedAs: [], address: undefined };

/** @param entry of a person. */
export function linksOf(prefix: string, entry: Entry<PersonResult> | undefined): PersonLinks {
  if (entry?.found !== true) return NO_LINKS;
  const { contact, others } = entry.value.profile;
  const address = contact.email === null ? undefined : normalizeEmail(contact.email)?.normalized;
  return {
    shown: [
      ...(contact.id === null ? [] : [`${prefix}id ${contact.kind} ${contact.id}`]),
      ...(address === undefined ? [] : [addressLink(prefix, address)]),
    ],
    listed: others.flatMap(({ url }) => (url === null ? [] : [urlLink(prefix, url)])),
    listedAs: contact.url === null ? [] : [urlLink(prefix, contact.url)],
    address,
  };
}

/** Searches the cache for one person, in the connections whose entries begin with these prefixes. */
export class PersonSearch {
  /** Of the entries that show or list the person, and those that may be in flight. */
  readonly keys = new Set<string>();
  readonly #entries: Pick<EntryCache, 'peek' | 'keysOf'>;
  readonly #prefixes: readonly string[];
  readonly #names = new Set<string>();
  readonly #addresses = new Set<string>();

  constructor(entries: Pick<EntryCache, 'peek' | 'keysOf'>, prefixes: readonly string[]) {
    this.#entries = entries;
    this.#prefixes = prefixes;
  }

  /**
   * From one address to the records it shows, to the other addresses that show those, in every connection.
   * @returns keys and links.
   */
  async namesOf(email: string): Promise<ReadonlySet<string>> {
    this.#addresses.add(email);
    // Grows while it is read.
    for (const address of this.#addresses) {
      for (const prefix of this.#prefixes) {
        await this.#visit(prefix, `${prefix}${address}`);
        await this.#follow(prefix, addressLink(prefix, address));
      }
    }
    return this.#names;
  }

  async #visit(prefix: string, key: string): Promise<void> {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.#names.add(key);
    this.#addresses.add(key.slice(prefix.length));
    const entry = this.#entries.peek(key) as Entry<PersonResult> | undefined;
    const { shown, listedAs, address } = linksOf(prefix, entry);
    if (address !== undefined) this.#addresses.add(address);
    for (const link of shown) await this.#follow(prefix, link);
    for (const link of listedAs) await this.#collect(link);
  }

  async #follow(prefix: string, link: string): Promise<void> {
    if (this.#names.has(link)) return;
    this.#names.add(link);
    for (const key of await this.#entries.keysOf(link)) await this.#visit(prefix, key);
  }

  /** Entries that list the person beside another one, who is not searched for. */
  async #collect(link: string): Promise<void> {
    this.#names.add(link);
    for (const key of await this.#entries.keysOf(link)) this.keys.add(key);
  }
}

export function addressLink(prefix: string, address: string): string {
  return `${prefix}shows ${address}`;
}

function urlLink(prefix: string, url: string): string {
  return `${prefix}lists ${url}`;
}
