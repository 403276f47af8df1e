/**
 * Runs statements in one request. What the org hides is omitted and the statements concerned are sent again, in
 * the same lookup; a statement that cannot be repaired fails alone.
 */
import { ConnectorError, type ConnectorContext } from '../../src/connector/index.ts';
import { subrequestError } from './errors.ts';
import { describeRequest, type Features } from './fields.ts';
import type { HiddenFields, ReadableStatement } from './hidden-fields.ts';
import { parseRows, type Row } from './rows.ts';
import type { CompositeResponse, Session, Subrequest, SubrequestResult } from './session.ts';
import { toSoql } from './soql.ts';
import { fieldsIn, type Statement, type StatementName, type Wanted } from './statements.ts';

/** What one connection runs its statements with. */
export interface QueryContext {
  readonly session: Session;
  readonly hiddenFields: HiddenFields;
  readonly features: Features;
  readonly fields: Wanted['fields'];
  readonly emailFields: Wanted['emailFields'];
  readonly where: Wanted['where'];
  readonly limits: Wanted['limits'];
  readonly setNotice: ConnectorContext['setNotice'];
}

export type Result =
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

/** Without descriptions Salesforce names one missing field of a statement at a time. */
const MAX_ATTEMPTS = 8;
/** Of the 25 parts of a request, 5 are queries. */
const MAX_DESCRIPTIONS = 20;

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
  const described = new Set<string>();
  let toDescribe: readonly string[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const emailFields = {
      contact: hiddenFields.visibleOf('Contact', context.emailFields.contact),
      lead: hiddenFields.visibleOf('Lead', context.emailFields.lead),
    };
    const statements = build({ ...context, emailFields, features: features.present });
    const readable = readableStatements(context, statements, byName);
    if (readable.length === 0) break;
    const due = attempt === 1 ? hiddenFields.dueObject() : undefined;
    const objects = due === undefined ? toDescribe : [due];
    for (const object of objects) described.add(object);
    const queries = [
      ...readable.map(({ statement }) => ({
        name: statement.name,
        soql: toSoql(statement, statement.object),
      })),
      ...(attempt === 1 ? features.pendingProbes() : []),
    ].map(({ name, soql }) => queryRequest(name, soql));
    const response = await sendWithDescriptions(session, queries, objects, signal);
    ({ instanceUrl } = response);
    const failed: Statement[] = [];
    for (const one of readable) {
      const result = response.results.get(one.statement.name);
      if (result === undefined) continue;
      if (attempt < MAX_ATTEMPTS && isRepairable(context, one, result)) failed.push(one.statement);
      else {
        const { name } = one.statement;
        byName.set(name, toResult(one, result));
        const isField = !result.ok && result.code === 'INVALID_FIELD';
        context.setNotice(name, isField ? result.error.message : undefined);
      }
    }
    const restores = due !== undefined;
    const isGranted = learnFrom(response, readable, objects, { hiddenFields, restores });
    // Those of the tenant's relationships are known once the object that has them is described.
    toDescribe = hiddenFields
      .objectsOf(failed.flatMap(fieldsIn))
      .filter((object) => !described.has(object))
      .slice(0, MAX_DESCRIPTIONS);
    // Rows from before a feature was known lack the currency, or take a person for a company.
    const isOutdated = features.recordFrom(response.results) && hasRows(byName);
    if (attempt < MAX_ATTEMPTS && (isOutdated || isGranted)) byName.clear();
  }
  hiddenFields.publish();
  return { byName, instanceUrl };
}

/**
 * @param restores the description was requested to find out what has been granted. Others explain a failure;
 *   what was refused in spite of them stays hidden.
 * @returns whether something was granted.
 */
function learnFrom(
  { results }: CompositeResponse,
  readable: readonly ReadableStatement[],
  objects: readonly string[],
  { hiddenFields, restores }: { hiddenFields: HiddenFields; restores: boolean },
): boolean {
  const statements = readable.map(({ statement }) => statement);
  const granted = objects.filter((object) => {
    const description = results.get(describeRequest(object).name);
    if (description === undefined) return false;
    if (!description.ok) {
      const isHidden = ['NOT_FOUND', 'INVALID_TYPE'].includes(description.code);
      if (isHidden) statements.forEach((one) => hiddenFields.recordUnreadable(object, one));
      return false;
    }
    hiddenFields.recordUnlisted(object, description.body, statements.flatMap(fieldsIn));
    return restores && hiddenFields.restoreListed(object, description.body);
  });
  return granted.length > 0;
}

/** Descriptions are long. When they make the response too long, each is requested separately. */
async function sendWithDescriptions(
  session: Session,
  queries: readonly Subrequest[],
  objects: readonly string[],
  signal: AbortSignal,
): Promise<CompositeResponse> {
  try {
    return await session.composite([...queries, ...objects.map(describeRequest)], signal);
  } catch (error) {
    const isTooLong = error instanceof ConnectorError && error.kind === 'bad_response';
    if (objects.length === 0 || !isTooLong) throw error;
  }
  const response = await session.composite(queries, signal);
  if (objects.length === 1) return response;
  const requests = objects.map((object) => session.composite([describeRequest(object)], signal));
  const described = (await Promise.allSettled(requests)).flatMap((result) =>
    result.status === 'fulfilled' ? [...result.value.results] : [],
  );
  return { ...response, results: new Map([...response.results, ...described]) };
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
  const truncated = !done || rows.length >= statement.limit;
  // The last one was requested only to see whether there are more.
  return { ok: true, rows: rows.slice(0, statement.limit - 1), truncated, omittedSections };
}

function hasRows(byName: ReadonlyMap<StatementName, Result>): boolean {
  return [...byName.values()].some((result) => result.ok && result.rows.length > 0);
}
