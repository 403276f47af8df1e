/**
 * What Salesforce's errors mean for the bridge: one table by error code. Messages of Salesforce are never
 * passed on: they quote the statement, and with it the address that was asked for.
 */
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/index.ts';
import type { Reply } from './transport.ts';

/** The access token is not (or no longer) accepted: worth one new sign-in. */
export class SessionExpired extends Error {}

type Entry = readonly [kind: ConnectorErrorKind, advice: string];

const SESSION_CODES: ReadonlySet<string> = new Set(['INVALID_SESSION_ID', 'ERROR_HTTP_401']);

/** Codes of REST errors, whole answers and parts of a composite alike. */
const API_CODES: Readonly<Record<string, Entry>> = {
  REQUEST_LIMIT_EXCEEDED: ['quota', "the org's API calls are spent, or too many run at once"],
  INVALID_AUTH_HEADER: ['auth', 'the access token has a form that Salesforce does not take'],
  API_DISABLED_FOR_ORG: ['misconfigured', 'the edition of the org has no API access'],
  API_CURRENTLY_DISABLED: ['misconfigured', 'the API is switched off for the org'],
  INSUFFICIENT_ACCESS: ['misconfigured', 'the Run-As user lacks a permission'],
  INVALID_FIELD: ['misconfigured', 'a field the statement needs is hidden from the Run-As user'],
  INVALID_TYPE: ['misconfigured', 'the Run-As user may not read the object'],
  MALFORMED_QUERY: ['misconfigured', 'Salesforce cannot read the statement'],
  QUERY_TOO_COMPLICATED: ['misconfigured', 'too many fields: ask for fewer formula fields'],
  LIMIT_EXCEEDED: ['misconfigured', 'the request has too many parts'],
  NOT_FOUND: ['misconfigured', 'the org does not know this apiVersion'],
  UNSUPPORTED_API_VERSION: ['misconfigured', 'the org does not know this apiVersion'],
  SERVER_UNAVAILABLE: ['unavailable', 'Salesforce is overloaded or in maintenance'],
  QUERY_TIMEOUT: ['unavailable', 'the query took too long'],
  UNKNOWN_EXCEPTION: ['unavailable', 'Salesforce failed'],
};

/** When there is only the HTTP status, or a code that is not known. */
const STATUSES: Readonly<Record<number, Entry>> = {
  401: ['auth', 'the access token is not accepted'],
  403: ['misconfigured', 'access is refused: check the permissions, IP ranges and any proxy'],
  404: ['misconfigured', 'there is no such address: check loginUrl and apiVersion'],
  408: ['timeout', 'the request did not arrive in time'],
  410: ['misconfigured', 'this apiVersion is retired'],
  414: ['misconfigured', 'the request is too long: ask for fewer fields'],
  420: ['misconfigured', 'the org is not there: a scratch org that has expired'],
  429: ['rate_limited', 'too many requests'],
  431: ['misconfigured', 'the request is too long: ask for fewer fields'],
};

/** `error` of the token endpoint. Everything else it may say is a refusal too. */
const TOKEN_CODES: Readonly<Record<string, Entry>> = {
  invalid_client: ['auth', 'the client id or secret is wrong'],
  invalid_client_id: ['auth', 'the client id is unknown to this org'],
  inactive_user: ['auth', 'the user is frozen or inactive'],
  inactive_org: ['auth', 'the org is locked or closed'],
  unsupported_grant_type: ['auth', 'the app does not allow this flow: enable it in its settings'],
  rate_limit_exceeded: ['rate_limited', 'more than 3,600 sign-ins of the user within an hour'],
  server_error: ['unavailable', 'Salesforce failed'],
  temporarily_unavailable: ['unavailable', 'Salesforce is overloaded or in maintenance'],
};

