/**
 * What Salesforce's errors mean for the bridge: one table by error code. Salesforce's messages are never passed
 * on: they quote the statement, and with it the address of the lookup.
 */
import {
  ConnectorError,
  kindForStatus,
  type ConnectorErrorKind,
} from '../../src/connector/index.ts';
import type { ResponseInfo } from './jsforce.ts';
import type { Auth } from './settings.ts';

/** The access token is not (or no longer) accepted: worth one new sign-in. */
export class SessionExpired extends Error {}

type Entry = readonly [kind: ConnectorErrorKind, advice: string];

const SESSION_CODES: ReadonlySet<string> = new Set(['INVALID_SESSION_ID', 'ERROR_HTTP_401']);

/** Salesforce names the org, though nearly always it is the user. */
const NO_API =
  'the Run-As user lacks "API Enabled": set it in its permission set (System Permissions); a few editions have no API at all';

/** Codes of REST errors, of whole responses and of subrequests. */
const API_CODES: Readonly<Record<string, Entry>> = {
  REQUEST_LIMIT_EXCEEDED: ['quota', "the org's API calls are spent, or too many run at once"],
  INVALID_AUTH_HEADER: ['auth', 'the access token has a form that Salesforce does not take'],
  API_DISABLED_FOR_ORG: ['misconfigured', NO_API],
  API_CURRENTLY_DISABLED: ['misconfigured', NO_API],
  INSUFFICIENT_ACCESS: ['misconfigured', 'the Run-As user lacks a permission'],
  INVALID_FIELD: ['misconfigured', 'a field the statement needs is hidden from the Run-As user'],
  INVALID_TYPE: ['misconfigured', 'the Run-As user may not read the object'],
  MALFORMED_QUERY: ['misconfigured', 'Salesforce cannot read the statement'],
  QUERY_TOO_COMPLICATED: ['misconfigured', 'too many fields: request fewer formula fields'],
  LIMIT_EXCEEDED: ['misconfigured', 'the request has too many parts'],
  NOT_FOUND: ['misconfigured', 'the org does not know this apiVersion'],
  UNSUPPORTED_API_VERSION: ['misconfigured', 'the org does not know this apiVersion'],
  SERVER_UNAVAILABLE: ['unavailable', 'Salesforce is overloaded or in maintenance'],
  QUERY_TIMEOUT: ['unavailable', 'the query took too long'],
  UNKNOWN_EXCEPTION: ['unavailable', 'Salesforce failed'],
};

/** For a response without a known code. */
const STATUS_ADVICE: Readonly<Record<number, string>> = {
  401: 'the access token is not accepted',
  403: 'access is refused: check the permissions, IP ranges and any proxy',
  404: 'there is no such address: check loginUrl and apiVersion',
  408: 'the request did not arrive in time',
  410: 'this apiVersion is retired',
  414: 'the request is too long: request fewer fields',
  420: 'the org is not there: a scratch org that has expired',
  429: 'too many requests',
  431: 'the request is too long: request fewer fields',
};

/** For any other status. */
const KIND_ADVICE: Partial<Readonly<Record<ConnectorErrorKind, string>>> = {
  unavailable: 'Salesforce is overloaded or in maintenance',
  misconfigured: 'the request is refused for a reason that is not known here',
  bad_response: 'the response is not valid here',
};

/** What a sign-in of each flow is made of: the settings below `auth`. */
const CREDENTIALS: Readonly<Record<Auth['flow'], readonly [client: string, all: string]>> = {
  clientCredentials: ['clientId or clientSecret', 'clientId or clientSecret'],
  jwtBearer: ['clientId', 'clientId, username or privateKey'],
  refreshToken: ['clientId or clientSecret', 'clientId, clientSecret or refreshToken'],
};

const WRONG_CLIENT = Symbol('by the flow');

/**
 * Refusals of the token endpoint, by their code and description: `invalid_grant` alone has a dozen causes. The
 * first that fits counts; its kind is `auth` when left out.
 */
