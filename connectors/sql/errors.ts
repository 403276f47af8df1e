/** What the failure of a database means for the bridge. */
import { MAX_RESULT_BYTES } from './rows.ts';
import {
  ConnectorError,
  networkCause,
  type ConnectorErrorKind,
} from '../../src/connector/index.ts';

/**
 * By SQLSTATE, by MySQL's codes, by SQLite's result codes, by Node's codes; the first that fits.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 * https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
const MEANINGS: readonly (readonly [RegExp, ConnectorErrorKind, string])[] = [
  [/^28P01$/, 'auth', 'refused the user or the password'],
  [/^ER_ACCESS_DENIED_ERROR$/, 'auth', 'refused the user or the password (or asks for TLS)'],
  [/^28000$/, 'auth', 'knows no such user, or does not let it in from here'],
  [
    /^PLAIN$|^ER_SECURE_TRANSPORT_REQUIRED$/,
    'misconfigured',
    'does not let this user in without TLS; set "tls: true"',
  ],
  [
    /^NO_TLS$|^HANDSHAKE_NO_SSL_SUPPORT$/,
    'misconfigured',
    'offers no TLS, which "tls" asks for: turn it on at the server, or leave "tls" out for a database on this machine',
  ],
  [
    /^3D000$|^ER_BAD_DB_ERROR$|^ER_DBACCESS_DENIED_ERROR$/,
    'misconfigured',
    'has no such database, or not for this user',
  ],
  [
    /^42501$|^ER_(?:TABLE|COLUMN)ACCESS_DENIED_ERROR$/,
    'misconfigured',
    'does not let this user read a table or column; grant SELECT',
  ],
  [
    /^25006$|READ_ONLY_TRANSACTION$|^SQLITE 8$/,
    'misconfigured',
    'refused a statement that writes or locks',
  ],
  [
    /^53300$|^ER_(?:CON_COUNT_ERROR|TOO_MANY_USER_CONNECTIONS|USER_LIMIT_REACHED)$/,
    'unavailable',
    'takes no more connections; raise its limit or lower limits.concurrency',
  ],
  [
    /^57014$|^ER_QUERY_INTERRUPTED$|^ER_(?:QUERY|STATEMENT)_TIMEOUT$|^SQLITE_TIMEOUT$/,
    'timeout',
    'did not finish a statement in time',
  ],
  [/^LATE$|^ETIMEDOUT$/, 'timeout', 'did not accept a connection in time'],
  [/^57P03$|^ENOENT$/, 'unavailable', 'cannot be reached'],
  [/^SQLITE [56]$/, 'unavailable', 'is locked by another program'],
  [/^SQLITE 14$/, 'unavailable', 'cannot be opened: is it there, and may this user read it?'],
  [/^SQLITE 26$/, 'misconfigured', 'is not an SQLite database'],
  [
    /^RESULT_TOO_LARGE$|^SQLITE_MEMORY$|^SQLITE 18$/,
    'bad_response',
    `sent more than ${MAX_RESULT_BYTES / 2 ** 20} MiB for one statement; select fewer rows, or shorter texts by substr(…, 1, 1000)`,
  ],
  [
    /^SQLITE 1$|^42|^0A|^ER_(?:PARSE|BAD_|NO_SUCH|NON_UNIQ|SP_)/,
    'misconfigured',
    'refused a statement',
  ],
  [
    /^2[12]|^ER_(?!SERVER_SHUTDOWN|CONNECTION_KILLED|CLIENT_INTERACTION|NET_|LOCK_)|^SQLITE 20$/,
    'bad_response',
    'cannot run a statement on these values',
  ],
];

/**
 * @param server as messages call the database: `the database at HOST`, or `the SQLite file PATH`.
 * @returns an error without the driver's text, which may quote values; of a refused statement it quotes only that.
 */
export function toSqlError(error: unknown, server: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const code = codeOf(error);
  const [, kind, sentence] =
    MEANINGS.find(([codes]) => codes.test(code)) ?? ofNetwork(code) ?? ENDED;
  const detail = sentence === 'refused a statement' ? `: ${shortened(messageOf(error))}` : '';
  const shown = /^[A-Z0-9_ ]{5,50}$/.test(code) ? ` (${code})` : '';
  const cause = Object.assign(new Error('the driver failed'), { code });
  return new ConnectorError(kind, `${server} ${sentence}${detail}${shown}`, { cause });
}

/** @param error of {@link toSqlError}. @returns whether it is about the values or rows of some people alone. */
export function isOfSome(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.kind === 'bad_response';
}

/**
 * @param error of a driver. @returns whether the server has only refused to run the statement on its values, so that
 *   the session can run the next one.
 */
export function keepsSession(error: unknown): boolean {
  const { sqlState } = Object(error) as Readonly<Record<string, unknown>>; // MySQL's
  return /^2[12]|^SQLITE 20$/.test(typeof sqlState === 'string' ? sqlState : codeOf(error));
}

const ENDED = [/^/, 'unavailable', 'ended the connection'] as const;

function ofNetwork(code: string): (typeof MEANINGS)[number] | undefined {
  const cause = networkCause(code);
  if (cause === undefined) return undefined;
  const isUnknown = /^(?:DEPTH_|SELF_|UNABLE_)/.test(code);
  const kind = isUnknown || /^(?:CERT_|ERR_TLS_CERT)/.test(code) ? 'misconfigured' : 'unavailable';
  return [/^/, kind, `cannot be reached: ${cause}${isUnknown ? AUTHORITY : ''}`];
}

const AUTHORITY = '; or give its authority as "tls: { ca: … }"';

/** Makes up a code where a driver has only a message. */
function codeOf(error: unknown): string {
  const { code, errcode, errno, errors } = Object(error) as Readonly<Record<string, unknown>>;
  // A host with several addresses fails once for each.
  if (Array.isArray(errors)) return codeOf(errors[0]);
  const message = messageOf(error);
  if (code === 'SQLITE') return `SQLITE ${Number(errcode) & 0xff}`;
  if (code === '28000' && /no encryption|SSL off/.test(message)) return 'PLAIN';
  if (code === 'HANDSHAKE_SSL_ERROR') return certificateCode(message) ?? code;
  if (errno === 1969) return 'ER_STATEMENT_TIMEOUT'; // MariaDB's, which mysql2 does not name.
  if (typeof code === 'string') return code;
  if (/does not support SSL/.test(message)) return 'NO_TLS';
  return /timeout/.test(message) ? 'LATE' : '';
}

/** mysql2 replaces Node's code. */
function certificateCode(message: string): string | undefined {
  if (/altnames/.test(message)) return 'ERR_TLS_CERT_ALTNAME_INVALID';
  if (/certificate has expired/.test(message)) return 'CERT_HAS_EXPIRED';
  return /certificate/.test(message) ? 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' : undefined;
}

/** Not within a word: half a secret is not known as one any more. */
function shortened(text: string): string {
  return text.length <= 200 ? text : text.slice(0, 200).replace(/\S*$/, '…');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : '';
}
