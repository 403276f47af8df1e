/** Finds people and companies in the tables of the files. Records are built per lookup. */
import {
  type Company,
  type Contact,
  type Deal,
  type Match,
  type OtherMatch,
  type PartialRecord,
  type PersonRecord,
  type RecordKey,
  type Ticket,
  compareMatches,
} from '../../src/connector/index.ts';
import { parseAddresses } from './addresses.ts';
import { splitIds } from './columns.ts';
import type { RowIndex } from './row-store.ts';
import { readCells, readRecord, type Table } from './table.ts';

export interface Directory {
  /** @param email normalised. */
  person(email: string): PersonRecord | undefined;
  /** @param domain lower case, ASCII; matched exactly. */
  company(domain: string): PartialRecord<Company> | undefined;
  readonly counts: Counts;
  /** All addresses, normalised. */
  addresses(): Iterable<string>;
  /** @param email normalised. */
  hasAddress(email: string): boolean;
}

export const TABLES = ['people', 'companies', 'deals', 'tickets'] as const;

/** Rows by table, `undefined` without such a file. */
export interface Counts extends Readonly<Record<(typeof TABLES)[number], number | undefined>> {
  readonly addresses: number;
  /** Rows left out because they have no usable address. */
  readonly withoutEmail: number;
}

export interface Tables {
  readonly people: People;
  readonly companies:
    (Table & { readonly byId: RowIndex; readonly byDomain: RowIndex }) | undefined;
  readonly deals: Related | undefined;
  readonly tickets: Related | undefined;
}

export interface People extends Table {
  readonly byEmail: RowIndex;
  /** By the domain of the company in the person's row. */
  readonly byDomain: RowIndex;
  /** How many rows have no usable address and are not in the table. */
  readonly withoutEmail: number;
}

/** Rows that belong to people, by address, by id or by company. */
export interface Related extends Table {
  readonly byEmail: RowIndex;
  readonly byContactId: RowIndex;
  readonly byCompanyId: RowIndex;
}

export function createDirectory({ people, companies, deals, tickets }: Tables): Directory {
  return {
    counts: {
      people: people.rows.length,
      addresses: people.byEmail.size,
      withoutEmail: people.withoutEmail,
      companies: companies?.rows.length,
      deals: deals?.rows.length,
      tickets: tickets?.rows.length,
    },

    addresses: () => people.byEmail.keys(),
    hasAddress: (email) => people.byEmail.has(email),

    person(email) {
      const [first, ...others] = people.byEmail
        .get(email)
        .map((row) => person(row))
        .sort((a, b) => compareMatches(match(a.contact), match(b.contact)));
      if (first === undefined) return undefined;
      const { contact, company } = first;
      return {
        contact,
        company,
        deals: relatedRecords<Deal>(deals, first),
        tickets: relatedRecords<Ticket>(tickets, first),
        moreOpenDeals: false,
        moreOpenTickets: false,
        others: others.map((other) => otherMatch(other.contact, other.company)),
      };
    },

    company(domain) {
      const [row] = people.byDomain.get(domain);
      const company = companyOf(companies, 'byDomain', domain);
      return company ?? (row === undefined ? undefined : person(row).company);
    },
  };

  function person(row: number): Person {
    const { company, ...contact } = readRecord(people, row) as PersonRow;
    const [email = '', companyId = ''] = readCells(people, row, ['email', 'companyId']);
    const { addresses, keys } = parseAddresses(email);
    const companyIds = splitIds(companyId);
    const joined = companyIds.flatMap((id) => companyOf(companies, 'byId', id) ?? [])[0];
    return {
      contact: { kind: 'contact', ...contact, email: addresses[0] ?? null },
      // The file of companies takes precedence; the person's row fills the gaps.
      company: company || joined ? { ...company, ...joined } : undefined,
      companyIds,
      keys,
    };
  }
}

type PersonRow = PartialRecord<Contact> & { readonly company?: PartialRecord<Company> };

interface Person {
  readonly contact: PartialRecord<Contact>;
  readonly company: PartialRecord<Company> | undefined;
  readonly companyIds: readonly string[];
  /** Normalised addresses. */
  readonly keys: readonly string[];
}

/** @returns the first company with that key. */
function companyOf(
  companies: Tables['companies'],
  index: 'byId' | 'byDomain',
  key: string,
): PartialRecord<Company> | undefined {
  const [row] = companies?.[index].get(key) ?? [];
  return companies === undefined || row === undefined ? undefined : readRecord(companies, row);
}

/** @returns each row once, in the order of the file, though address and company may both point to it. */
function relatedRecords<T>(
  table: Related | undefined,
  { contact, companyIds, keys }: Person,
): readonly PartialRecord<T>[] {
  if (table === undefined) return [];
  const rows = new Set([
    ...keys.flatMap((key) => table.byEmail.get(key)),
    ...table.byContactId.get(contact.id ?? ''),
    ...companyIds.flatMap((id) => table.byCompanyId.get(id)),
  ]);
  return [...rows].sort((a, b) => a - b).map((row) => readRecord(table, row) as PartialRecord<T>);
}

function match({ kind, id, lastActivityAt }: PartialRecord<Contact>): Match {
  return { kind: kind ?? 'contact', id: id ?? '', lastActivityAt };
}

function otherMatch(
  contact: PartialRecord<Contact>,
  company: PartialRecord<Company> | undefined,
): PartialRecord<OtherMatch & RecordKey> {
  const { kind, id, email, name, firstName, lastName, url } = contact;
  const fullName = [firstName, lastName].filter((part) => part).join(' ');
  return { kind, id, email, name: name ?? (fullName || null), company: company?.name, url };
}
