/** What a failed HTTP request means for the bridge. */
import type { CrmRequest } from './contract.ts';
import { ConnectorError } from './errors.ts';

/**
 * The cause of an error when an idle connection was reset before a response began. The CRM has most likely not
 * seen the request, but it may have: repeat only reads.
 */
export class StaleSocketError extends Error {
  override readonly name = 'StaleSocketError';
}

/** A request that failed. */
export interface FailedRequest {
  readonly url: string;
  readonly signal: AbortSignal;
  /** Its connection had been idle, and no response has begun. */
  readonly reused: boolean;
  /** The size limit of a response. */
  readonly maxBytes: number;
}

/** The message has no text of the CRM. */
export function toConnectorError(
  error: unknown,
  { url, signal, reused, maxBytes }: FailedRequest,
): ConnectorError {
  const code = codeOf(error);
  const host = hostOf(url);
  if (signal.aborted || TIMEOUT_CODES.has(code)) {
    return new ConnectorError('timeout', `no complete response from ${host} in time`, {
      cause: error,
    });
  }
  if (INVALID_REQUEST_CODES.has(code)) {
    const message = `a request to ${host} has a header or an address that cannot be sent: check the token and the addresses in the settings`;
    return new ConnectorError('misconfigured', message);
  }
  if (error instanceof RangeError) {
    const message = `${host} sent a response of more than ${maxBytes / 2 ** 20} MiB`;
    return new ConnectorError('bad_response', message);
  }
  if (code.startsWith('Z_')) {
    const message = `${host} sent a response that is not valid gzip`;
    return new ConnectorError('bad_response', message, { cause: error });
  }
  const isDead = reused && RESET_CODES.has(code);
  return new ConnectorError('unavailable', `${host} cannot be reached, or cut the response off`, {
    cause: isDead ? new StaleSocketError('an idle connection was dead', { cause: error }) : error,
  });
}

/** @param signal of the request. @returns the status of a request without a complete response, for metrics. */
export function failureStatus(failure: ConnectorError, signal: AbortSignal): CrmRequest['status'] {
  if (signal.aborted) return isTimeout(signal.reason) ? 'timeout' : 'aborted';
  return failure.kind === 'timeout' ? 'timeout' : 'error';
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
/** The first is undici's, mostly for headers, such as a token with a typographic dash. */
const INVALID_REQUEST_CODES: ReadonlySet<string> = new Set([
  'UND_ERR_INVALID_ARG',
  'ERR_INVALID_URL',
]);
const RESET_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** The `code` of an error of Node or undici. */
function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** For messages. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the CRM';
}
