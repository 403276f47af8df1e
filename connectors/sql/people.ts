/** One person or a hundred by at most three statements: people, then their deals and tickets side by side. */
import {
  assignWord,
  choosePerson,
  ConnectorError,
  emailForms,
  foldWord,
  normalizeDomain,
  normalizeEmail,
  toWordValue,
  wordTarget,
  type ChosenPerson,
  type LookupOptions,
  type PersonRecord,
  type RawRecord,
  type Section,
  type WordKind,
} from '../../src/connector/index.ts';
import { isTooLarge } from './errors.ts';
import { isoTime, JOINS, MAX_ROWS_PER_KEY, type Join, type Result, type Value } from './rows.ts';
import type { Statement, Values } from './statement.ts';

export type Statements = Partial<Readonly<Record<Section, Statement>>>;
/** Runs one of the configured statements. @throws {ConnectorError} */
export type Run = (section: Section, values: Values, signal: AbortSignal) => Promise<Result>;

type List = 'deals' | 'tickets';
const MORE = {
  deals: ['moreDeals', 'moreOpenDeals'],
  tickets: ['moreTickets', 'moreOpenTickets'],
} as const;

/**
 * @param emails normalised. @returns those who are known; deals or tickets that cannot be read are `missing`.
 * @throws {ConnectorError}
 */
export async function findPeople(
  emails: readonly string[],
  statements: Statements,
  run: Run,
  options: LookupOptions,
): Promise<ReadonlyMap<string, PersonRecord>> {
  try {
    return await findTogether(emails, statements, run, options);
  } catch (error) {
    if (!isTooLarge(error) || emails.length === 1) throw error;
    // The rows of some are large: in halves, so that the others have all of theirs.
    const half = emails.length >> 1;
    const first = await findPeople(emails.slice(0, half), statements, run, options);
    const second = await findPeople(emails.slice(half), statements, run, options);
    return new Map([...first, ...second]);
  }
}

async function findTogether(
  emails: readonly string[],
  statements: Statements,
  run: Run,
  { signal, onPartial }: LookupOptions,
): Promise<ReadonlyMap<string, PersonRecord>> {
  const result = await run('person', { emails: emails.flatMap(emailForms) }, signal);
  if (!result.columns.some(({ name }) => joinOf('person', name) === 'key')) {
    throw new ConnectorError('misconfigured', 'person: has no column "key" with the address');
  }
  const found = new Map<string, RawRecord[]>();
  for (const { record, keys } of recordsOf('person', result)) {
    // Databases compare more loosely than people do.
    const email = normalizeEmail(keys.key ?? '');
    if (email === undefined || !emails.includes(email)) continue;
    found.set(email, [...(found.get(email) ?? []), record]);
  }
  const people = [...found].map(([email, records]) => ({ email, ...choosePerson(email, records) }));
  const lists: Record<List, ListOf> = { deals: missing('deals'), tickets: missing('tickets') };
  const recordOf = ({ email, ...record }: Person): PersonRecord => {
    const parts = Object.values(lists).map((list) => list({ email, ...record }));
    const absent = parts.flatMap((part) => part.missing ?? []);
    const known = Object.assign({}, record, ...parts) as PersonRecord;
    return absent.length > 0 ? { ...known, missing: absent } : known;
  };
  const reads = (['deals', 'tickets'] as const).map(async (section) => {
    lists[section] = await findRelated(section, people, statements[section], run, signal);
  });
  for (const person of people) onPartial?.(person.email, () => recordOf(person));
  await Promise.all(reads);
  return new Map(people.map((person) => [person.email, recordOf(person)]));
}

type Person = ChosenPerson & { readonly email: string };

/** What a person's record has of a list. */
type ListOf = (person: Person) => Partial<PersonRecord>;

function missing(section: List): ListOf {
  return () => ({ missing: [section] });
}

