/** Which column is which word of a profile: the words of templates, and any other name as a field. */
import type { CellKind } from './cells.ts';

/** A column that is understood. */
export interface Column {
  /** Its place in the row, from 0. */
  readonly index: number;
  /** The word as the documentation spells it, or the field's name. */
  readonly word: string;
  readonly kind: CellKind;
  /** Where its value goes in the record, such as `['contact', 'owner', 'name']`; empty: it only joins. */
  readonly path: readonly string[];
}

/** What one kind of file may have. */
export interface Sheet {
  readonly words: readonly Omit<Column, 'index'>[];
  /** Where a column goes that is none of the words. */
  readonly fields: readonly string[];
  /** At least one word of each group must be there. */
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

const email = { word: 'email', kind: 'text', path: [] } as const;
const companyId = { word: 'companyId', kind: 'text', path: [] } as const;

export const sheets = {
  people: {
    words: [
      email,
      companyId,
      ...words(contact, 'contact'),
      { word: 'company', kind: 'text', path: ['company', 'name'] },
      ...words(company, 'company', 'company.'),
    ],
    fields: ['contact', 'fields'],
    required: [['email']],
  },
  companies: {
    words: words(company, 'company'),
    fields: ['company', 'fields'],
    required: [['id']],
  },
  deals: {
    words: [email, companyId, ...words(deal, 'deal')],
    fields: ['deal', 'fields'],
    required: [['email', 'companyId']],
  },
  tickets: {
    words: [email, companyId, ...words(ticket, 'ticket')],
    fields: ['ticket', 'fields'],
    required: [['email', 'companyId']],
  },
} as const satisfies Record<string, Sheet>;

/** Names that a plain object cannot bear as its own without surprises. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Understands the first row. A word is also recognised in another case and with spaces, `_`, `-` or `.`
 * between its parts: `First Name` and `first_name` are `firstName`.
 * @returns the columns, or what is wrong with them. The row's own content is not told: when the names
 *   were forgotten, it is a person.
 */
export function readHeader(
  header: readonly string[],
  sheet: Sheet,
): { readonly columns: readonly Column[] } | { readonly problems: readonly string[] } {
  const columns = header.map((name, index) => column(name, index, sheet));
  const missing = sheet.required.filter((group) =>
    columns.every(({ word, path }) => !group.includes(word) || path.includes('fields')),
  );
  if (missing.length > 0) {
    const wanted = missing.map((group) => group.map((word) => `"${word}"`).join(' or ')).join(', ');
    const got = `${header.length} other ${header.length === 1 ? 'name' : 'names'}`;
    return { problems: [`expected the columns' names with ${wanted} among them, got ${got}`] };
  }
  const problems = columns.flatMap(({ word, path }, index) => {
    const number = index + 1;
    const twin = columns.findIndex((c) => c.word === word && String(c.path) === String(path));
    if (word === '') return [`column ${number} has no name; name it or delete it`];
    if (forbidden.has(word)) return [`column ${number} cannot be called "${word}"`];
    if (twin === index) return [];
    const both = path.includes('fields') ? 'have the same name' : `both mean "${word}"`;
    return [`columns ${twin + 1} and ${number} ${both}; rename or delete one`];
  });
  return problems.length > 0 ? { problems } : { columns };
}

function column(name: string, index: number, sheet: Sheet): Column {
  const known =
    sheet.words.find(({ word }) => word === name) ??
    sheet.words.find(({ word }) => fold(word) === fold(name)) ??
    sheet.words.find(({ path }) => path.length === 2 && fold(path.join('.')) === fold(name));
  return known
    ? { ...known, index }
    : { word: name, index, kind: 'text', path: [...sheet.fields, name] };
}

function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_.-]/g, '');
}

function words(
  kinds: Readonly<Record<string, CellKind>>,
  section: string,
  prefix = '',
): readonly Omit<Column, 'index'>[] {
  return Object.entries(kinds).map(([word, kind]) => ({
    word: `${prefix}${word}`,
    kind,
    path: [section, ...word.split('.')],
  }));
}

function all<K extends CellKind>(kind: K, names: string): Readonly<Record<string, K>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}
