/**
 * Which requests answer which question. One person: the contact with its ids, then company, deals and
 * tickets side by side: two rounds, at most four requests. Many: the contacts, their associations, the
 * records: three rounds, seven requests per hundred people, of which four count against the burst limit.
 */
import type { CallOptions, Limits } from '../../src/connector/index.ts';
import {
  companyOfBatch,
  companyOfContact,
  idsOfBatch,
  idsOfContact,
  NONE,
  distribute,
  type AssociatedIds,
} from './sections.ts';
import { HubSpotError } from './errors.ts';
import type { PersonRecords } from './profile.ts';
import type { ContactKey, Requests } from './requests.ts';
import { sections, sectionTypes, type Section, type Sections } from './sections.ts';
import type { ContactRecord, ObjectType, HubSpotRecord } from './responses.ts';

/** HubSpot's limit for one batch. */
const BATCH = 100;

interface ReadContact {
  readonly contact: ContactRecord;
  /** The sections whose ids came with it. */
  readonly asked: readonly Section[];
}

export class PersonLookup {
  readonly #requests: Requests;
  readonly #sections: Sections;
  readonly #limits: Pick<Limits, 'deals' | 'tickets'>;

  constructor(requests: Requests, sections: Sections, limits: Pick<Limits, 'deals' | 'tickets'>) {
    this.#requests = requests;
    this.#sections = sections;
    this.#limits = limits;
  }