const REFUSALS: readonly (readonly [
  RegExp,
  advice: string | typeof WRONG_CLIENT,
  kind?: ConnectorErrorKind,
])[] = [
  [
    /OAUTH_EC_APP_NOT_FOUND|app_not_found|must be installed/i,
    'the app is not in this org: install its package here, or make the app in this org; check loginUrl',
  ],
  [
    /OAUTH_APP_BLOCKED|app is blocked/i,
    'an administrator has blocked the app: unblock it in Setup > Connected Apps OAuth Usage',
  ],
  [
    /OAUTH_APP_ACCESS_DENIED|invalid_app_access|not admin approved/i,
    "the app admits only users that an administrator has approved (Policies > Permitted Users): add a permission set of the user to the app's",
  ],
  [
    /ip restricted or invalid login hours/i,
    "the address of this machine is not allowed, or not at this hour: see the profile's Login IP Ranges and Login Hours, and IP Relaxation in the app's policies",
  ],
  [
    /ip restricted/i,
    "the address of this machine is not allowed: add it to the profile's Login IP Ranges, or relax IP restrictions in the app's policies",
  ],
  [
    /login hours/i,
    "the user may not sign in at this hour: remove the Login Hours of the user's profile",
  ],
  [
    /invalid assertion/i,
    'the assertion is not accepted: privateKey must belong to the certificate of the app, clientId and username to this org, and the clock of this machine must be right',
  ],
  [
    /token validity expired/i,
    'the refresh token is older than the app allows (Refresh Token Policy): authorize again',
  ],
  [
    /login[ _]rate\b.*exceeded|login_rate_exceeded|rate_limit_exceeded/i,
    'more than 3,600 sign-ins of the user within an hour',
    'rate_limited',
  ],
  [/unknown_error|retry your request/i, 'Salesforce asks to try again', 'unavailable'],
  [/no client credentials user/i, 'the app has no Run-As user: set one in its policies'],
  [/not supported on this domain/i, 'loginUrl must be the My Domain address'],
  [/expired access\/refresh token/i, 'the refresh token is spent or revoked: authorize again'],
  [
    /audience/i,
    'the audience is wrong: login.salesforce.com, or test.salesforce.com for a sandbox or scratch org',
  ],
  [
    /approved this (?:consumer|app)/i,
    'the user is not approved for the app: pre-authorize a permission set',
  ],
  [/^invalid_client(?:_credentials)?:/i, WRONG_CLIENT],
  [/^invalid_client_id:/i, 'the client id is unknown to this org'],
  [/^inactive_user:/i, 'the user is frozen or inactive'],
  [/^inactive_org:/i, 'the org is locked or closed'],
  [/^invalid_scope:/i, 'the app lacks the scope "Manage user data via APIs (api)"'],
  [/^unsupported_grant_type:/i, 'the app does not allow this flow: enable it in its settings'],
  [/^server_error:/i, 'Salesforce failed', 'unavailable'],
  [/^temporarily_unavailable:/i, 'Salesforce is overloaded or in maintenance', 'unavailable'],
  [/(?:)/, 'check the client, the user and the flow in docs/salesforce.md'],
];

/** `invalid_grant` and the like, or `OAUTH_APP_BLOCKED`. Anything else is a page, or not from Salesforce at all. */
const TOKEN_CODE = /^(?!undefined$|ERROR_HTTP_)(?=.{1,60}$)(?:[a-z]+|[A-Za-z]+(?:_[A-Za-z0-9]+)+)$/;

/** The limit of sign-ins is per hour; an earlier try only prolongs it. */
const LOGIN_LIMIT_BACKOFF_MS = 60_000;

/** @param thrown what jsforce threw for a REST request. */
export function apiError(
  thrown: unknown,
  response: ResponseInfo | undefined,
): ConnectorError | SessionExpired {
  if (thrown instanceof ConnectorError) return thrown;
  const { errorCode, data } = Object(thrown) as Record<string, unknown>;
  const { code } = firstError(errorCode === 'MULTIPLE_API_ERRORS' ? data : thrown);
  return SESSION_CODES.has(code) ? new SessionExpired() : errorFor('Salesforce', code, response);
}

/**
 * The same for one subrequest.
 * @param what for the message, such as `leads`.
 * @param message Salesforce's, of which only names of fields and types are passed on.
 */
