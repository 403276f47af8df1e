/** What the three kinds of databases have in common. */
import type { Duplex } from 'node:stream';
import { MAX_RESULT_BYTES, type Result } from './rows.ts';
import type { Statement, Values } from './statement.ts';

/** One connection to a database; it runs one statement at a time. After an error it is closed, unless {@link keepsSession}. */
export interface Session {
  /** Read-only, under a time limit that the server keeps. @throws {Error} of the driver, see {@link toSqlError}. */
  run(statement: Statement, values: Values): Promise<Result>;
  /** Ends what runs, on the server; the session is closed next. */
  cancel(): Promise<void>;
  /** Runs the statement for people who do not exist. */
  inspect(statement: Statement): Promise<Inspection>;
  /** At once; what runs may never settle. */
  close(): void;
  /** It was closed, or failed while idle. */
  readonly isBroken: boolean;
}

export interface Inspection {
  readonly columns: Result['columns'];
  /** Large tables that the statement reads from end to end. */
  readonly scans: readonly string[];
}

/** @throws {Error} of the driver. */
export type Connect = () => Promise<Session>;

/** The server ends a statement by itself after this time. */
export const STATEMENT_TIMEOUT_MS = 10_000;
export const CONNECT_TIMEOUT_MS = 5_000;
/** A table with fewer rows is read fast enough without an index. */
export const LARGE_TABLE_ROWS = 10_000;

/** For {@link Session.inspect}: values of people who do not exist. */
export const UNKNOWN = {
  emails: ['crm-bridge-check@example.invalid'],
  domains: ['crm-bridge-check.invalid'],
  contactIds: ['0'],
  companyIds: ['0'],
} satisfies Values;

/**
 * Ends the connection when one statement brings more than {@link MAX_RESULT_BYTES}: a driver takes a row of any size.
 * @param stream from the server, after the handshake. @returns to call before each statement.
 */
export function limitResults(stream: Duplex): () => void {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_RESULT_BYTES) return;
    stream.destroy(Object.assign(new Error('too large'), { code: 'RESULT_TOO_LARGE' }));
  });
  return () => {
    bytes = 0;
  };
}
