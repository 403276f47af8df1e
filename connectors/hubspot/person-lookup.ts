/**
 * Which requests find a person. One: the contact with its ids, then company, deals and tickets side by side.
 * Many: the contacts, their associations, the records; per hundred people seven requests, of which four count
 * against the burst limit. docs/hubspot.md lists how many requests each case takes.
 */
import {
  compareMatches,
  emailForms,
  normalizeEmail,
  splitEmails,
  WrongPersonError,
  type CallOptions,
  type Limits,
  type OnPartial,
} from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import type { RawPerson } from './profile.ts';
import { batchesOf, MAX_BATCH, type Requests } from './requests.ts';
import type { ContactRecord, HubSpotRecord } from './responses.ts';
import {
  distribute,
  idsOf,
  NONE,
  sections,
  sectionTypes,
  type AssociatedIds,
  type Section,
  type Sections,
} from './sections.ts';
import { latestActivity } from './values.ts';

export interface FindOptions extends CallOptions {
  readonly onPartial: OnPartial<RawPerson>;
}

/** The ids of a section, by contact id. */
type IdsByContact = ReadonlyMap<string, AssociatedIds>;

export class PersonLookup {
  readonly #requests: Requests;
  readonly #sections: Sections;
  readonly #limits: Pick<Limits, 'deals' | 'tickets'>;

  constructor(requests: Requests, sections: Sections, limits: Pick<Limits, 'deals' | 'tickets'>) {
    this.#requests = requests;
    this.#sections = sections;
    this.#limits = limits;
  }

