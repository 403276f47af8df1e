/** Finds people: looks up to 25 addresses up at once, chooses the records to show, completes their accounts. */
import {
  compareMatches,
  ConnectorError,
  normalizeEmail,
  WrongPersonError,
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
import { errorOf, query, rowsOf, type QueryContext, type Result, type Results } from './query.ts';
import { boolean, childRows, customFields, date, idOf, text, withRows, type Row } from './rows.ts';
import {
  dealsLimit,
  statementForAccounts,
  statementForClosedDeals,
  statementsFor,
  type StatementName,
  type Wanted,
} from './statements.ts';

/**
 * Salesforce returns at most 2,000 rows, children included. 25 addresses, five contacts each with their cases
 * and opportunities, stay below that.
 */
export const MAX_BATCH = 25;

/**
 * @param emails normalised, at most {@link MAX_BATCH}.
 * @returns who is known, and an error for each address that may have got another person.
 * @throws {ConnectorError} also when a failed statement leaves open whether a person is known.
 */
export async function findPeople(
  context: QueryContext,
  emails: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PersonRecord | WrongPersonError>> {
  const queryable = emails.filter(isQueryable);
  if (queryable.length === 0) return new Map();
  const results = await query(context, (wanted) => statementsFor(queryable, wanted), signal);
  // One person's records may have taken the place of others'.
  if (queryable.length > 1 && isTruncated(results)) return findInHalves(context, queryable, signal);
  const { byEmail, hasOthers } = candidatesFor(context, queryable, results);
  // A record with none of the addresses shows that Salesforce compares more loosely, but not for which.
  const wrong: readonly string[] = hasOthers
    ? queryable.filter((email) => byEmail.get(email)?.length === 0)
    : [];
  const clear = queryable.filter((email) => !wrong.includes(email));
  const shown = clear.flatMap((email) =>
    (byEmail.get(email) ?? []).slice(0, 1).map(({ row }) => row),
  );
  const complete = await completeAccounts(context, results, shown, signal);
  return new Map<string, PersonRecord | WrongPersonError>([
    ...recordsFrom(context, complete, clear, byEmail),
    ...wrong.map((email) => [email, wrongPerson()] as const),
  ]);
}

async function findInHalves(
  context: QueryContext,
  emails: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PersonRecord | WrongPersonError>> {
  const middle = Math.ceil(emails.length / 2);
  const first = await findPeople(context, emails.slice(0, middle), signal);
  return new Map([...first, ...(await findPeople(context, emails.slice(middle), signal))]);
}

function wrongPerson(): WrongPersonError {
  return new WrongPersonError('Salesforce: a record without the address that was asked for');
}

/** What Salesforce's field type Email can hold. The bridge has validated the address; this is a second guard. */
function isQueryable(email: string): boolean {
  return email.length <= 254 && /^[^\s\p{C}@]+@[a-z0-9.-]+$/u.test(email);
}

function isTruncated(results: Results): boolean {
  return [...results.byName.keys()].some((name) => isTruncatedIn(results, name));
}

interface Candidate extends Match {
  readonly row: Row;
  /** Its own, normalised. */
  readonly addresses: ReadonlySet<string>;
}

/** By address, the record to show first. */
type Candidates = ReadonlyMap<string, readonly Candidate[]>;

/** @returns also whether there are records with none of the addresses: those of other people are not shown. */
function candidatesFor(
  { emailFields: { contact, lead } }: QueryContext,
  emails: readonly string[],
  results: Results,
): { readonly byEmail: Candidates; readonly hasOthers: boolean } {
  const found = [
    ...rowsOf(results, 'contacts').map((row) => candidate('contact', row, contact)),
    ...rowsOf(results, 'leads').map((row) => candidate('lead', row, lead)),
  ];
  const matches = found.toSorted(compareMatches);
  return {
    byEmail: new Map(
      emails.map((email) => [email, matches.filter(({ addresses }) => addresses.has(email))]),
    ),
    hasOthers: !found.every(({ addresses }) => emails.some((email) => addresses.has(email))),
  };
}

function recordsFrom(
  context: QueryContext,
  results: Results,
  emails: readonly string[],
  candidates: Candidates,
): ReadonlyMap<string, PersonRecord> {
  const mapping: Mapping = { ...context, ...results };
  const accounts = new Map(rowsOf(results, 'accounts').map((row) => [idOf(row), row]));
  // A contact names its account, also one that the tenant's condition leaves out.
  const isNameable = (row: Row) =>
    context.where.account === undefined || accounts.has(text(row, 'AccountId') ?? '');
  const moreOthers = isTruncatedIn(results, 'contacts') || isTruncatedIn(results, 'leads');
  const records = emails.flatMap((email) => {
    const [shown, ...others] = candidates.get(email) ?? [];
    if (shown === undefined) {
      throwIfIncomplete(results);
      return [];
    }
    const account = accounts.get(text(shown.row, 'AccountId') ?? '');
    const row = isNameable(shown.row) ? shown.row : { ...shown.row, Account: null };
    const record: PersonRecord = {
      ...(shown.kind === 'contact'
        ? fromContact(row, account, results, mapping)
        : fromLead(shown.row, results, mapping)),
      others: others.map(({ kind, row }) =>
        otherFrom(kind, isNameable(row) ? row : { ...row, Account: null }, mapping),
      ),
      moreOthers,
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
  // A field that is hidden was not requested, and is absent.
  const isAccountHidden = row['AccountId'] === undefined;
  if (isAccountHidden || (accountId !== null && errorOf(results, 'accounts') !== undefined)) {
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
    // Each list came with the open ones first, and more of them than are shown.
    moreOpenDeals: false,
    moreOpenTickets: false,
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

function isTruncatedIn({ byName }: Results, name: StatementName): boolean {
  const result = byName.get(name);
  return result?.ok === true && result.truncated;
}

function omittedSections({ byName }: Results, name: StatementName): readonly string[] {
  const result = byName.get(name);
  return result?.ok === true ? result.omittedSections : [];
}

function candidate(kind: 'contact' | 'lead', row: Row, emailFields: readonly string[]): Candidate {
  const values = Object.values(customFields(row, emailFields));
  const addresses = values.flatMap((value) =>
    typeof value === 'string' ? (normalizeEmail(value) ?? []) : [],
  );
  return {
    kind,
    row,
    addresses: new Set(addresses),
    id: idOf(row),
    lastActivityAt: date(row, 'LastActivityDate'),
    updatedAt: date(row, 'LastModifiedDate'),
  };
}

/**
 * Adds the rest of the accounts of the records shown, by one more request where the first had no room for it: of an
 * address with many accounts, or of an account with many opportunities, of which the latest closed ones are shown.
 */
async function completeAccounts(
  context: QueryContext,
  results: Results,
  shown: readonly Row[],
  signal: AbortSignal,
): Promise<Results> {
  const accounts = results.byName.get('accounts');
  if (accounts?.ok !== true) return results;
  const ids = new Set(shown.flatMap((row) => text(row, 'AccountId') ?? []));
  const present = new Map(accounts.rows.map((row) => [idOf(row), row]));
  const absent = accounts.truncated ? [...ids].filter((id) => !present.has(id)) : [];
  const cut = [...ids].filter((id) => needsClosedDeals(present.get(id), context.limits));
  if (absent.length + cut.length === 0) return results;
  const build = (wanted: Wanted) => [
    ...(absent.length === 0 ? [] : [statementForAccounts(absent, wanted)]),
    ...(cut.length === 0 ? [] : [statementForClosedDeals(cut, wanted)]),
  ];
  const more = await query(context, build, signal).catch((error: unknown) => {
    const isPartial =
      error instanceof ConnectorError && !['quota', 'rate_limited'].includes(error.kind);
    if (!isPartial) throw error;
    return error;
  });
  if (more instanceof ConnectorError) {
    return absent.length === 0 ? results : withResult(results, { ok: false, error: more });
  }
  const failed = more.byName.get('accountsById');
  if (failed?.ok === false) return withResult(results, failed);
  const closed = new Map(rowsOf(more, 'closedDeals').map((row) => [idOf(row), row]));
  const rows = [...accounts.rows, ...rowsOf(more, 'accountsById')];
  return withResult(results, {
    ...accounts,
    rows: rows.map((row) => withRows(row, 'Opportunities', closed.get(idOf(row)))),
  });
}

function withResult(results: Results, accounts: Result): Results {
  return { ...results, byName: new Map([...results.byName, ['accounts', accounts]]) };
}

/** The open ones come first, so the closed ones of a list that is cut are not the latest. */
function needsClosedDeals(account: Row | undefined, limits: Wanted['limits']): boolean {
  if (account === undefined) return false;
  const { rows } = childRows(account, 'Opportunities');
  const open = rows.filter((row) => boolean(row, 'IsClosed') !== true);
  return rows.length >= dealsLimit(limits) && open.length < limits.deals;
}
