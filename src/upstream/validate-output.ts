/** Checks what connectors return besides people and companies, before it is used. */
import type { CheckResult, Quota } from '../connector/contract.ts';
import { ConnectorError, WrongPersonError } from '../connector/errors.ts';
import { ContractError } from './errors.ts';

/**
 * @returns the records. One under an address that was not requested may be that of any address without a record, in
 *   another spelling: each of these is an error.
 * @throws {ConnectorError} `bad_response`
 */
export function validateBatch(
  records: unknown,
  emails: readonly string[],
): ReadonlyMap<string, unknown> {
  if (!(records instanceof Map)) {
    throw new ContractError('bad_response', 'lookupMany must return a Map from address to record');
  }
  const requested = new Set<unknown>(emails);
  if ([...records.keys()].every((email) => requested.has(email))) return records;
  const message = 'lookupMany returned a record under an address that was not requested';
  return new Map(
    emails.map((email) => [email, records.get(email) ?? new WrongPersonError(message)]),
  );
}

const LEVELS: ReadonlySet<unknown> = new Set<CheckResult['level']>(['ok', 'warning', 'error']);

/** @throws {ConnectorError} `bad_response` */
export function parseCheck(results: unknown): readonly CheckResult[] {
  if (Array.isArray(results) && results.every(isCheckResult)) return results;
  throw new ConnectorError(
    'bad_response',
    "check must return a list of { level, message } with level 'ok', 'warning' or 'error'",
  );
}

function isCheckResult(result: unknown): result is CheckResult {
  const { level, message } = Object(result) as Readonly<Record<string, unknown>>;
  return LEVELS.has(level) && typeof message === 'string';
}

/** @returns `undefined` for what is not a valid quota. */
export function parseQuota(quota: unknown): Quota | undefined {
  if (quota instanceof Promise) quota.catch(() => undefined);
  const { used, limit, resetsAt } = Object(quota) as Readonly<Record<string, unknown>>;
  if (!isFinite(used) || !isFinite(limit)) return undefined;
  return isFinite(resetsAt) ? { used, limit, resetsAt } : { used, limit };
}

/** Connectors return `undefined` for people they do not know; `null` means the same. */
export function isNil(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}
