/** What a connector tells, of whatever hand it is: checked before it is believed. */
import type { Quota } from '../connector/contract.ts';
import { ConnectorError } from '../connector/errors.ts';

/** @throws {ConnectorError} `bad_response`: an answer under another spelling would be lost. */
export function validateBatch(
  answers: unknown,
  emails: readonly string[],
): ReadonlyMap<string, unknown> {
  if (!(answers instanceof Map)) {
    throw new ConnectorError('bad_response', 'lookupMany must give a Map from address to answer');
  }
  const asked = new Set<unknown>(emails);
  if ([...answers.keys()].every((email) => asked.has(email))) return answers;
  throw new ConnectorError('bad_response', 'lookupMany answered under an address nobody asked for');
}

/** @returns what is told, if it makes sense. */
export function parseQuota(told: unknown): Quota | undefined {
  if (told instanceof Promise) told.catch(() => undefined);
  const { used, limit, resetsAt } = Object(told) as Readonly<Record<string, unknown>>;
  if (!isFinite(used) || !isFinite(limit)) return undefined;
  return isFinite(resetsAt) ? { used, limit, resetsAt } : { used, limit };
}

/** Connectors say `undefined` for whom they do not know; some of other hands say `null`. */
export function isNil(answer: unknown): answer is null | undefined {
  return answer === undefined || answer === null;
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}
