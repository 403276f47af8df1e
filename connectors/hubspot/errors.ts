/** What HubSpot's refusals and broken answers mean for the bridge. */
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/index.ts';

/** An answer as it came from the network. */
export interface RawResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A failed request to HubSpot. */
export class HubSpotError extends ConnectorError {
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** Any one of these scopes would have been enough (403 `MISSING_SCOPES`). */
  readonly scopes: readonly string[] | undefined;
  /** The same request may be sent once more at once: nothing is known against it. */
  readonly retryable: boolean;

  constructor(
    kind: ConnectorErrorKind,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly retryAfterMs?: number | undefined;
      readonly status?: number;
      readonly scopes?: readonly string[] | undefined;
      readonly retryable?: boolean;
    } = {},
  ) {
    super(kind, message, {
      cause: options.cause,
      ...(options.retryAfterMs === undefined ? {} : { retryAfterMs: options.retryAfterMs }),
    });
    this.status = options.status;
    this.scopes = options.scopes;
    this.retryable = options.retryable ?? false;
  }
}

/** What is needed to classify a refusal beyond the answer itself. */
export interface ErrorContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds to midnight in the account's time zone, when the zone is known. */
  readonly untilMidnightMs: number | undefined;
  /** A 401 may be cured by another token. */
  readonly retryable: boolean;
}

/** A locked record is free again after two seconds. */
const LOCKED_MS = 2_000;
const SECONDLY_MS = 1_000;
/** The rolling window of the burst limit. */
const BURST_MS = 10_000;
/** HubSpot's own upper bound for moving an account to another data centre. */
const LONGEST_MS = 24 * 60 * 60_000;

/**
 * @param answer with a status outside 200 to 299.
 * @returns the error to throw. Its message has no word of the answer, except codes such as `DAILY`.
 * Sources: docs/developer-tooling/platform/usage-guidelines and the error pages of HubSpot's documents.
 */
export function errorFor(
  operation: string,
  answer: RawResponse,
  given: ErrorContext,
): HubSpotError {
  const { status } = answer;
  const body = fieldsOf(answer.text);
  const retryAfterMs = retryAfter(answer.headers['retry-after'], given.now);
  const refused: Refuse = (kind, why, after = retryAfterMs) =>
    new HubSpotError(kind, `HubSpot, ${operation}: ${why}`, {
      status,
      retryAfterMs: after,
      scopes: status === 403 ? scopesOf(body) : undefined,
      retryable: status === 401 && given.retryable,
    });

  switch (status) {
    case 400:
      return refused('misconfigured', `the request is not accepted (400 ${codeOf(body)})`);
    case 401:
      return refused('auth', 'the token is not accepted (401); make a new one in HubSpot');
    case 403:
      return forbidden(body, refused);
    case 404:
      return refused('misconfigured', 'no such address (404); check baseUrl and apiVersion');
    case 408:
      return refused('timeout', 'the request did not arrive in time (408)');
    case 414:
      return refused('misconfigured', 'the address is too long (414); ask for fewer fields');
    case 423:
      return refused('unavailable', 'the records are locked (423)', retryAfterMs ?? LOCKED_MS);
    case 429:
      return tooMany(body, retryAfterMs, given, refused);
    case 477:
      return refused('rate_limited', 'the account is moving to another data centre (477)');
    default:
      if (status >= 500) return refused('unavailable', `HubSpot is not well (${status})`);
      // HubSpot is well enough to refuse the request: no reason to leave it alone.
      if (status >= 400) return refused('misconfigured', `the request is refused (${status})`);
      return refused('bad_response', `an answer that makes no sense (${status})`);
  }
}

type Refuse = (kind: ConnectorErrorKind, why: string, after?: number) => HubSpotError;

/** 403. Of an account that is banned HubSpot wants no calls at all; else only this request is refused. */
function forbidden(body: Record<string, unknown>, refused: Refuse): HubSpotError {
  const code = codeOf(body);
  switch (code) {
    case 'MISSING_SCOPES':
      return refused('misconfigured', `the token lacks a scope: one of ${scopeNames(body)}`);
    case 'BANNED':
      return refused('auth', 'the account is banned (403 BANNED)');
    default:
      return refused('misconfigured', `access is refused (403 ${code})`);
  }
}

/** 429 by its policy. `Retry-After` is not documented here, so the windows' own lengths stand in. */
function tooMany(
  body: Record<string, unknown>,
  retryAfterMs: number | undefined,
  given: ErrorContext,
  refused: Refuse,
): HubSpotError {
  switch (policyOf(body)) {
    case 'DAILY':
      return refused(
        'quota',
        'the calls of the day are spent (429 DAILY)',
        retryAfterMs ?? given.untilMidnightMs,
      );
    case 'SECONDLY':
      return refused(
        'rate_limited',
        'too many calls in one second (429)',
        retryAfterMs ?? SECONDLY_MS,
      );
    case 'TEN_SECONDLY':
      return refused(
        'rate_limited',
        'too many calls in ten seconds (429)',
        retryAfterMs ?? BURST_MS,
      );
  }
}

/** `policyName`, or what the text says where some answers lack it. */
function policyOf(body: Record<string, unknown>): 'DAILY' | 'SECONDLY' | 'TEN_SECONDLY' {
  const policy = body['policyName'];
  const text = `${typeof policy === 'string' ? policy : ''} ${typeof body['message'] === 'string' ? body['message'] : ''}`;
  if (/\bdaily/i.test(text)) return 'DAILY';
  return /(?<!ten_)\bsecondly/i.test(text) ? 'SECONDLY' : 'TEN_SECONDLY';
}

/** @returns milliseconds from a number of seconds or an HTTP date, at most a day. */
function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
}

/** The body's own fields; all of them are optional, and the body may be HTML or empty. */
function fieldsOf(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** HubSpot's code for the refusal, if it looks like one: a message could hold personal data. */
function codeOf(body: Record<string, unknown>): string {
  for (const code of [body['category'], body['errorType'], body['status']])
    if (typeof code === 'string' && /^[A-Z][A-Z_]{1,60}$/.test(code)) return code;
  return 'without a code';
}

/** The scopes of which any one would do; HubSpot names them under `requiredGranularScopes`, or `requiredScopes`. */
function scopesOf(body: Record<string, unknown>): readonly string[] | undefined {
  if (codeOf(body) !== 'MISSING_SCOPES') return undefined;
  const errors: unknown[] = Array.isArray(body['errors']) ? body['errors'] : [];
  return errors.flatMap((error) => {
    const context = objectOf(objectOf(error)['context']);
    const lists = [context['requiredGranularScopes'], context['requiredScopes']];
    return lists
      .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
      .filter((name): name is string => typeof name === 'string' && /^[a-z][\w.-]*$/.test(name));
  });
}

function scopeNames(body: Record<string, unknown>): string {
  return scopesOf(body)?.join(', ') || 'those it needs';
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
