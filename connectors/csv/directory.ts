/** Finds people and companies in the files' tables. Answers are built when they are asked for. */
import {
  compareMatches,
  type PersonRecord,
  type PartialRecord,
} from '../../src/connector/index.ts';
import type { Company, Contact, Deal, OtherMatch, Ticket } from '../../src/model/profile.ts';
import { emailKey, splitAddresses } from './email-key.ts';
import type { RowIndex } from './row-index.ts';
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
  /** Rows left out for want of an address. */
  readonly unreachable: number;
  /** `undefined` without such a file. */
  readonly companies: number | undefined;
  readonly deals: number | undefined;
  readonly tickets: number | undefined;
}

export interface Tables {
  readonly people: People;
  readonly companies:
    (Table & { readonly byId: RowIndex; readonly byDomain: RowIndex }) | undefined;
  readonly deals: Joined | undefined;
  readonly tickets: Joined | undefined;
}

export interface People extends Table {
  readonly byEmail: RowIndex;
  /** By the domain of the company in the person's own row. */
  readonly byDomain: RowIndex;
  /** How many rows have no usable address and are not in the table. */
  readonly unreachable: number;
}

/** Rows that belong to people, by address or by company. */
export interface Joined extends Table {
  readonly byEmail: RowIndex;
  readonly byCompanyId: RowIndex;
}

/** What a row of the tables is, by the paths in `columns.ts`. */
interface PersonRow {
  readonly contact?: PartialRecord<Contact>;
  readonly company?: PartialRecord<Company>;
}
interface CompanyRow {
  readonly company?: PartialRecord<Company>;
}
interface DealRow {
  readonly deal?: PartialRecord<Deal>;
}
interface TicketRow {
  readonly ticket?: PartialRecord<Ticket>;
}

export function createDirectory({ people, companies, deals, tickets }: Tables): Directory {
  return {
    counts: {
      people: people.rows.length,
      addresses: people.byEmail.size,
      unreachable: people.unreachable,
      companies: companies?.rows.length,
      deals: deals?.rows.length,
      tickets: tickets?.rows.length,
    },

    person(email) {
      const [first, ...further] = people.byEmail
        .get(email)
        .map((row) => person(row))
        .sort((a, b) => compareMatches(rank(a.contact), rank(b.contact)));
      if (first === undefined) return undefined;
      const { contact, company, companyId, addresses } = first;
      return {
        contact,
        company,
        deals: joined(deals, addresses, companyId).flatMap(({ deal }: DealRow) => deal ?? []),
        tickets: joined(tickets, addresses, companyId).flatMap(
          ({ ticket }: TicketRow) => ticket ?? [],
        ),
        others: further.map(other),
      };
    },

    company(domain) {
      const [row] = companies?.byDomain.get(domain) ?? [];
      if (companies !== undefined && row !== undefined) return companyOf(companies, row);
      const [personRow] = people.byDomain.get(domain);
      return personRow === undefined ? undefined : person(personRow).company;
    },
  };

  function person(row: number) {
    const { contact, company }: PersonRow = readRecord(people, row);
    const [email = '', companyId = ''] = readCells(people, row, ['email', 'companyId']);
    const usable = splitAddresses(email).filter((address) => emailKey(address) !== undefined);
    const [companyRow] = companies?.byId.get(companyId) ?? [];
    const joinedCompany =
      companies === undefined || companyRow === undefined
        ? undefined
        : companyOf(companies, companyRow);
    return {
      contact: { kind: 'contact', ...contact, email: usable[0] ?? null } as const,
      // The file of companies has the say; the person's own row fills the gaps.
      company: company || joinedCompany ? { ...company, ...joinedCompany } : undefined,
      companyId,
      addresses: usable.map(emailKey),
    };
  }
}

function companyOf(companies: Table, row: number): PartialRecord<Company> {
  const { company }: CompanyRow = readRecord(companies, row);
  return company ?? {};
}

/** @returns each row once, in the order of the file, though address and company may both point to it. */
function joined(
  table: Joined | undefined,
  addresses: readonly (string | undefined)[],
  companyId: string,
) {
  if (table === undefined) return [];
  const rows = new Set([
    ...addresses.flatMap((address) => (address === undefined ? [] : table.byEmail.get(address))),
    ...(companyId === '' ? [] : table.byCompanyId.get(companyId)),
  ]);
  return [...rows].sort((a, b) => a - b).map((row) => readRecord(table, row));
}

function rank({ kind, id, lastActivityAt }: PartialRecord<Contact>) {
  return { kind: kind ?? 'contact', id: id ?? '', lastActivityAt };
}

function other({
  contact,
  company,
}: {
  readonly contact: PartialRecord<Contact>;
  readonly company: PartialRecord<Company> | undefined;
}): PartialRecord<OtherMatch> {
  const { kind, name, firstName, lastName, url } = contact;
  const fullName = [firstName, lastName].filter((part) => part).join(' ');
  return { kind, name: name ?? (fullName || null), company: company?.name, url };
}
