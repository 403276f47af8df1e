/** Finds people: looks up to 25 addresses up at once, chooses the record to show, and says what is missing. */
import {
  compareMatches,
  normalizeEmail,
  type Match,
  type PersonRecord,
} from '../../src/connector/index.ts';
import {
  accountName,
  companyFrom,
  companyFromLead,
  contactFrom,
  contactFromLead,
  dealsFrom,
  otherFrom,
  ticketsFrom,
  type Mapping,
} from './profile.ts';
import { errorOf, query, rowsOf, type QueryContext, type Results } from './query.ts';
import { date, idOf, text, type Row } from './rows.ts';
import { statementsFor, type StatementName } from './statements.ts';

/**
 * Salesforce returns at most 2,000 rows, children included. 25 addresses, five contacts each with their cases
 * and opportunities, stay below that.
 */
export const MAX_BATCH = 25;

/**
 * @param emails normalised, at most {@link MAX_BATCH}.
 * @returns who is known.
 * @throws {ConnectorError} also when a failed statement leaves open whether a person is known.
 */
export async function findPeople(
  context: QueryContext,
  emails: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PersonRecord>> {
  const queryable = emails.filter(isQueryable);
  if (queryable.length === 0) return new Map();
  const results = await query(context, (wanted) => statementsFor(queryable, wanted), signal);
  if (queryable.length === 1 || !isTruncated(results)) {
    return recordsFrom(results, queryable, { ...context, ...results });
  }
  // One person's records may have taken the place of others'.
  const middle = Math.ceil(queryable.length / 2);
  const first = await findPeople(context, queryable.slice(0, middle), signal);
  return new Map([...first, ...(await findPeople(context, queryable.slice(middle), signal))]);
}

/** What Salesforce's field type Email can hold. The bridge has validated the address; this is a second guard. */
function isQueryable(email: string): boolean {
  return email.length <= 254 && /^[^\s\p{C}@]+@[a-z0-9.-]+$/u.test(email);
}

function isTruncated({ byName }: Results): boolean {
  return [...byName.values()].some((result) => result.ok && result.truncated);
}

interface Candidate extends Match {
  readonly row: Row;
}

function recordsFrom(
  results: Results,
  emails: readonly string[],
  mapping: Mapping,
): ReadonlyMap<string, PersonRecord> {
  const accounts = new Map(rowsOf(results, 'accounts').map((row) => [idOf(row), row]));
  const accountOf = (row: Row) => accounts.get(text(row, 'AccountId') ?? '');
  const candidates = Map.groupBy(
    [
      ...rowsOf(results, 'contacts').map((row) => candidate('contact', row)),
      ...rowsOf(results, 'leads').map((row) => candidate('lead', row)),
    ],
    ({ row }) => normalizeEmail(text(row, 'Email') ?? ''),
  );
  const records = emails.flatMap((email) => {
    const [shown, ...others] = (candidates.get(email) ?? []).toSorted(compareMatches);
    if (shown === undefined) {
      throwIfIncomplete(results);
      return [];
    }
    const record: PersonRecord = {
      ...(shown.kind === 'contact'
        ? fromContact(shown.row, accountOf(shown.row), results, mapping)
        : fromLead(shown.row, results, mapping)),
      others: others.map(({ kind, row }) => otherFrom(kind, row, accountOf(row), mapping)),
    };
    return [[email, record] as const];
  });
  return new Map(records);
}

function fromContact(
  row: Row,
  account: Row | undefined,
  results: Results,
  mapping: Mapping,
): PersonRecord {
  const accountId = text(row, 'AccountId');
  const missing = new Set<string>([
    ...(errorOf(results, 'leads') === undefined ? [] : ['leads']),
    ...omittedSections(results, 'contacts'),
    ...(account === undefined ? [] : omittedSections(results, 'accounts')),
  ]);
  if (accountId !== null && errorOf(results, 'accounts') !== undefined) {
    missing.add('company');
    if (mapping.fields.opportunity !== false) missing.add('deals');
    if (mapping.fields.case !== false) missing.add('tickets');
  }
  const name = accountName(row);
  return {
    contact: contactFrom(row, account, mapping),
    company:
      account !== undefined
        ? companyFrom(account, mapping)
        : name !== null && accountId !== null
          ? { id: accountId, name, url: `${mapping.instanceUrl}/${accountId}` }
          : null,
    deals: dealsFrom(row, account, mapping),
    tickets: ticketsFrom(row, account, mapping),
    missing: [...missing],
  };
}

function fromLead(row: Row, results: Results, mapping: Mapping): PersonRecord {
  return {
    contact: contactFromLead(row, mapping),
    company: companyFromLead(row),
    missing: errorOf(results, 'contacts') === undefined ? [] : ['contacts'],
  };
}

/** @throws {ConnectorError} the person may be among the records that could not be read. */
function throwIfIncomplete(results: Results): void {
  const error = errorOf(results, 'contacts') ?? errorOf(results, 'leads');
  if (error !== undefined) throw error;
}

function omittedSections({ byName }: Results, name: StatementName): readonly string[] {
  const result = byName.get(name);
  return result?.ok === true ? result.omittedSections : [];
}

function candidate(kind: 'contact' | 'lead', row: Row): Candidate {
  return {
    kind,
    row,
    id: idOf(row),
    lastActivityAt: date(row, 'LastActivityDate'),
    updatedAt: date(row, 'LastModifiedDate'),
  };
}
