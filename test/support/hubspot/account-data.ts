/** What the emulated HubSpot account holds: records, associations, and the names behind codes. */
import { account, owners, pipelines, properties } from './reference.ts';

export type ObjectType = 'contacts' | 'companies' | 'deals' | 'tickets';

export const typeIds: Readonly<Record<ObjectType, string>> = {
  contacts: '0-1',
  companies: '0-2',
  deals: '0-3',
  tickets: '0-5',
};

export interface StoredRecord {
  readonly id: string;
  readonly properties: { [name: string]: string | null };
  /** When it came into being after the start, for the lag of the search index; milliseconds. */
  readonly addedAt: number;
}

export interface Label {
  readonly category: 'HUBSPOT_DEFINED' | 'USER_DEFINED';
  readonly typeId: number;
  readonly label: string | null;
  /** As a contact's own read names it. */
  readonly type: string;
}

export interface Association {
  readonly to: string;
  readonly labels: readonly Label[];
}

const label = (typeId: number, type: string, text: string | null = null): Label => ({
  category: 'HUBSPOT_DEFINED',
  typeId,
  label: text,
  type,
});
const primary = label(1, 'contact_to_company', 'Primary');
const unlabelled: Readonly<Record<Exclude<ObjectType, 'contacts'>, Label>> = {
  companies: label(279, 'contact_to_company_unlabeled'),
  deals: label(4, 'contact_to_deal'),
  tickets: label(15, 'contact_to_ticket'),
};

export class AccountData {
  readonly records: Readonly<Record<ObjectType, Map<string, StoredRecord>>> = {
    contacts: new Map(),
    companies: new Map(),
    deals: new Map(),
    tickets: new Map(),
  };
  owners = structuredClone(owners);
  pipelines = structuredClone(pipelines);
  properties = structuredClone(properties);
  account = structuredClone(account);
  /** Contact id, then type, to what belongs to the contact. */
  readonly #associations = new Map<string, Map<ObjectType, Association[]>>();
  #now: () => number = () => 0;
  #lastId = 101;

  /** From now on, what is added is new to the search index. @param now milliseconds since 1970. */
  start(now: () => number): void {
    this.#now = now;
  }

  /** @param id numeric; a new one when left out. @returns the id. */
  add(
    type: ObjectType,
    given: { readonly [name: string]: string | number | boolean | null },
    id?: string,
  ): string {
    this.#lastId += 1;
    const own = id ?? `${this.#lastId}`;
    const changed = type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
    const always = {
      hs_object_id: own,
      createdate: '2024-03-05T08:30:00.123Z',
      [changed]: '2026-11-20T10:00:00Z',
    };
    const texts = Object.entries(given).map(([k, v]) => [k, v === null ? null : String(v)]);
    this.records[type].set(own, {
      id: own,
      properties: {
        ...always,
        ...(Object.fromEntries(texts) as { [name: string]: string | null }),
      },
      addedAt: this.#now(),
    });
    return own;
  }

  /** @param as `primary` for the primary company; a text for a label that the tenant made. */
  associate(contact: string, type: Exclude<ObjectType, 'contacts'>, to: string, as?: string): void {
    const own: Label[] = [];
    if (as === 'primary') own.push(primary);
    else if (as !== undefined)
      own.push({
        category: 'USER_DEFINED',
        typeId: as === 'Primary' ? 1 : 37,
        label: as,
        type: as.toLowerCase().replaceAll(' ', '_'),
      });
    const byType = this.#associations.get(contact) ?? new Map<ObjectType, Association[]>();
    this.#associations.set(contact, byType);
    const list = byType.get(type) ?? [];
    byType.set(type, [...list, { to, labels: [...own, unlabelled[type]] }]);
  }

  associationsOf(contact: string, type: ObjectType): readonly Association[] {
    return this.#associations.get(contact)?.get(type) ?? [];
  }

  /** @param secondary also looks among the additional addresses. */
  contactByEmail(email: string, secondary: boolean): StoredRecord | undefined {
    const wanted = email.trim().toLowerCase();
    const all = [...this.records.contacts.values()];
    return (
      all.find(({ properties: p }) => p['email']?.toLowerCase() === wanted) ??
      (secondary
        ? all.find(({ properties: p }) =>
            (p['hs_additional_emails'] ?? '').toLowerCase().split(';').includes(wanted),
          )
        : undefined)
    );
  }

  /** Whether a property of that name exists, be it empty on all records. */
  knows(type: ObjectType, property: string): boolean {
    return (
      this.properties[type].some(({ name }) => name === property) ||
      ['createdate', 'lastmodifieddate', 'hs_lastmodifieddate', 'hs_object_id'].includes(property)
    );
  }
}
