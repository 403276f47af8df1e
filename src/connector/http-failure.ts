/** What the failure of a request means for the bridge. */
import type { CrmRequest } from './contract.ts';
import { ConnectorError } from './errors.ts';

/**
 * The cause of an error when an idle connection was reset before an answer began. The CRM has most likely
 * not seen the request, but it may have: repeat only what reads.
 */
export class StaleSocketError extends Error {
  override readonly name = 'StaleSocketError';
}

/** About a request that failed. */
export interface FailedRequest {
  readonly url: string;
  readonly signal: AbortSignal;
  /** Its connection had been idle, and no answer has begun. */
  readonly reused: boolean;
  /** How large an answer may be. */
  readonly maxBytes: number;
}

/** No word of the CRM gets into a message. */
export function toConnectorError(
  error: unknown,
  { url, signal, reused, maxBytes: mostBytes }: FailedRequest,
): ConnectorError {
  const code = codeOf(error);
  const host = hostOf(url);
  if (signal.aborted || TIMEOUT_CODES.has(code)) {
    return new ConnectorError('timeout', `${host} gave no complete answer in time`, {
      cause: error,
    });
  }
  if (INVALID_REQUEST_CODES.has(code)) {
    const message = `a request to ${host} has a header or an address that cannot be sent: look at the token and the addresses in the settings`;
    return new ConnectorError('misconfigured', message);
  }
  if (error instanceof RangeError) {
    const message = `${host} sent an answer of more than ${mostBytes / 2 ** 20} MiB`;
    return new ConnectorError('bad_response', message);
  }
  if (code.startsWith('Z_')) {
    const message = `${host} sent an answer that is no valid gzip`;
    return new ConnectorError('bad_response', message, { cause: error });
  }
  const isDead = reused && RESET_CODES.has(code);
  return new ConnectorError('unavailable', `${host} can't be reached, or cut the answer off`, {
    cause: isDead ? new StaleSocketError('an idle connection was dead', { cause: error }) : error,
  });
}

/** What metrics call a request that got no whole answer. @param signal the request's. */
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
/** The first is undici's, for headers above all: of a token with a typographic dash, for one. */
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
