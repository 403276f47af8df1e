/**
 * One person or a hundred by at most three statements: people, then their deals and tickets side by side. More are
 * run only to find those people on whose rows a statement fails, within a bound for the whole call.
 */
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
  type SectionHealth,
  type WordKind,
} from '../../src/connector/index.ts';
import { isOfSome } from './errors.ts';
import { isoTime, JOINS, MAX_ROWS_PER_KEY, type Join, type Result, type Value } from './rows.ts';
import type { Statement, Values } from './statement.ts';

export type Statements = Partial<Readonly<Record<Section, Statement>>>;
/** Runs one of the configured statements. @throws {ConnectorError} */
export type Run = (section: Section, values: Values, signal: AbortSignal) => Promise<Result>;

const LISTS = ['deals', 'tickets'] as const;
type List = (typeof LISTS)[number];

/** @returns whether it is a section of a person, which the person is shown without. */
export function isList(section: string): section is List {
  return (LISTS as readonly string[]).includes(section);
}

const MORE = {
  deals: ['moreDeals', 'moreOpenDeals'],
  tickets: ['moreTickets', 'moreOpenTickets'],
} as const;

/** What the settings ask of a database. */
export interface Source {
  readonly statements: Statements;
  readonly run: Run;
  readonly sections: Pick<SectionHealth, 'succeeded' | 'failed'>;
}

/**
 * @param emails normalised. @returns those who are known; deals or tickets that cannot be read are `missing`. A
 *   person whose own rows cannot be read is an error, so that the others have theirs. Past {@link MAX_FAILURES} the
 *   people next to that one are not read either.
 * @throws {ConnectorError} when none can be read, or when the signal aborts.
 */
export async function findPeople(
  emails: readonly string[],
  source: Source,
  { signal, onPartial }: LookupOptions,
): Promise<ReadonlyMap<string, PersonRecord | ConnectorError>> {
  const people = new Map<string, Person>();
  const failed = new Map<string, ConnectorError>();
  const budget: Budget = { failures: MAX_FAILURES };
  const read = async (some: readonly string[]) => {
    for (const person of await findPersons(some, source.run, signal))
      people.set(person.email, person);
  };
  await inHalves(emails, read, budget, (error, some) => {
    for (const email of some) failed.set(email, error);
  });
  const [error] = failed.values();
  if (error !== undefined && failed.size === emails.length) throw error;
  const lists: Lists = { deals: new Map(), tickets: new Map() };
  const recordOf = (person: Person): PersonRecord => {
    const { email, ...record } = person;
    const missing = LISTS.filter((section) => !lists[section].has(email));
    const parts = LISTS.map((section) => lists[section].get(email));
    return Object.assign({}, record, ...parts, { missing }) as PersonRecord;
  };
  const known = [...people.values()];
  const reads = LISTS.map((section) =>
    readList(section, known, source, lists[section], budget, signal),
  );
  const hasLists = known.length > 0 && LISTS.some((section) => source.statements[section]);
  for (const email of hasLists ? emails : []) {
    if (failed.has(email)) continue;
    // Those who are unknown need not wait for the others.
    onPartial?.(email, () => {
      const person = people.get(email);
      return person && recordOf(person);
    });
  }
  await Promise.all(reads);
  const records = new Map<string, PersonRecord | ConnectorError>(failed);
  for (const person of known) records.set(person.email, recordOf(person));
  return records;
}

/**
 * Statements of one call that may fail, before no more are run to find people: two of a hundred are found by 15. Sections
 * that are read side by side may have one more.
 */
const MAX_FAILURES = 16;

/** What the sections of one call share. */
interface Budget {
  failures: number;
}

/**
 * Reads for all at once; when that fails because of the values or the size of some, in halves, so that the others
 * have theirs. Large groups come first: when the budget is used up, as many as possible have been read.
 * @param onFailure is called with each group that is not read.
 */
async function inHalves<T>(
  all: readonly T[],
  read: (some: readonly T[]) => Promise<void>,
  budget: Budget,
  onFailure: (error: ConnectorError, some: readonly T[]) => void,
): Promise<void> {
  const groups = [all];
  let last: ConnectorError | undefined;
  for (const some of groups) {
    if (last !== undefined && budget.failures <= 0) {
      onFailure(last, some);
      continue;
    }
    try {
      await read(some);
    } catch (error) {
      if (!isOfSome(error)) throw error;
      last = error;
      budget.failures -= 1;
      const half = some.length >> 1;
      if (half === 0) onFailure(error, some);
      else groups.push(some.slice(0, half), some.slice(half));
    }
  }
}

type Person = ChosenPerson & { readonly email: string };

async function findPersons(
  emails: readonly string[],
  run: Run,
  signal: AbortSignal,
): Promise<readonly Person[]> {
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
  return [...found].map(([email, records]) => ({ email, ...choosePerson(email, records) }));
}

/** What a person's record has of a list, by the address; without an entry it is missing. */
type Lists = Readonly<Record<List, Map<string, Partial<PersonRecord>>>>;

/** Fills `found` as far as the section can be read. */
async function readList(
  section: List,
  people: readonly Person[],
  { statements, run, sections }: Source,
  found: Lists[List],
  budget: Budget,
  signal: AbortSignal,
): Promise<void> {
  const names = [...(statements[section]?.placeholders ?? [])];
  // Without a value to look for there is nothing to find.
  const isAsked = (values: ReturnType<typeof valuesOf>) =>
    names.some((name) => values[name].length > 0);
  const read = async (some: readonly Person[]) => {
    const values = valuesOf(some);
    const rowsOf = isAsked(values)
      ? byPerson(section, await run(section, values, signal))
      : () => ({});
    for (const person of some) found.set(person.email, rowsOf(person));
  };
  try {
    const failures: ConnectorError[] = [];
    await inHalves(people, read, budget, (error) => failures.push(error));
    const [failure] = failures;
    if (failure !== undefined) throw failure;
    if (isAsked(valuesOf(people))) sections.succeeded(section);
  } catch (error) {
    sections.failed(section, error, signal);
  }
}

function valuesOf(people: readonly Person[]) {
  return {
    emails: people.flatMap(({ email }) => emailForms(email)),
    contactIds: idsOf(people.map(({ contact }) => contact)),
    companyIds: idsOf(people.map(({ company }) => company)),
    domains: [],
  };
}

/** @returns what a person has of the rows. */
function byPerson(section: List, result: Result): (person: Person) => Partial<PersonRecord> {
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
