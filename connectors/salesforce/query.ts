/**
 * Runs statements in one request. What the org hides is omitted and the statements concerned are sent again, in
 * the same lookup; a statement that cannot be repaired fails alone.
 */
import type { ConnectorError } from '../../src/connector/index.ts';
import { subrequestError } from './errors.ts';
import type { Features } from './fields.ts';
import { describeRequest, type HiddenFields, type ReadableStatement } from './hidden-fields.ts';
import { parseRows, type Row } from './rows.ts';
import type { Session, Subrequest, SubrequestResult } from './session.ts';
import { toSoql } from './soql.ts';
import { fieldsIn, type Statement, type StatementName, type Wanted } from './statements.ts';

/** What one connection runs its statements with. */
export interface QueryContext {
  readonly session: Session;
  readonly hiddenFields: HiddenFields;
  readonly features: Features;
  readonly fields: Wanted['fields'];
  readonly limits: Wanted['limits'];
}

type Result =
  | {
      readonly ok: true;
      readonly rows: readonly Row[];
      /** There may be more rows than these. */
      readonly truncated: boolean;
      readonly omittedSections: ReadableStatement['omittedSections'];
    }
  | { readonly ok: false; readonly error: ConnectorError };

export interface Results {
  /** One for each statement. */
  readonly byName: ReadonlyMap<StatementName, Result>;
  /** The origin of the org that answered; '' when no request was sent. */
  readonly instanceUrl: string;
}

/** Salesforce names one missing field of a statement at a time. */
const MAX_ATTEMPTS = 8;

/**
 * @param build makes the statements newly for each attempt: the org's features become known on the way.
 * @throws {ConnectorError} when the request as a whole fails.
 */
export async function query(
  context: QueryContext,
  build: (wanted: Wanted) => readonly Statement[],
  signal: AbortSignal,
): Promise<Results> {
  const { session, hiddenFields, features } = context;
  const byName = new Map<StatementName, Result>();
  let instanceUrl = '';
  let repaired = false;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const statements = build({ ...context, features: features.present });
    const readable = readableStatements(context, statements, byName);
    if (readable.length === 0) break;
    const described = attempt === 2 && repaired ? objectsWithCustomFields(readable) : [];
    const response = await session.composite(
      [
        ...readable.map(({ statement }) =>
          queryRequest(statement.name, toSoql(statement, statement.object)),
        ),
        ...(attempt === 1 ? features.pendingProbes() : []).map((probe) =>
          queryRequest(probe.name, probe.soql),
        ),
        ...described.map(describeRequest),
      ],
      signal,
    );
    ({ instanceUrl } = response);
    for (const object of described) {
      const description = response.results.get(describeRequest(object).name);
      const fields = readable.flatMap(({ statement }) => fieldsIn(statement));
      if (description?.ok === true) hiddenFields.recordUnlisted(object, description.body, fields);
    }
    for (const one of readable) {
      const result = response.results.get(one.statement.name);
      if (result === undefined) continue;
      if (attempt < MAX_ATTEMPTS && isRepairable(context, one, result)) repaired = true;
      else byName.set(one.statement.name, toResult(one, result));
    }
    // Rows from before the feature was known lack the currency, or take a person for a company.
    if (features.recordFrom(response.results) && hasRows(byName)) byName.clear();
  }
  hiddenFields.publish();
  return { byName, instanceUrl };
}

/** @returns none when the statement failed. */
export function rowsOf({ byName }: Results, name: StatementName): readonly Row[] {
  const result = byName.get(name);
  return result?.ok === true ? result.rows : [];
}

export function errorOf({ byName }: Results, name: StatementName): ConnectorError | undefined {
  const result = byName.get(name);
  return result?.ok === false ? result.error : undefined;
}

/** The statements still without a result. One whose object cannot be read fails here. */
function readableStatements(
  { hiddenFields }: QueryContext,
  statements: readonly Statement[],
  byName: Map<StatementName, Result>,
): readonly ReadableStatement[] {
  const pending = statements.filter(({ name }) => !byName.has(name));
  return pending.flatMap((statement) => {
    const readable = hiddenFields.omitFrom(statement);
    if (readable !== undefined) return [readable];
    const error = subrequestError(statement.name, 'INVALID_TYPE', 400);
    byName.set(statement.name, { ok: false, error });
    return [];
  });
}

/** Percent-encoding leaves no `@{…}`, which Composite would take for a reference to another subrequest. */
function queryRequest(name: string, soql: string): Subrequest {
  return { name, path: `/query?q=${encodeURIComponent(soql)}` };
}

function isRepairable(
  { hiddenFields }: QueryContext,
  { statement }: ReadableStatement,
  result: SubrequestResult,
): boolean {
  if (result.ok || !['INVALID_FIELD', 'INVALID_TYPE'].includes(result.code)) return false;
  return hiddenFields.recordFrom(statement, result.message);
}

function toResult(
  { statement, omittedSections }: ReadableStatement,
  result: SubrequestResult,
): Result {
  if (!result.ok) return { ok: false, error: result.error };
  const { rows, done } = parseRows(result.body, statement.name);
  return { ok: true, rows, truncated: !done || rows.length >= statement.limit, omittedSections };
}

/** Where one of the tenant's fields is missing, others may be: the description lists all at once. */
function objectsWithCustomFields(readable: readonly ReadableStatement[]): readonly string[] {
  const custom = readable
    .flatMap(({ statement }) => fieldsIn(statement))
    .filter(({ object, path }) => path.endsWith('__c') && !object.endsWith('__r'));
  return [...new Set(custom.map(({ object }) => object))];
}

function hasRows(byName: ReadonlyMap<StatementName, Result>): boolean {
  return [...byName.values()].some((result) => result.ok && result.rows.length > 0);
}