export function subrequestError(
  what: string,
  code: string,
  status: number,
  message = '',
): ConnectorError {
  const error = errorFor(`Salesforce, ${what}`, code, { status, retryAfterMs: undefined });
  const advice = code === 'INVALID_FIELD' ? fieldAdvice(message) : undefined;
  if (advice === undefined) return error;
  return new ConnectorError(error.kind, `Salesforce, ${what} (${code}): ${advice}`);
}

function fieldAdvice(message: string): string | undefined {
  const [, column, entity] = /No such column '([\w.]+)' on entity '(\w+)'/i.exec(message) ?? [];
  if (column !== undefined && entity !== undefined) {
    return `a field the statement needs is not there, or hidden from the Run-As user: ${entity}.${column}`;
  }
  const [, relationship] = /relationship '(\w+)' in field path/i.exec(message) ?? [];
  if (relationship !== undefined) {
    return `a relationship the statement needs is not there, or hidden from the Run-As user: ${relationship}`;
  }
  const [, compared, type] = /field '([\w.]+)' must be of type (\w+)/i.exec(message) ?? [];
  if (compared !== undefined && type !== undefined) {
    return `${compared} is of type ${type}, and is compared with a value of another: see where and emailFields (texts stand in single quotes; numbers, dates, true and false do not)`;
  }
  const [, unsearchable] = /field '([\w.]+)' can ?not be filtered/i.exec(message) ?? [];
  return unsearchable && `${unsearchable} cannot stand in a condition: see where and emailFields`;
}

/** @param thrown what jsforce threw for a token request. */
export function tokenError(
  thrown: unknown,
  response: ResponseInfo | undefined,
  flow: Auth['flow'],
): ConnectorError {
  const [client, all] = CREDENTIALS[flow];
  if (thrown instanceof ConnectorError) return thrown;
  const { name, message } = thrown instanceof Error ? thrown : new Error();
  if (!TOKEN_CODE.test(name) || (response !== undefined && response.status >= 500)) {
    // There is no access token yet, and no apiVersion in the address.
    if (response?.status === 401)
      return new ConnectorError('auth', `Salesforce, sign-in (HTTP 401): ${all} is not accepted`);
    if (response?.status === 404) {
      const advice = 'there is no such address: check loginUrl';
      return new ConnectorError('misconfigured', `Salesforce, sign-in (HTTP 404): ${advice}`);
    }
    return errorFor('Salesforce, sign-in', '', response);
  }
  const refusal = REFUSALS.find(([pattern]) => pattern.test(`${name}: ${message}`));
  const [, found = '', kind = 'auth'] = refusal ?? [];
  const advice = found === WRONG_CLIENT ? `${client} is wrong` : found;
  return new ConnectorError(kind, `Salesforce refused the sign-in (${name}): ${advice}`, {
    retryAfterMs: kind === 'rate_limited' ? LOGIN_LIMIT_BACKOFF_MS : undefined,
  });
}

/** @param thrown what jsforce threw for a token request. @returns whether Salesforce wants it once more. */
export function asksForRetry(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    /^unknown_error:|retry your request/i.test(`${thrown.name}: ${thrown.message}`)
  );
}

/** The first error of a REST response or subrequest, or of what jsforce threw. */
export function firstError(body: unknown): { readonly code: string; readonly message: string } {
  const [first] = Array.isArray(body) ? (body as readonly unknown[]) : [body];
  const { errorCode, message } = Object(first) as Record<string, unknown>;
  return {
    code: typeof errorCode === 'string' ? errorCode : '',
    message: typeof message === 'string' ? message : '',
  };
}

function errorFor(
  subject: string,
  code: string,
  { status, retryAfterMs }: ResponseInfo = { status: 0, retryAfterMs: undefined },
): ConnectorError {
  const known = API_CODES[code];
  const kind = known?.[0] ?? kindForStatus(status);
  const advice = known?.[1] ?? STATUS_ADVICE[status] ?? KIND_ADVICE[kind];
  const label = known === undefined ? `HTTP ${status}` : code;
  return new ConnectorError(kind, `${subject} (${label}): ${advice}`, { retryAfterMs });
}
