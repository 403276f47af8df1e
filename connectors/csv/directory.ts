/** Finds people and companies in the tables of the files. Records are built per lookup. */
import {
  compareMatches,
  normalizeEmail,
  splitEmails,
  type Match,
  type PartialRecord,
  type PersonRecord,
} from '../../src/connector/index.ts';
import type { Company, Contact, Deal, OtherMatch, Ticket } from '../../src/model/profile.ts';
import type { RowIndex } from './row-store.ts';
import { readCells, readRecord, type Table } from './table.ts';

export interface Directory {
  /** @param email normalised. */
  person(email: string): PersonRecord | undefined;
  /** @param domain lower case, ASCII; matched exactly. */
  company(domain: string): PartialRecord<Company> | undefined;
  readonly counts: Counts;
}

export interface Counts {
  readonly people: number;
  readonly addresses: number;
  /** Rows left out because they have no usable address. */
  readonly withoutEmail: number;
  /** `undefined` without such a file. */
  readonly companies: number | undefined;
  readonly deals: number | undefined;
  readonly tickets: number | undefined;
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

/** Rows that belong to people, by address or by company. */
export interface Related extends Table {
  readonly byEmail: RowIndex;
  readonly byCompanyId: RowIndex;
}

/** What a row of the tables has, by the paths in `columns.ts`. */
interface RowRecord {
  readonly contact?: PartialRecord<Contact>;
  readonly company?: PartialRecord<Company>;
  readonly deal?: PartialRecord<Deal>;
  readonly ticket?: PartialRecord<Ticket>;
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

    person(email) {
      const [first, ...others] = people.byEmail
        .get(email)
        .map((row) => person(row))
        .sort((a, b) => compareMatches(match(a.contact), match(b.contact)));
      if (first === undefined) return undefined;
      const { contact, company, companyId, addresses } = first;
      return {
        contact,
        company,
        deals: relatedRows(deals, addresses, companyId).flatMap(({ deal }) => deal ?? []),
        tickets: relatedRows(tickets, addresses, companyId).flatMap(({ ticket }) => ticket ?? []),
        others: others.map((other) => otherMatch(other.contact, other.company)),
      };
    },

    company(domain) {
      const [row] = people.byDomain.get(domain);
      const company = companyOf(companies, 'byDomain', domain);
      return company ?? (row === undefined ? undefined : person(row).company);
    },
  };

  function person(row: number) {
    const { contact, company }: RowRecord = readRecord(people, row);
    const [email = '', companyId = ''] = readCells(people, row, ['email', 'companyId']);
    const valid = splitEmails(email).filter((address) => normalizeEmail(address) !== undefined);
    const joined = companyOf(companies, 'byId', companyId);
    return {
      contact: { kind: 'contact', ...contact, email: valid[0] ?? null } as const,
      // The file of companies takes precedence; the person's row fills the gaps.
      company: company || joined ? { ...company, ...joined } : undefined,
      companyId,
      addresses: valid.map((address) => normalizeEmail(address) ?? ''),
    };
  }
}

/** @returns the first company with that key. */
function companyOf(
  companies: Tables['companies'],
  index: 'byId' | 'byDomain',
  key: string,
): PartialRecord<Company> | undefined {
  const [row] = companies?.[index].get(key) ?? [];
  if (companies === undefined || row === undefined) return undefined;
  const { company }: RowRecord = readRecord(companies, row);
  return company ?? {};
}

/** @returns each row once, in the order of the file, though address and company may both point to it. */
function relatedRows(
  table: Related | undefined,
  addresses: readonly string[],
  companyId: string,
): readonly RowRecord[] {
  if (table === undefined) return [];
  const rows = new Set([
    ...addresses.flatMap((address) => table.byEmail.get(address)),
    ...(companyId === '' ? [] : table.byCompanyId.get(companyId)),
  ]);
  return [...rows].sort((a, b) => a - b).map((row) => readRecord(table, row));
}

function match({ kind, id, lastActivityAt }: PartialRecord<Contact>): Match {
  return { kind: kind ?? 'contact', id: id ?? '', lastActivityAt };
}

function otherMatch(
  contact: PartialRecord<Contact>,
  company: PartialRecord<Company> | undefined,
): PartialRecord<OtherMatch> {
  const { kind, name, firstName, lastName, url } = contact;
  const fullName = [firstName, lastName].filter((part) => part).join(' ');
  return { kind, name: name ?? (fullName || null), company: company?.name, url };
}