  /** @returns `undefined` for an unknown address; a secondary one counts. @throws {ConnectorError} */
  async findOne(email: string, options: FindOptions): Promise<RawPerson | undefined> {
    const forms = emailForms(email);
    const read =
      forms.length === 1
        ? ((await this.#readContact(email, 'email', options)) ??
          (await this.#readByBatch(forms, options)))
        : await this.#readByBatch(forms, options);
    if (read === undefined) return undefined;
    const { contact, readable, others = [] } = read;
    if (sharedAddresses(contact, [email]).length === 0) throw wrongPerson();
    const idsFor = (section: Section): IdsByContact =>
      new Map([[contact.id, idsOf(section, contact.associations?.[sectionTypes[section]])]]);
    const reading = this.#readSections([contact], readable, idsFor, options);
    const known = () => ({ ...reading.person(contact), others });
    options.onPartial(email, known);
    await reading.ended;
    return known();
  }

  /**
   * @param emails lower case, at most 100.
   * @returns the known people by the address asked for, and an error for each that may have got another person.
   * @throws {ConnectorError}
   */
  async findMany(
    emails: readonly string[],
    options: FindOptions,
  ): Promise<ReadonlyMap<string, RawPerson | WrongPersonError>> {
    const unique = [...new Set(emails)];
    const batches = batchesOf(unique.flatMap(emailForms));
    const read = await Promise.all(batches.map((batch) => this.#readContacts(batch, options)));
    const { byEmail, hasOthers } = indexByEmail(read.flat(), unique);
    const absent = unique.filter((email) => !byEmail.has(email));
    // A contact with none of the addresses may be meant for any address without a contact: HubSpot compares more loosely.
    const [wrong, unknown] = hasOthers ? [absent, []] : [[], absent];
    const errors = wrong.map((email) => [email, wrongPerson()] as const);
    const known = [...byEmail.values()].flatMap(([shown]) => shown ?? []);
    const contacts = [...new Map(known.map((contact) => [contact.id, contact])).values()];
    if (contacts.length === 0) return new Map(errors);
    const ids = contacts.map(({ id }) => id);
    const idsFor = async (section: Section): Promise<IdsByContact> => {
      const associated = await this.#requests.associations(sectionTypes[section], ids, options);
      return new Map(ids.map((id) => [id, idsOf(section, associated.get(id))]));
    };
    const readable = this.#sections.readable();
    const reading = this.#readSections(contacts, readable, idsFor, options);
    const records = [...byEmail].flatMap(([email, [shown, ...others]]) => {
      if (shown === undefined) return [];
      return [[email, () => ({ ...reading.person(shown), others })] as const];
    });
    for (const email of unknown) options.onPartial(email, () => undefined);
    for (const [email, known] of records) options.onPartial(email, known);
    await reading.ended;
    const people = records.map(([email, known]) => [email, known()] as const);
    return new Map<string, RawPerson | WrongPersonError>([...people, ...errors]);
  }

  /** Reads the contact with the ids of all readable sections. */
  async #readContact(
    key: string,
    idProperty: 'email' | undefined,
    options: CallOptions,
  ): Promise<ReadContact | undefined> {
    const readable = this.#sections.readable();
    const types = readable.map((section) => sectionTypes[section]);
    try {
      const contact = await this.#requests.contact(key, idProperty, types, options);
      return contact && { contact, readable };
    } catch (error) {
      if (!this.#sections.disableForScopes(error, readable)) throw error;
      return await this.#readContact(key, idProperty, options);
    }
  }

  /**
   * A read by address may not find secondary addresses, and takes one spelling; a batch finds all. HubSpot's
   * search finds them as well, but it lags behind and has few calls a second.
   * @param forms the spellings of one address.
   */
  async #readByBatch(
    forms: readonly [string, ...string[]],
    options: CallOptions,
  ): Promise<ReadContact | undefined> {
    const isFirst = forms.length > 1;
    const records = await this.#readContacts(forms, options, isFirst).catch((error: unknown) => {
      // The read by address found the address valid, so a refused batch does not change the result.
      if (isBadRequest(error) && !isFirst) return [];
      throw error;
    });
    const [email] = forms;
    const { byEmail, hasOthers } = indexByEmail(records, [email]);
    const [shown, ...others] = byEmail.get(email) ?? [];
    if (shown === undefined && hasOthers) throw wrongPerson();
    const read = shown && (await this.#readContact(shown.id, undefined, options));
    return read && { ...read, others };
  }

  /**
   * One address that HubSpot takes for invalid makes it refuse the whole batch: the others are read in halves.
   * @throws {ConnectorError} when all were refused: then the addresses are not the reason.
   */
  async #readContacts(
    emails: readonly string[],
    options: CallOptions,
    isFirst = true,
  ): Promise<readonly HubSpotRecord[]> {
    try {
      return await this.#requests.contactsByEmail(emails, options, isFirst);
    } catch (error) {
      if (!isBadRequest(error) || emails.length === 1) throw error;
      const results = await Promise.all(
        halvesOf(emails).map((half) =>
          this.#readContacts(half, options, false).catch((reason: unknown) => {
            if (!isBadRequest(reason)) throw reason;
            return undefined;
          }),
        ),
      );
      const read = results.filter((half) => half !== undefined);
      if (read.length === 0) throw error;
      return read.flat();
    }
  }

  /**
   * Reads the sections of all contacts side by side.
   * @param readable the sections to read; the others are missing.
   * @returns what is known of each contact so far, and when that is all.
   */
  #readSections(
    contacts: readonly HubSpotRecord[],
    readable: readonly Section[],
    idsFor: (section: Section) => IdsByContact | Promise<IdsByContact>,
    options: CallOptions,
  ): {
    readonly ended: Promise<unknown>;
    person(contact: HubSpotRecord): Omit<RawPerson, 'others'>;
  } {
    const read = new Map<Section, SectionRecords>();
    const readSection = async (section: Section) => {
      const records = await this.#sections.read(section, options.signal, async () => {
        const kept = distribute(await idsFor(section), this.#maxRecords(section, contacts.length));
        read.set(section, { kept, records: undefined });
        const ids = [...kept.values()].flatMap((associated) => associated.ids);
        const found = await this.#requests.read(sectionTypes[section], ids, options);
        return { kept, records: new Map(found.map((record) => [record.id, record])) };
      });
      if (records === undefined) read.delete(section);
      else read.set(section, records);
    };
    return {
      ended: Promise.all(readable.map(readSection)),
      person(contact) {
        const results = sections.map((section) => {
          const { kept, records } = read.get(section) ?? {};
          const { ids, more } = kept?.get(contact.id) ?? NONE;
          // Who has no records in this section is complete without those of others.
          const isRead = records !== undefined || (kept !== undefined && ids.length === 0);
          // A record may be deleted, or hidden, since its id was read.
          const present = ids.flatMap((id) => records?.get(id) ?? []);
          return { records: present, more: isRead && more, isRead };
        });
        const [company, deals, tickets] = results;
        return {
          contact,
          company: company?.records[0],
          deals: deals?.records ?? [],
          tickets: tickets?.records ?? [],
          moreDeals: deals?.more ?? false,
          moreTickets: tickets?.more ?? false,
          // The newest were read, whether or not they are open.
          moreOpenDeals: deals?.more ?? false,
          moreOpenTickets: tickets?.more ?? false,
          missing: sections.filter((_, i) => results[i]?.isRead === false),
        };
      },
    };
  }

  /** @returns how many records to read: as many as agents see, and all that fit into the same number of requests. */
  #maxRecords(section: Section, people: number): number {
    const each = section === 'company' ? 1 : this.#limits[section];
    return Math.ceil((people * each) / MAX_BATCH) * MAX_BATCH;
  }
}

