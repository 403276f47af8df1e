/** Ways to use a connector that every rule shares. */
import assert from 'node:assert/strict';
import type { Connector, PersonRecord } from '../contract.ts';
import { connectorContext, type TestContext } from './context.ts';
import type { Prepared } from './rule.ts';

/** A signal that never aborts. */
export const never = (): AbortSignal => new AbortController().signal;

/** Opens a connection, uses it, closes it; no log line or notice of it may name a person. */
export async function open<T>(
  crm: Prepared,
  use: (connector: Connector, context: TestContext) => Promise<T> | T,
): Promise<T> {
  const parsed = await crm.module.settings['~standard'].validate(crm.settings);
  if (parsed.issues) throw new Error(`the settings are refused: ${JSON.stringify(parsed.issues)}`);
  const context = connectorContext({
    ...(crm.baseDir === undefined ? {} : { baseDir: crm.baseDir }),
    ...(crm.limits === undefined ? {} : { limits: crm.limits }),
  });
  const connector = await crm.module.open(parsed.value, context);
  try {
    return await use(connector, context);
  } finally {
    await connector.close?.();
    const reported = [context.lines, [...context.notices], context.observed];
    assertDiscreet(JSON.stringify(reported), crm);
  }
}

export async function find(connector: Connector, email: string): Promise<PersonRecord> {
  const record = await connector.lookup(email, { signal: never() });
  if (record === undefined) throw new Error('a known person was not found');
  return record;
}

/** @returns what `lookupMany` found. @throws the error that takes the place of a record. */
export function recordsIn(
  many: Awaited<ReturnType<NonNullable<Connector['lookupMany']>>> | undefined,
): ReadonlyMap<string, PersonRecord> {
  return new Map(
    [...(many ?? [])].map(([email, record]) => {
      if (record instanceof Error) throw record;
      return [email, record];
    }),
  );
}

/** @returns what the call is rejected with. @throws {Error} when it is not. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'rejected') return outcome.reason;
  throw new Error(
    `expected an error, got ${outcome.value === undefined ? 'undefined' : 'a result'}`,
  );
}

/** @throws {AssertionError} when the text names a person. */
export function assertDiscreet(text: string, crm: Prepared): void {
  for (const email of [crm.known.email, crm.unknown, ...crm.manyKnown])
    assert.ok(!text.toLowerCase().includes(email), 'an e-mail address is logged or in a message');
  assert.ok(!text.includes(crm.known.name), 'a name is logged or in a message');
}

/** Compares without regard to the order. */
export function assertSameMembers(
  actual: Iterable<string | null | undefined>,
  expected: Iterable<string>,
  what: string,
): void {
  assert.deepEqual([...actual].toSorted(), [...expected].toSorted(), what);
}
