/** What the three kinds of databases have in common. */
import type { Result } from './rows.ts';
import type { Dialect, Statement, Values } from './statement.ts';

export interface Query {
  readonly statement: Statement;
  readonly values: Values;
  /** Names of the columns, folded, that say whose row it is; see {@link rowFilter}. */
  readonly keys: readonly string[];
}

/** One connection to a database; it runs one query at a time. */
export interface Session {
  /** Read-only, under a time limit that the server keeps. */
  run(query: Query): Promise<Result>;
  /** Ends the query that runs, on the server. What it throws does not matter: the session is closed next. */
  cancel(): Promise<void>;
  /** @returns sentences on tables that the query reads from end to end. */
  explain(query: Query): Promise<readonly string[]>;
  /** Ends the connection at once. */
  close(): void;
  /** It failed while idle, or after an error that leaves its state in doubt: not to be used again. */
  readonly isBroken: boolean;
}

export interface Engine {
  readonly dialect: Dialect;
  /** @throws {Error} of the driver, see {@link toSqlError}. */
  connect(): Promise<Session>;
}

/** The server ends a statement by itself after this time, unless it was cancelled before. */
export const STATEMENT_TIMEOUT_MS = 10_000;
export const CONNECT_TIMEOUT_MS = 5_000;
/** A table with fewer rows is read fast enough without an index. */
export const LARGE_TABLE_ROWS = 10_000;

/** Integers beyond 2^53 stay exact as text. */
export function exactInteger(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}
