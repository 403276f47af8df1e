/** Reads a response of HubSpot: its JSON, or what an error means for the bridge. */
import {
  ConnectorError,
  kindForStatus,
  retryAfterMs,
  type ConnectorErrorKind,
  type HttpResponse,
} from '../../src/connector/index.ts';

/** A response as it came from the network, with the names of its headers in lower case. */
export type RawResponse = Pick<HttpResponse, 'status' | 'headers' | 'text' | 'isJson'>;

/** A response that is an error, or that cannot be read. */
export class HubSpotError extends ConnectorError {
  readonly response: ErrorDetails;

  constructor(kind: ConnectorErrorKind, message: string, response: ErrorDetails) {
    super(kind, message, response);
    this.response = response;
  }
}

export interface ErrorDetails {
  readonly status: number;
  /** HubSpot's code, such as `BAD_CLIENT_ID`, when the response has one. */
  readonly code?: string | undefined;
  /** Any one of these scopes would have been enough (403 `MISSING_SCOPES`). */
  readonly scopes?: readonly string[] | undefined;
  readonly retryAfterMs?: number | undefined;
  /** HubSpot named `retryAfterMs`; else it is a guess. */
  readonly isTimeNamed?: boolean;
  /** The same request may be sent once more at once. */
  readonly retryable?: boolean;
}

/**
 * Whether other requests may succeed: it is about no limit and no refused token, and there is time left.
 * @param signal of the request that failed.
 */
export function isRequestSpecific(error: unknown, signal: AbortSignal): error is ConnectorError {
  return (
    !signal.aborted &&
    error instanceof ConnectorError &&
    ['timeout', 'unavailable', 'bad_response', 'misconfigured'].includes(error.kind)
  );
}

/** What classifies an error response beside the response itself. */
export interface ErrorContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The next midnight in the account's time zone, when the zone is known; milliseconds since 1970. */
  readonly midnight: number | undefined;
  /** After a 401 another token may be issued. */
  readonly canRenewToken: boolean;
}

/** A locked record is free again after two seconds. */
const LOCKED_MS = 2_000;

/** By status, for the errors whose kind follows from it. Everything else is "HubSpot returned STATUS". */
const reasons: Readonly<Record<number, string>> = {
  401: 'the token is not accepted (401); create a new one in HubSpot',
  404: 'no such address (404); check baseUrl and apiVersion',
  408: 'the request did not arrive in time (408)',
  414: 'the address is too long (414); ask for fewer fields',
};

/**
 * @returns the JSON of a response with a status from 200 to 299; 207 is a success with some absent.
 * @throws {HubSpotError} for every other status, and `bad_response` for HTML, a missing content type, an
 *   empty body or broken JSON. HubSpot's client would return `{}` for HTML and lose the status for the rest.
 */
export function parseJsonResponse(
  operation: string,
  response: RawResponse,
  context: ErrorContext,
): unknown {
  const { status, headers, text, isJson } = response;
  if (status < 200 || status > 299) throw errorFor(operation, response, context);
  const invalid = (what: string): HubSpotError =>
    new HubSpotError('bad_response', `HubSpot, ${operation}: ${what} (${status})`, { status });
  if (text.trim() === '') throw invalid('an empty response');
  if (headers['content-type'] === undefined) throw invalid('a response without a content type');
  if (!isJson) throw invalid('a response that is not JSON');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message would quote the response.
    throw invalid('broken JSON');
  }
}

/**
 * @param response with a status outside 200 to 299.
 * @returns the error to throw. Its message quotes nothing of the response, except codes such as `DAILY`.
 * Sources: docs/developer-tooling/platform/usage-guidelines and the error pages of HubSpot's documents.
 */
function errorFor(operation: string, response: RawResponse, context: ErrorContext): HubSpotError {
  const { status } = response;
  const body = response.isJson ? parseBody(response.text) : {};
  const found = codeOf(body);
  const code = found ?? 'without a code';
  const askedMs = retryAfterMs(response.headers['retry-after'], context.now);
  const scopes = status === 403 && code === 'MISSING_SCOPES' ? scopesOf(body) : undefined;
  const fail = (kind: ConnectorErrorKind, reason: string, defaultMs?: number): HubSpotError =>
    new HubSpotError(kind, `HubSpot, ${operation}: ${reason}`, {
      status,
      code: found,
      retryAfterMs: askedMs ?? defaultMs,
      scopes,
      isTimeNamed: askedMs !== undefined,
      retryable: status === 401 && context.canRenewToken,
    });

  switch (status) {
    case 400:
      return fail('misconfigured', `the request is not accepted (400 ${code})`);
    case 403:
      if (scopes !== undefined)
        return fail(
          'misconfigured',
          `the token lacks a scope: one of ${scopes.join(', ') || 'those it needs'}`,
        );
      // Every call of a banned account fails; otherwise only this request does.
      if (code === 'BANNED') return fail('auth', 'the account is banned (403 BANNED)');
      return fail('misconfigured', `access is refused (403 ${code})`);
    case 423:
      return fail('unavailable', 'the records are locked (423)', LOCKED_MS);
    case 429: {
      // `Retry-After` is not documented here, so the length of the window is used.
      const policy = policyOf(body);
      if (policy === 'DAILY') {
        const untilMidnightMs = context.midnight && context.midnight - context.now;
        return fail('quota', 'the calls of the day are used up (429 DAILY)', untilMidnightMs);
      }
      return policy === 'SECONDLY'
        ? fail('rate_limited', 'too many calls in one second (429)', 1_000)
        : fail('rate_limited', 'too many calls in ten seconds (429)', 10_000);
    }
    case 477:
      return fail('rate_limited', 'the account is moving to another data centre (477)');
    default: {
      const reason = status < 400 ? `a redirect (${status}); check baseUrl` : reasons[status];
      return fail(kindForStatus(status), reason ?? `HubSpot returned ${status}`);
    }
  }
}

/** `policyName`, or what the message says where some responses lack it. */
function policyOf(body: Record<string, unknown>): 'DAILY' | 'SECONDLY' | 'TEN_SECONDLY' {
  const texts = [body['policyName'], body['message']].filter((part) => typeof part === 'string');
  if (texts.some((text) => /\bdaily/i.test(text))) return 'DAILY';
  return texts.some((text) => /(?<!ten_)\bsecondly/i.test(text)) ? 'SECONDLY' : 'TEN_SECONDLY';
}

/** The fields of the body; all are optional, and the body may be HTML or empty. */
function parseBody(text: string): Record<string, unknown> {
  try {
    return toObject(JSON.parse(text));
  } catch {
    return {};
  }
}

/** HubSpot's code for the error, if it looks like one: a message could hold personal data. */
function codeOf(body: Record<string, unknown>): string | undefined {
  for (const code of [body['category'], body['errorType'], body['status'], body['error']])
    if (typeof code === 'string' && /^([A-Z][A-Z_]{1,60}|[a-z]{1,30}_[a-z_]{1,30})$/.test(code))
      return code;
  return undefined;
}

/** Any one of the scopes is enough; HubSpot lists them as `requiredGranularScopes` or `requiredScopes`. */
function scopesOf(body: Record<string, unknown>): readonly string[] {
  const errors: unknown[] = Array.isArray(body['errors']) ? body['errors'] : [];
  return errors.flatMap((error) => {
    const context = toObject(toObject(error)['context']);
    return [context['requiredGranularScopes'], context['requiredScopes']]
      .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
      .filter((name): name is string => typeof name === 'string' && /^[a-z][\w.-]*$/.test(name));
  });
}

function toObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
