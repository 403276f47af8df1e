/**
 * One person out of a tenant's connections. `first` asks them in order, `merge` all side by side. A connection
 * that does not answer in time is passed over, but its work goes on for the cache (contract, section 8).
 */
import { asConnectorError } from '../upstream/to-connector-error.ts';
import type { Asked } from '../cache/lookup-cache.ts';
import type { Entry } from '../cache/memory-store.ts';
import type { Connection, Known } from '../upstream/connection.ts';
import { AnySettled } from './notifier.ts';

/** What is known of one connection's answer at some moment. */
export interface Question {
  readonly connection: Connection;
  readonly asked: Asked<Known>;
  /** `undefined` while it has not answered. */
  answer: { readonly entry: Entry<Known> } | { readonly failed: string } | undefined;
}

export type Ask = (connection: Connection) => Asked<Known>;

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
export async function askInOrder(
  connections: readonly Connection[],
  ask: Ask,
  deadline: Deadline,
): Promise<readonly Question[]> {
  const questions: Question[] = [];
  const settled = new AnySettled();
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
export async function askAll(
  connections: readonly Connection[],
  ask: Ask,
  deadline: Deadline,
): Promise<readonly Question[]> {
  const settled = new AnySettled();
  const questions = connections.map((connection) => question(connection, ask, settled));
  await settled.wait(deadline.left(), deadline.signal, () => questions.every(done));
  return questions;
}

/** The entry a connection answered with, also when it is a remembered miss. */
export function entryOf(question: Question): Entry<Known> | undefined {
  const { answer } = question;
  return answer !== undefined && 'entry' in answer ? answer.entry : undefined;
}

function question(connection: Connection, ask: Ask, settled: AnySettled): Question {
  const asked = ask(connection);
  const made: Question = {
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
        made.answer = { failed: asConnectorError(thrown).kind };
        settled.notify();
      },
    );
  }
  return made;
}

function done(question: Question): boolean {
  return question.answer !== undefined;
}

function knows(question: Question): boolean {
  return entryOf(question)?.value !== undefined;
}
