/**
 * One person out of a tenant's connections. `first` asks them in order, `merge` all side by side. A connection
 * that does not answer in time is passed over, but its work goes on for the cache (contract, section 8).
 */
import { toConnectorError } from '../upstream/to-connector-error.ts';
import type { CacheRead } from '../cache/lookup-cache.ts';
import type { Entry } from '../cache/memory-store.ts';
import type { Connection, PersonResult } from '../upstream/connection.ts';
import { Notifier } from './notifier.ts';

/** What is known of one connection's answer at some moment. */
export interface PendingResult {
  readonly connection: Connection;
  readonly asked: CacheRead<PersonResult>;
  /** `undefined` while it has not answered. */
  answer: { readonly entry: Entry<PersonResult> } | { readonly failed: string } | undefined;
}

export type Ask = (connection: Connection) => CacheRead<PersonResult>;

/** When the caller needs the answer. */
export interface Deadline {
  /** Milliseconds left; 0 or less when over. */
  left(): number;
  /** Aborts when the answer is needed at once: the deadline has come or the process is shutting down. */
  readonly signal: AbortSignal;
}

/**
 * Asks in order. The next connection is asked when one does not know the person, fails, or has used up its
 * share of the time; the first in order that knows the person at that moment wins.
 * @returns every question asked; a connection that was not needed is absent.
 */
export async function lookupSequentially(
  connections: readonly Connection[],
  ask: Ask,
  deadline: Deadline,
): Promise<readonly PendingResult[]> {
  const questions: PendingResult[] = [];
  const settled = new Notifier();
  for (const [index, connection] of connections.entries()) {
    const current = question(connection, ask, settled);
    questions.push(current);
    const share = deadline.left() / (connections.length - index);
    await settled.wait(share, deadline.signal, () => done(current) || questions.some(knows));
    if (questions.some(knows)) return questions;
  }
  await settled.wait(
    deadline.left(),
    deadline.signal,
    () => questions.every(done) || questions.some(knows),
  );
  return questions;
}

/** Asks all at once and waits for all, as long as there is time. */
export async function lookupInParallel(
  connections: readonly Connection[],
  ask: Ask,
  deadline: Deadline,
): Promise<readonly PendingResult[]> {
  const settled = new Notifier();
  const questions = connections.map((connection) => question(connection, ask, settled));
  await settled.wait(deadline.left(), deadline.signal, () => questions.every(done));
  return questions;
}

/** The entry a connection answered with, also when it is a remembered miss. */
export function entryOf(question: PendingResult): Entry<PersonResult> | undefined {
  const { answer } = question;
  return answer !== undefined && 'entry' in answer ? answer.entry : undefined;
}

function question(connection: Connection, ask: Ask, settled: Notifier): PendingResult {
  const asked = ask(connection);
  const made: PendingResult = {
    connection,
    asked,
    answer: asked.state === 'miss' ? undefined : { entry: asked.entry },
  };
  if (asked.state === 'miss') {
    asked.entry.then(
      (entry) => {
        made.answer = { entry };
        settled.notify();
      },
      (thrown: unknown) => {
        made.answer = { failed: toConnectorError(thrown).kind };
        settled.notify();
      },
    );
  }
  return made;
}

function done(question: PendingResult): boolean {
  return question.answer !== undefined;
}

function knows(question: PendingResult): boolean {
  return entryOf(question)?.value !== undefined;
}
