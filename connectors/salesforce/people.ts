/** Finds people: asks for up to 25 addresses at once, chooses whom to show, and says what is missing. */
import { compareMatches, type PersonRecord, type Match } from '../../src/connector/index.ts';
import { ask, type Asker, type Result, type Results } from './ask.ts';
import type { FieldLists } from './settings.ts';
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
import { date, idOf, text, type Row } from './rows.ts';
import { statementsFor, type StatementName, type Wanted } from './statements.ts';

/**
 * Salesforce lets 2,000 rows through, those of children included. 25 addresses, five contacts each with
 * their cases and opportunities, stay below that.
 */
export const MAX_BATCH = 25;

export interface PeopleOptions {
  readonly asker: Asker;
  readonly wanted: Omit<Wanted, 'features'>;
}

/**
 * @param emails normalised, at most {@link MAX_BATCH}.
 * @returns who is known.
 * @throws {ConnectorError} also when it can't be told whether somebody is known.
 */
export async function findPeople(
  { asker, wanted }: PeopleOptions,
  emails: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PersonRecord>> {
  const addresses = emails.filter(canBeStored);
  if (addresses.length === 0) return new Map();
  const results = await ask(
    asker,
    () => statementsFor(addresses, { ...wanted, features: asker.features.present }),
    signal,
  );
  if (addresses.length > 1 && isCutOff(results)) {
    // Somebody has so many records that others may have got none: smaller questions.
    const middle = Math.ceil(addresses.length / 2);
    const halves = [addresses.slice(0, middle), addresses.slice(middle)];
    const answers: (readonly [string, PersonRecord])[] = [];
    for (const half of halves) {
      answers.push(...(await findPeople({ asker, wanted }, half, signal)));
    }
    return new Map(answers);
  }
  return answersFrom(results, addresses, wanted.fields);
}

/**
 * What Salesforce's field type Email can hold at all. The bridge has looked at the address already; here it
 * is about never asking Salesforce with something that was not an address.
 */
function canBeStored(email: string): boolean {
  return email.length <= 254 && /^[^\s\p{C}@]+@[a-z0-9.-]+$/u.test(email);
}

function isCutOff(results: Results): boolean {
  return [...results.of.values()].some((result) => result.ok && result.full);
}

interface Candidate extends Match {
  readonly row: Row;
}

function answersFrom(
  results: Results,
  emails: readonly string[],
  fields: FieldLists,
): ReadonlyMap<string, PersonRecord> {
  const to: Mapping = { fields, instanceUrl: results.instanceUrl };
  const accounts = new Map(rowsOf(results, 'accounts').map((row) => [idOf(row), row]));
  const candidates = Map.groupBy(
    [
      ...rowsOf(results, 'contacts').map((row) => candidate('contact', row)),
      ...rowsOf(results, 'leads').map((row) => candidate('lead', row)),
    ],
    ({ row }) => addressOf(row),
  );
  const answers = emails.flatMap((email) => {
    const [shown, ...others] = (candidates.get(email) ?? []).toSorted(compareMatches);
    if (shown === undefined) {
      refuseToGuess(results);
      return [];
    }
    const accountOf = (row: Row) => accounts.get(text(row, 'AccountId') ?? '');
    const answer: PersonRecord = {
      ...(shown.kind === 'contact'
        ? ofContact(shown.row, accountOf(shown.row), results, to)
        : ofLead(shown.row, results, to)),
      others: others.map(({ kind, row }) => otherFrom(kind, row, accountOf(row), to)),
    };
    return [[email, answer] as const];
  });
  return new Map(answers);
}

function ofContact(
  row: Row,
  account: Row | undefined,
  results: Results,
  to: Mapping,
): PersonRecord {
  const accountId = text(row, 'AccountId');
  const missing = new Set<string>([
    ...(failed(results, 'leads') === undefined ? [] : ['leads']),
    ...without(results, 'contacts'),
    ...(account === undefined ? [] : without(results, 'accounts')),
  ]);
  if (accountId !== null && failed(results, 'accounts') !== undefined) {
    missing.add('company');
    if (to.fields.opportunity !== false) missing.add('deals');
    if (to.fields.case !== false) missing.add('tickets');
  }
  const name = accountName(row);
  return {
    contact: contactFrom(row, account, to),
    company:
      account !== undefined
        ? companyFrom(account, to)
        : name !== null && accountId !== null
          ? { id: accountId, name, url: `${to.instanceUrl}/${accountId}` }
          : null,
    deals: dealsFrom(row, account, to),
    tickets: ticketsFrom(row, account, to),
    missing: [...missing],
  };
}

function ofLead(row: Row, results: Results, to: Mapping): PersonRecord {
  return {
    contact: contactFromLead(row, to),
    company: companyFromLead(row),
    missing: failed(results, 'contacts') === undefined ? [] : ['contacts'],
  };
}

/** @throws {ConnectorError} nobody was found, but not everybody could be looked at. */
function refuseToGuess(results: Results): void {
  const error = failed(results, 'contacts') ?? failed(results, 'leads');
  if (error !== undefined) throw error;
}

function failed(results: Results, name: StatementName): Error | undefined {
  const result: Result | undefined = results.of.get(name);
  return result === undefined || result.ok ? undefined : result.error;
}

function without(results: Results, name: StatementName): readonly string[] {
  const result = results.of.get(name);
  return result?.ok === true ? result.without : [];
}

function rowsOf(results: Results, name: StatementName): readonly Row[] {
  const result = results.of.get(name);
  return result?.ok === true ? result.rows : [];
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

/** As the bridge writes addresses; SOQL compares without regard to capital letters. */
function addressOf(row: Row): string {
  return (text(row, 'Email') ?? '').trim().normalize('NFC').toLowerCase();
}
