/** One person or a hundred by at most three statements: people, then their deals and tickets side by side. */
import {
  choosePerson,
  type ChosenPerson,
  ConnectorError,
  emailForms,
  normalizeEmail,
  type PersonRecord,
  type RawRecord,
  type Section,
} from '../../src/connector/index.ts';
import { recordsOf, type Join } from './records.ts';
import { MAX_ROWS_PER_KEY, type Result } from './rows.ts';
import type { Placeholder, Statement, Values } from './statement.ts';

/** Runs one of the configured statements. */
export type RunStatement = (
  section: Section,
  values: Values,
  signal: AbortSignal,
) => Promise<Result>;
export type Statements = Partial<Readonly<Record<Section, Statement>>>;

type Person = ChosenPerson;

/** @param emails normalized. @returns those who are known. @throws {ConnectorError} */
export async function findPeople(
  emails: readonly string[],
  statements: Statements,
  run: RunStatement,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PersonRecord>> {
  const people = await askForPeople(emails, run, signal);
  const [deals, tickets] = await Promise.all([
    related('deals', people, statements.deals, run, signal),
    related('tickets', people, statements.tickets, run, signal),
  ]);
  return new Map(
    [...people].map(([email, person]) => {
      const record = {
        ...person,
        ...(deals && listed('deals', 'moreDeals', deals(email, person))),
        ...(tickets && listed('tickets', 'moreTickets', tickets(email, person))),
      };
      return [email, record];
    }),
  );
}

async function askForPeople(
  emails: readonly string[],
  run: RunStatement,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Person>> {
  const asked = new Set(emails);
  const result = await run('person', { emails: emails.flatMap(emailForms) }, signal);
  if (!result.columns.some(({ name }) => name.toLowerCase() === 'key')) {
    throw new ConnectorError(
      'misconfigured',
      'the statement "person" has no column "key" with the address',
    );
  }
  const found = new Map<string, RawRecord[]>();
  for (const { record, keys } of recordsOf('person', result)) {
    // The database may compare more loosely than people do; a row counts only for the very address.
    const email = normalizeEmail(keys.key ?? '');
    if (email === undefined || !asked.has(email)) continue;
    found.set(email, [...(found.get(email) ?? []), record]);
  }
  return new Map([...found].map(([email, records]) => [email, choosePerson(email, records)]));
}

/** @returns a function that finds a person's rows; `undefined` when there is no such statement. */
async function related(
  section: 'deals' | 'tickets',
  people: ReadonlyMap<string, Person>,
  statement: Statement | undefined,
  run: RunStatement,
  signal: AbortSignal,
): Promise<((email: string, person: Person) => readonly RawRecord[]) | undefined> {
  if (statement === undefined) return undefined;
  const idsOf = (records: readonly (RawRecord | undefined)[]) => [
    ...new Set(
      records
        .map((one) => one?.['id'])
        .filter((id) => id !== undefined)
        .map(String),
    ),
  ];
  const values: Record<Placeholder, readonly string[]> = {
    emails: [...people.keys()].flatMap(emailForms),
    contactIds: idsOf([...people.values()].map(({ contact }) => contact)),
    companyIds: idsOf([...people.values()].map(({ company }) => company)),
    domains: [],
  };
  // A statement with nothing to look for is not run.
  if (![...statement.placeholders].some((name) => values[name].length > 0)) return () => [];
  const rowsOf = new Map<string, Set<RawRecord>>();
  for (const { record, keys } of recordsOf(section, await run(section, values, signal))) {
    for (const [join, text] of Object.entries(keys)) {
      const key = joinKey(join as Join, join === 'key' ? normalizeEmail(text) : text);
      rowsOf.set(key, (rowsOf.get(key) ?? new Set()).add(record));
    }
  }
  return (email, { contact, company }) => {
    const keys = [
      joinKey('key', email),
      joinKey('contact.id', contact['id']),
      joinKey('company.id', company?.['id']),
    ];
    return [...new Set(keys.flatMap((key) => [...(rowsOf.get(key) ?? [])]))];
  };
}

function joinKey(join: Join, value: unknown): string {
  return `${join} ${String(value)}`;
}

function listed(section: string, more: string, rows: readonly RawRecord[]) {
  return { [section]: rows.slice(0, MAX_ROWS_PER_KEY), [more]: rows.length > MAX_ROWS_PER_KEY };
}
