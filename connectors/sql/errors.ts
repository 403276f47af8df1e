/** What the failure of a database means for the bridge; no word of a driver gets into a message. */
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/index.ts';

type Meaning = readonly [ConnectorErrorKind, string];

const UNREACHABLE: Meaning = ['unavailable', 'cannot be reached'];
const LOST: Meaning = ['unavailable', 'ended the connection'];
const CROWDED: Meaning = [
  'unavailable',
  'accepts no more connections; raise its limit or lower limits.concurrency',
];
const LATE: Meaning = ['timeout', 'did not answer in time'];
const REFUSED: Meaning = ['auth', 'refused the user or the password'];
const FORBIDDEN: Meaning = [
  'misconfigured',
  'does not let this user read a table or column; grant SELECT',
];
const NO_DATABASE: Meaning = [
  'misconfigured',
  'has no database of this name, or not for this user',
];
const WRONG_SQL: Meaning = [
  'misconfigured',
  'does not understand a statement; "check --live" says which one',
];
const WRITES: Meaning = ['misconfigured', 'refused a statement that writes; statements only read'];
const NEEDS_TLS: Meaning = [
  'misconfigured',
  'refused this user or host without TLS; set "tls: true"',
];
const NO_TLS: Meaning = ['misconfigured', 'offers no TLS, and "tls" asks for it'];
const CERTIFICATE: Meaning = [
  'misconfigured',
  'has a certificate that is not trusted, expired, or made for another name; set "tls: { ca: … }" or use the name it is made for',
];

/** By SQLSTATE, by MySQL's codes, by Node's codes. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  // PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html
  '28P01': REFUSED,
  '28000': NEEDS_TLS,
  '3D000': NO_DATABASE,
  '42501': FORBIDDEN,
  '25006': WRITES,
  '53300': CROWDED,
  '57014': LATE,
  '57P01': LOST,
  '57P02': LOST,
  '57P03': UNREACHABLE,
  // MySQL and MariaDB
  ER_ACCESS_DENIED_ERROR: REFUSED,
  ER_DBACCESS_DENIED_ERROR: NO_DATABASE,
  ER_BAD_DB_ERROR: NO_DATABASE,
  ER_TABLEACCESS_DENIED_ERROR: FORBIDDEN,
  ER_COLUMNACCESS_DENIED_ERROR: FORBIDDEN,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: WRITES,
  ER_CON_COUNT_ERROR: CROWDED,
  ER_TOO_MANY_USER_CONNECTIONS: CROWDED,
  ER_USER_LIMIT_REACHED: CROWDED,
  ER_QUERY_INTERRUPTED: LATE,
  ER_QUERY_TIMEOUT: LATE,
  ER_STATEMENT_TIMEOUT: LATE,
  ER_SECURE_TRANSPORT_REQUIRED: NEEDS_TLS,
  HANDSHAKE_NO_SSL_SUPPORT: NO_TLS,
  ER_SERVER_SHUTDOWN: LOST,
  ER_CONNECTION_KILLED: LOST,
  ER_CLIENT_INTERACTION_TIMEOUT: LOST,
  PROTOCOL_CONNECTION_LOST: LOST,
  SQLITE_ENDED: LOST,
  // Node
  ECONNREFUSED: UNREACHABLE,
  ENOTFOUND: ['unavailable', 'has a host name that is not known'],
  EAI_AGAIN: ['unavailable', 'has a host name that is not known at the moment'],
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  ENOENT: UNREACHABLE,
  ECONNRESET: LOST,
  EPIPE: LOST,
};

/** SQLite's primary result codes. */
const SQLITE: Readonly<Record<number, Meaning>> = {
  1: WRONG_SQL,
  5: ['unavailable', 'is locked by another program'],
  6: ['unavailable', 'is locked by another program'],
  8: WRITES,
  11: ['unavailable', 'is damaged'],
  14: ['unavailable', 'cannot be opened: is the file there, and may this user read it?'],
  26: ['misconfigured', 'is not an SQLite database'],
};

/** @param server how messages call the database: its host, or the file of the settings. */
export function toSqlError(error: unknown, server: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const [kind, sentence] = meaningOf(error);
  const code = codeOf(error);
  const shown = /^[A-Z0-9_]{5,50}$/.test(code) ? ` (${code})` : '';
  return new ConnectorError(kind, `${server} ${sentence}${shown}`, { cause: error });
}

/** Whether the connection is of no use after this error. */
export function isLost(error: unknown): boolean {
  const meaning = meaningOf(error);
  return meaning === LOST || meaning[0] === 'timeout' || meaning === UNREACHABLE;
}

function meaningOf(error: unknown): Meaning {
  const code = codeOf(error);
  const known = MEANINGS[code];
  if (known !== undefined) return known;
  if (code === 'SQLITE')
    return SQLITE[Number((error as { errcode?: unknown }).errcode) & 0xff] ?? WRONG_SQL;
  if (/^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/.test(code)) return CERTIFICATE;
  if (/^08/.test(code)) return LOST;
  if (/^(?:42|22|0A|21)/.test(code) || /^ER_/.test(code)) return WRONG_SQL;
  return messageMeaning(error);
}

/** pg has no codes for these. */
function messageMeaning(error: unknown): Meaning {
  const message = error instanceof Error ? error.message : '';
  if (/does not support SSL/i.test(message)) return NO_TLS;
  if (/timeout/i.test(message)) return LATE;
  return LOST;
}

function codeOf(error: unknown): string {
  const { code, cause, errors } = Object(error) as {
    code?: unknown;
    cause?: unknown;
    errors?: unknown;
  };
  if (typeof code === 'string') return code;
  // A host with several addresses fails once for each.
  if (Array.isArray(errors)) return codeOf(errors[0]);
  return cause === undefined ? '' : codeOf(cause);
}