/** `invalid_grant` stands for many things; its description says which. For the advice only. */
const GRANTS: readonly (readonly [RegExp, string])[] = [
  [/no client credentials user/i, 'the app has no Run-As user: set one in its policies'],
  [/not supported on this domain/i, 'loginUrl must be the My Domain address'],
  [/expired access\/refresh token/i, 'the refresh token is spent or revoked: authorize anew'],
  [
    /audience/i,
    'the audience is wrong: login.salesforce.com, or test.salesforce.com for a sandbox',
  ],
  [
    /approved this consumer/i,
    'the user is not approved for the app: pre-authorize a permission set',
  ],
];

/** A sign-in limit is per hour; asking again sooner than this only prolongs it. */
const LOGIN_RATE_REST = 60_000;

/**
 * @param thrown what jsforce threw for a REST request.
 * @returns a {@link ConnectorError}, or {@link SessionExpired}.
 */
export function apiError(thrown: unknown, reply: Reply | undefined): Error {
  if (thrown instanceof ConnectorError) return thrown;
  const code = errorCode(thrown);
  if (SESSION_CODES.has(code)) return new SessionExpired();
  return asError('Salesforce', code, API_CODES[code], reply);
}

/** The same for one part of a composite answer. @param what the part, such as `the leads statement`. */
export function partError(what: string, code: string, status: number): ConnectorError {
  return asError(`Salesforce, ${what}`, code, API_CODES[code], { status, retryAfterMs: undefined });
}

/** @param thrown what jsforce threw for a token request. */
export function tokenError(thrown: unknown, reply: Reply | undefined): ConnectorError {
  if (thrown instanceof ConnectorError) return thrown;
  const { name, message } = thrown instanceof Error ? thrown : new Error();
  // Codes are short lower-case words; anything else is a page, or not from Salesforce at all.
  const isCode = /^[a-z_]{1,40}$/.test(name) && name !== 'undefined';
  if (!isCode || (reply !== undefined && reply.status >= 500)) {
    return asError('Salesforce, sign-in', name, undefined, reply);
  }
  const [kind, advice] = TOKEN_CODES[name] ?? ['auth', grantAdvice(message)];
  return new ConnectorError(kind, `Salesforce refused the sign-in (${name}): ${advice}`, {
    ...(kind === 'rate_limited' ? { retryAfterMs: LOGIN_RATE_REST } : {}),
  });
}

/** The errors of a REST answer, from a part of a composite or from jsforce's own. */
export function firstError(body: unknown): { readonly code: string; readonly message: string } {
  const [first] = Array.isArray(body) ? (body as readonly unknown[]) : [body];
  const { errorCode, message } = Object(first) as Record<string, unknown>;
  return {
    code: typeof errorCode === 'string' ? errorCode : '',
    message: typeof message === 'string' ? message : '',
  };
}

function asError(
  subject: string,
  code: string,
  known: Entry | undefined,
  reply: Reply | undefined,
): ConnectorError {
  const status = reply?.status ?? 0;
  const [kind, advice] = known ?? STATUSES[status] ?? byClass(status);
  const label = known === undefined ? `HTTP ${status}` : code;
  return new ConnectorError(kind, `${subject} (${label}): ${advice}`, {
    ...(reply?.retryAfterMs === undefined ? {} : { retryAfterMs: reply.retryAfterMs }),
  });
}

function byClass(status: number): Entry {
  if (status >= 500) return ['unavailable', 'Salesforce is overloaded or in maintenance'];
  // Salesforce is well enough to refuse the request: no reason to leave it alone.
  if (status >= 400)
    return ['misconfigured', 'the request is refused for a reason that is not known here'];
  return ['bad_response', 'an answer that makes no sense here'];
}

function grantAdvice(description: string): string {
  const known = GRANTS.find(([pattern]) => pattern.test(description));
  return known?.[1] ?? 'check the client, the user and the flow in docs/salesforce.md';
}

function errorCode(thrown: unknown): string {
  const { errorCode: code, data } = Object(thrown) as Record<string, unknown>;
  if (code === 'MULTIPLE_API_ERRORS') return firstError(data).code;
  return typeof code === 'string' ? code : '';
}