async function findRelated(
  section: List,
  people: readonly Person[],
  statement: Statement | undefined,
  run: Run,
  signal: AbortSignal,
): Promise<ListOf> {
  if (statement === undefined) return () => ({});
  const values = {
    emails: people.flatMap(({ email }) => emailForms(email)),
    contactIds: idsOf(people.map(({ contact }) => contact)),
    companyIds: idsOf(people.map(({ company }) => company)),
    domains: [],
  };
  // Without a value to look for there is nothing to find.
  if ([...statement.placeholders].every((name) => values[name].length === 0)) return () => ({});
  let result: Result;
  try {
    result = await run(section, values, signal);
  } catch (error) {
    if (isTooLarge(error) && people.length > 1) throw error;
    return missing(section);
  }
  const byKey = new Map<string, RawRecord[]>();
  for (const { record, keys } of recordsOf(section, result)) {
    for (const [join, value] of Object.entries(keys)) {
      const key = `${join} ${join === 'key' ? (normalizeEmail(value) ?? '') : value}`;
      byKey.set(key, [...(byKey.get(key) ?? []), record]);
    }
  }
  return ({ email, contact, company }) => {
    const [contactId, companyId] = [contact['id'], company?.['id']] as readonly string[];
    const keys = [`key ${email}`, `contact.id ${contactId}`, `company.id ${companyId}`];
    const rows = keys.flatMap((key) => byKey.get(key) ?? []);
    // A join repeats a row, and a row may be joined in two ways.
    const unique = [...new Map(rows.map((row) => [row['id'] ?? row, row])).values()];
    const more = unique.length > MAX_ROWS_PER_KEY;
    return {
      [section]: unique.slice(0, MAX_ROWS_PER_KEY),
      ...Object.fromEntries(MORE[section].map((flag) => [flag, more])),
    };
  };
}

function idsOf(records: readonly (RawRecord | undefined)[]): readonly string[] {
  return [...new Set(records.flatMap((record) => (record?.['id'] as string | undefined) ?? []))];
}

/** @param domain ASCII. @returns the company; a row that says another domain is not it. */
export async function findCompany(domain: string, run: Run, signal: AbortSignal) {
  const domains = emailForms(`@${domain}`).map((form) => form.slice(1));
  const found = recordsOf('company', await run('company', { domains }, signal)).find(
    ({ record, keys }) => {
      const said = normalizeDomain(keys.key ?? (record['domain'] as string | undefined) ?? domain);
      return (said ?? domain) === domain;
    },
  );
  return found?.record;
}

interface JoinedRecord {
  readonly record: RawRecord;
  readonly keys: Partial<Readonly<Record<Join, string>>>;
}

/** @returns which join a column is; a person's `company.id` is a word like others. */
export function joinOf(section: Section, name: string): Join | undefined {
  const join = JOINS.find((one) => one === foldWord(name));
  return join === 'key' || section === 'deals' || section === 'tickets' ? join : undefined;
}

/** Names of columns are words, any other name is a field; of two columns with one name the first counts. */
function recordsOf(section: Section, { columns, rows }: Result): readonly JoinedRecord[] {
  const places = columns.map(({ name }) => ({
    join: joinOf(section, name),
    ...(wordTarget(section, name) ?? { path: ['fields', name], kind: 'field' as const }),
  }));
  return rows.map((row) => {
    const record = {};
    const keys: Partial<Record<Join, string>> = {};
    const assigned = new Set<string>();
    for (const [at, { join, path, kind }] of places.entries()) {
      const value = row[at] ?? null;
      const word = join ?? path.join('.');
      if (value === null || assigned.has(word)) continue;
      assigned.add(word);
      if (join !== undefined) keys[join] = String(value);
      else assignWord(record, path, kind === 'field' ? value : wordValue(value, kind));
    }
    return { record, keys };
  });
}

/** `check --live` warns of values that do not fit. */
function wordValue(value: Value, kind: WordKind): Value {
  const plain = toWordValue(value, kind);
  return kind === 'date' && typeof plain === 'string' ? isoTime(plain) : plain;
}
