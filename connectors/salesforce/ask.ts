/**
 * Asks statements in one request. What the org lacks is left out and the statements concerned are asked
 * again, in the same lookup; a statement that can't be mended fails alone.
 */
import type { ConnectorError } from '../../src/connector/index.ts';
import type { Absences, Pruned } from './absences.ts';
import { composite, queryPath, type Part, type PartAnswer } from './composite.ts';
import { describePart, visibleFields } from './describe.ts';
import { partError } from './errors.ts';
import type { Features } from './features.ts';
import { fieldsIn, type Statement, type StatementName } from './statements.ts';
import { readRows, type Row } from './rows.ts';
import type { Session } from './session.ts';

export type Result =
  | {
      readonly ok: true;
      readonly rows: readonly Row[];
      /** There may be more rows than these. */
      readonly full: boolean;
      /** Sections whose records the Run-As user may not read. */
      readonly without: Pruned['without'];
    }
  | { readonly ok: false; readonly error: ConnectorError };

export interface Results {
  /** One for each statement. */
  readonly of: ReadonlyMap<StatementName, Result>;
  /** The origin of the org that answered; '' when there was nothing to ask. */
  readonly instanceUrl: string;
}

export interface Asker {
  readonly session: Session;
  readonly apiVersion: string;
  readonly absences: Absences;
  readonly features: Features;
}

/** Salesforce names one missing field of a statement at a time. */
const MAX_ATTEMPTS = 8;

/**
 * @param build makes the statements anew for each attempt: the org's features become known on the way.
 * @throws {ConnectorError} when the request as a whole fails.
 */
export async function ask(
  asker: Asker,
  build: () => readonly Statement[],
  signal: AbortSignal,
): Promise<Results> {
  const results = new Map<StatementName, Result>();
  let instanceUrl = '';
  let mended = false;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const asked = readable(asker, build(), results);
    if (asked.length === 0) break;
    const described = attempt === 2 && mended ? withCustomFields(asked) : [];
    const answer = await composite(
      asker.session,
      asker.apiVersion,
      [
        ...asked.map(({ statement, soql }) => query(statement.name, soql)),
        ...(attempt === 1 ? asker.features.due().map(({ name, soql }) => query(name, soql)) : []),
        ...described.map(describePart),
      ],
      signal,
    );
    instanceUrl = answer.instanceUrl;
    for (const object of described) learnFrom(asker, object, answer.parts, asked);
    for (const pruned of asked) {
      const part = answer.parts.get(pruned.statement.name);
      if (part === undefined) continue;
      if (attempt < MAX_ATTEMPTS && canBeMended(asker, pruned, part)) mended = true;
      else results.set(pruned.statement.name, settle(pruned, part));
    }
    // What came before the feature was known lacks the currency, or takes a person for a company.
    if (asker.features.learn(answer.parts) && hasRows(results)) results.clear();
  }
  asker.absences.tell();
  return { of: results, instanceUrl };
}

/** Those still to be asked, without what is absent. One whose object can't be read fails right here. */
function readable(
  asker: Asker,
  statements: readonly Statement[],
  results: Map<StatementName, Result>,
): readonly Pruned[] {
  return statements
    .filter(({ name }) => !results.has(name))
    .flatMap((statement) => {
      const pruned = asker.absences.prune(statement);
      if (pruned !== undefined) return [pruned];
      const error = partError(statement.name, 'INVALID_TYPE', 400);
      results.set(statement.name, { ok: false, error });
      return [];
    });
}

function query(name: string, soql: string): Part {
  return { name, path: queryPath(soql) };
}

function canBeMended(asker: Asker, { statement }: Pruned, part: PartAnswer): boolean {
  if (part.ok || !['INVALID_FIELD', 'INVALID_TYPE'].includes(part.code)) return false;
  return asker.absences.learn(statement, part.message);
}

function settle({ statement, without }: Pruned, part: PartAnswer): Result {
  if (!part.ok) return { ok: false, error: part.error };
  const { rows, done } = readRows(part.body, statement.name);
  return { ok: true, rows, full: !done || rows.length >= statement.limit, without };
}

/** Where one field of the tenant's is missing, others may be: the description tells all at once. */
function withCustomFields(asked: readonly Pruned[]): readonly string[] {
  const custom = asked
    .flatMap(({ statement }) => fieldsIn(statement))
    .filter(({ object, path }) => path.endsWith('__c') && !object.endsWith('__r'));
  return [...new Set(custom.map(({ object }) => object))];
}

function learnFrom(
  asker: Asker,
  object: string,
  parts: ReadonlyMap<string, PartAnswer>,
  asked: readonly Pruned[],
): void {
  const part = parts.get(describePart(object).name);
  const visible = part?.ok === true ? visibleFields(part.body) : undefined;
  if (visible === undefined) return;
  for (const { statement } of asked) {
    asker.absences.learnFrom(object, visible, fieldsIn(statement));
  }
}

function hasRows(results: ReadonlyMap<StatementName, Result>): boolean {
  return [...results.values()].some((result) => result.ok && result.rows.length > 0);
}