function halvesOf<T>(list: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(list.length / 2);
  return [list.slice(0, middle), list.slice(middle)];
}

function wrongPerson(): WrongPersonError {
  return new WrongPersonError(
    'HubSpot, contacts: a contact without the address that was asked for',
  );
}

function isBadRequest(error: unknown): boolean {
  return error instanceof HubSpotError && error.response.status === 400;
}

/** A section of all contacts. */
interface SectionRecords {
  /** By contact id. */
  readonly kept: ReadonlyMap<string, AssociatedIds>;
  /** By their id; `undefined` while they are being read. */
  readonly records: ReadonlyMap<string, HubSpotRecord> | undefined;
}

interface ReadContact {
  readonly contact: ContactRecord;
  /** The sections whose ids it has. */
  readonly readable: readonly Section[];
  readonly others?: readonly HubSpotRecord[];
}

type ContactsByEmail = ReadonlyMap<string, readonly HubSpotRecord[]>;

/**
 * @param emails those asked for, normalised.
 * @returns the contacts with each as their main or a secondary address, first the one to show: there are several
 *   only if HubSpot has both spellings of an international domain. A contact with none of the addresses is left out:
 *   agents would see a wrong person.
 */
function indexByEmail(
  contacts: readonly HubSpotRecord[],
  emails: readonly string[],
): { readonly byEmail: ContactsByEmail; readonly hasOthers: boolean } {
  const shared = contacts.map((contact) => ({ contact, shared: sharedAddresses(contact, emails) }));
  const matches = shared.flatMap(({ contact, shared }) =>
    shared.map((email) => ({ email, contact })),
  );
  const ranked = matches.sort((a, b) => compareMatches(rank(a.contact), rank(b.contact)));
  const groups = Map.groupBy(ranked, ({ email }) => email);
  return {
    byEmail: new Map([...groups].map(([email, group]) => [email, group.map((one) => one.contact)])),
    hasOthers: shared.some(({ shared }) => shared.length === 0),
  };
}

/** Those of the addresses that are the main or a secondary one of the contact. */
function sharedAddresses(
  { properties }: HubSpotRecord,
  emails: readonly string[],
): readonly string[] {
  const [main, others] = [properties['email'] ?? '', properties['hs_additional_emails'] ?? ''];
  const normalized = new Set(
    [main, ...splitEmails(others)].flatMap((address) => normalizeEmail(address) ?? []),
  );
  // `splitEmails` leaves out the last of very many, since each is to be normalized.
  const written = new Set(
    others
      .toLowerCase()
      .split(';')
      .map((one) => one.trim()),
  );
  return emails.filter(
    (email) => normalized.has(email) || emailForms(email).some((form) => written.has(form)),
  );
}

function rank({ id, properties }: HubSpotRecord) {
  return {
    kind: 'contact',
    id,
    lastActivityAt: latestActivity(properties),
    updatedAt: properties['lastmodifieddate'],
  } as const;
}
