/** Ways to use a connector that every rule shares. */
import { expect } from 'chai';
import type { PersonRecord, Connector } from '../../../src/connector/index.ts';
import { connectorContext, type TestContext } from '../connector-context.ts';
import type { Prepared } from './rule.ts';

/** A signal that never aborts. */
export const never = (): AbortSignal => new AbortController().signal;

/** Opens a connection, uses it, closes it; no log line or notice of it may name a person. */
export async function open<T>(
  it: Prepared,
  use: (connector: Connector, context: TestContext) => Promise<T> | T,
): Promise<T> {
  const parsed = await it.module.settings['~standard'].validate(it.settings);
  if (parsed.issues) throw new Error(`the settings are refused: ${JSON.stringify(parsed.issues)}`);
  const context = connectorContext({
    ...(it.baseDir === undefined ? {} : { baseDir: it.baseDir }),
    ...(it.limits === undefined ? {} : { limits: it.limits }),
  });
  const connector = await it.module.open(parsed.value, context);
  try {
    return await use(connector, context);
  } finally {
    await connector.close?.();
    const reported = [context.lines, [...context.notices], context.observed];
    discreet(JSON.stringify(reported), it);
  }
}

export async function find(connector: Connector, email: string): Promise<PersonRecord> {
  const answer = await connector.lookup(email, { signal: never() });
  if (answer === undefined) throw new Error('a known person was not found');
  return answer;
}

/** @returns the error; an answer is one too much. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'rejected') return outcome.reason;
  throw new Error(
    `expected an error, got ${outcome.value === undefined ? 'undefined' : 'an answer'}`,
  );
}

/** @throws when the text names a person. */
export function discreet(text: string, it: Prepared): void {
  for (const email of [it.known.email, it.unknown, ...it.manyKnown])
    expect(text.toLowerCase().includes(email), 'holds an e-mail address').to.equal(false);
  expect(text.includes(it.known.name), 'holds a name').to.equal(false);
}