  /** @returns `undefined` when nobody has that address, be it a secondary one. @throws {HubSpotError} */
  async findOne(email: string, options: CallOptions): Promise<PersonRecords | undefined> {
    const read =
      (await this.#contact({ email }, options)) ?? (await this.#bySecondary(email, options));
    if (read === undefined) return undefined;
    const { contact, asked } = read;
    const wanted = {
      company: companyOfContact(contact),
      deals: idsOfContact(contact, 'deals'),
      tickets: idsOfContact(contact, 'tickets'),
    };
    const idsOf = (section: Section) => Promise.resolve(new Map([[contact.id, wanted[section]]]));
    const found = await this.#complete([contact], asked, idsOf, options);
    return found.get(contact.id);
  }

  /**
   * @param emails lower case, at most 100.
   * @returns who is known, under the address asked for. @throws {HubSpotError}
   */
  async findMany(
    emails: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, PersonRecords>> {
    const unique = [...new Set(emails)];
    const contacts = byAddress(await this.#contactsByEmail(unique, options));
    const known = unique.flatMap((email) => contacts.get(email) ?? []);
    const people = [...new Map(known.map((contact) => [contact.id, contact])).values()];
    if (people.length === 0) return new Map();
    const ids = people.map(({ id }) => id);
    const idsOf = async (section: Section) => {
      const associations = await this.#requests.associations(sectionTypes[section], ids, options);
      const of = section === 'company' ? companyOfBatch : idsOfBatch;
      return new Map(ids.map((id) => [id, of(associations.get(id))]));
    };
    const found = await this.#complete(people, this.#sections.readable(), idsOf, options);
    return new Map(
      unique.flatMap((email) => {
        const person = found.get(contacts.get(email)?.id ?? '');
        return person === undefined ? [] : [[email, person] as const];
      }),
    );
  }

  /** Reads the contact with the ids of all sections that may be read. */
  async #contact(by: ContactKey, options: CallOptions): Promise<ReadContact | undefined> {
    const asked = this.#sections.readable();
    const types = asked.map((section) => sectionTypes[section]);
    try {
      const contact = await this.#requests.contact(by, types, options);
      return contact && { contact, asked };
    } catch (error) {
      const blamed = this.#sections
        .sectionsForScopes(error)
        .filter((section) => asked.includes(section));
      if (blamed.length === 0 || !(error instanceof HubSpotError)) throw error;
      for (const section of blamed) this.#sections.disable(section, error.scopes ?? []);
      return await this.#contact(by, options);
    }
  }

  /**
   * A read by address may not find secondary addresses; a batch does. HubSpot's search finds them as well,
   * but it lags behind and has few calls a second.
   */
  async #bySecondary(email: string, options: CallOptions): Promise<ReadContact | undefined> {
    const records = await this.#requests
      .contactsByEmail([email], 'continuation', options)
      .catch((error: unknown) => {
        // The address was well-formed enough to be unknown; that a batch refuses it changes nothing.
        if (error instanceof HubSpotError && error.status === 400) return [];
        throw error;
      });
    // Of one address asked for, the answer is the one record, whatever addresses it shows.
    const id = records[0]?.id;
    return id === undefined ? undefined : await this.#contact({ id }, options);
  }

  /**
   * One address that HubSpot takes for malformed makes it refuse the whole batch: the others are read in
   * halves. @throws {HubSpotError} when all were refused: then the addresses are not to blame.
   */
  async #contactsByEmail(
    emails: readonly string[],
    options: CallOptions,
  ): Promise<HubSpotRecord[]> {
    try {
      return await this.#requests.contactsByEmail(emails, 'beginning', options);
    } catch (error) {
      if (!(error instanceof HubSpotError) || error.status !== 400 || emails.length === 1)
        throw error;
      const middle = Math.ceil(emails.length / 2);
      const halves = [emails.slice(0, middle), emails.slice(middle)];
      const results = await Promise.allSettled(
        halves.map((half) => this.#contactsByEmail(half, options)),
      );
      const read = results.flatMap((half) => (half.status === 'fulfilled' ? [half.value] : []));
      const reasons = results.flatMap((half) =>
        half.status === 'rejected' ? [half.reason as unknown] : [],
      );
      const other = reasons.find((why) => !(why instanceof HubSpotError && why.status === 400));
      if (other instanceof Error) throw other;
      if (read.length === 0) throw error;
      return read.flat();
    }
  }

  /**
   * Reads the sections of all people side by side.
   * @param asked the sections that may be read; the others are missing.
   * @param idsOf by contact id.
   */
  async #complete(
    people: readonly HubSpotRecord[],
    asked: readonly Section[],
    idsOf: (section: Section) => Promise<ReadonlyMap<string, AssociatedIds>>,
    options: CallOptions,
  ): Promise<ReadonlyMap<string, PersonRecords>> {
    const read = async (section: Section) => {
      if (!asked.includes(section)) return undefined;
      return await this.#sections.read(section, async () => {
        const shared = distribute(await idsOf(section), this.#places(section, people.length));
        const ids = [...shared.values()].flatMap((associated) => associated.ids);
        return { shared, records: await this.#read(sectionTypes[section], ids, options) };
      });
    };
    const [company, deals, tickets] = await Promise.all([
      read('company'),
      read('deals'),
      read('tickets'),
    ]);
    const results = { company, deals, tickets };
    const missing = sections.filter((section) => results[section] === undefined);
    const of = (section: Section, id: string) => {
      const { ids, more } = results[section]?.shared.get(id) ?? NONE;
      return { records: ids.flatMap((each) => results[section]?.records.get(each) ?? []), more };
    };
    return new Map(
      people.map((contact) => [
        contact.id,
        {
          contact,
          company: of('company', contact.id).records[0],
          deals: of('deals', contact.id).records,
          tickets: of('tickets', contact.id).records,
          moreDeals: of('deals', contact.id).more,
          moreTickets: of('tickets', contact.id).more,
          missing,
        },
      ]),
    );
  }

  /** @returns those that exist, by id; a record may be gone, or hidden, since its id was read. */
  async #read(
    type: ObjectType,
    ids: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, HubSpotRecord>> {
    const unique = [...new Set(ids)];
    const batches: string[][] = [];
    for (let i = 0; i < unique.length; i += BATCH) batches.push(unique.slice(i, i + BATCH));
    const read = await Promise.all(
      batches.map((batch) => this.#requests.read(type, batch, options)),
    );
    return new Map(read.flat().map((record) => [record.id, record]));
  }

  /**
   * How many records of a section are read: as many as agents would see, and all that fit into the same
   * number of requests.
   */
  #places(section: Section, people: number): number {
    const each = section === 'company' ? 1 : this.#limits[section];
    return Math.ceil((people * each) / BATCH) * BATCH;
  }
}

/** Indexes contacts by their main and secondary addresses, in lower case; the main one wins. */
function byAddress(contacts: readonly HubSpotRecord[]): ReadonlyMap<string, HubSpotRecord> {
  const index = new Map<string, HubSpotRecord>();
  for (const contact of contacts)
    for (const address of (contact.properties['hs_additional_emails'] ?? '').split(';'))
      index.set(address.trim().toLowerCase(), contact);
  for (const contact of contacts)
    index.set((contact.properties['email'] ?? '').trim().toLowerCase(), contact);
  return index;
}
