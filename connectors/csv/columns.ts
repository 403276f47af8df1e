/** Which column is which field of a profile: a builtin one, or any other name as a custom field. */
import type { CellKind } from './cells.ts';

/** A column that is understood. */
export interface Column {
  /** In the row, from 0. */
  readonly index: number;
  /** As the documentation spells it, or the name of a custom field. */
  readonly field: string;
  readonly kind: CellKind;
  /** Where its value goes in the record, such as `['contact', 'owner', 'name']`; empty: it only joins. */
  readonly path: readonly string[];
}

/** What one kind of file may have. */
export interface SheetSchema {
  readonly fields: readonly Omit<Column, 'index'>[];
  /** Where any other column goes. */
  readonly customPath: readonly string[];
  /** At least one field of each group must be there. */
  readonly required: readonly (readonly string[])[];
}

const contact = {
  kind: 'kind',
  ...all('text', 'id firstName lastName name title department phone mobilePhone city country'),
  ...all('text', 'lifecycleStage leadStatus leadSource url owner.name owner.email'),
  ...all('date', 'createdAt lastActivityAt'),
} as const;

const company = {
  ...all('text', 'id name domain type industry currency city country url owner.name owner.email'),
  ...all('number', 'employees annualRevenue'),
} as const;

const deal = {
  ...all('text', 'id name stage pipeline currency url owner.name owner.email'),
  ...all('number', 'amount probability'),
  ...all('date', 'closeDate'),
  ...all('boolean', 'open won'),
} as const;

const ticket = {
  ...all('text', 'id number subject status priority url owner.name owner.email'),
  ...all('date', 'createdAt'),
  ...all('boolean', 'open'),
} as const;

const email = { field: 'email', kind: 'text', path: [] } as const;
const companyId = { field: 'companyId', kind: 'text', path: [] } as const;

export const SHEETS = {
  people: {
    fields: [
      email,
      companyId,
      ...fieldsOf(contact, 'contact'),
      { field: 'company', kind: 'text', path: ['company', 'name'] },
      ...fieldsOf(company, 'company', 'company.'),
    ],
    customPath: ['contact', 'fields'],
    required: [['email']],
  },
  companies: {
    fields: fieldsOf(company, 'company'),
    customPath: ['company', 'fields'],
    required: [['id']],
  },
  deals: {
    fields: [email, companyId, ...fieldsOf(deal, 'deal')],
    customPath: ['deal', 'fields'],
    required: [['email', 'companyId']],
  },
  tickets: {
    fields: [email, companyId, ...fieldsOf(ticket, 'ticket')],
    customPath: ['ticket', 'fields'],
    required: [['email', 'companyId']],
  },
} as const satisfies Record<string, SheetSchema>;

/** Names with a meaning in a plain object. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses the first row. A field is also recognised in another case and with spaces, `_`, `-` or `.` between
 * its parts: `First Name` and `first_name` are `firstName`.
 * @returns the columns, or what is wrong with them, without the row's content: when the names were forgotten,
 *   it is a person.
 */
export function parseHeader(
  header: readonly string[],
  sheet: SheetSchema,
): { readonly columns: readonly Column[] } | { readonly problems: readonly string[] } {
  const columns = header.map((name, index) => column(name, index, sheet));
  const missing = sheet.required.filter((group) =>
    columns.every(({ field, path }) => !group.includes(field) || path.includes('fields')),
  );
  if (missing.length > 0) {
    const wanted = missing
      .map((group) => group.map((field) => `"${field}"`).join(' or '))
      .join(', ');
    const got = `${header.length} other ${header.length === 1 ? 'name' : 'names'}`;
    return { problems: [`expected the columns' names with ${wanted} among them, got ${got}`] };
  }
  const problems = columns.flatMap(({ field, path }, index) => {
    const number = index + 1;
    const twin = columns.findIndex((c) => c.field === field && String(c.path) === String(path));
    if (field === '') return [`column ${number} has no name; name it or delete it`];
    if (FORBIDDEN.has(field)) return [`column ${number} cannot be called "${field}"`];
    if (twin === index) return [];
    const both = path.includes('fields') ? 'have the same name' : `both mean "${field}"`;
    return [`columns ${twin + 1} and ${number} ${both}; rename or delete one`];
  });
  return problems.length > 0 ? { problems } : { columns };
}

function column(name: string, index: number, sheet: SheetSchema): Column {
  const known =
    sheet.fields.find(({ field }) => field === name) ??
    sheet.fields.find(({ field }) => fold(field) === fold(name)) ??
    sheet.fields.find(({ path }) => path.length === 2 && fold(path.join('.')) === fold(name));
  return known
    ? { ...known, index }
    : { field: name, index, kind: 'text', path: [...sheet.customPath, name] };
}

function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.-]/g, '');
}

function fieldsOf(
  kinds: Readonly<Record<string, CellKind>>,
  section: string,
  prefix = '',
): readonly Omit<Column, 'index'>[] {
  return Object.entries(kinds).map(([name, kind]) => ({
    field: `${prefix}${name}`,
    kind,
    path: [section, ...name.split('.')],
  }));
}

function all<K extends CellKind>(kind: K, names: string): Readonly<Record<string, K>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}
