/** What a failed HTTP request means for the bridge. */
import type { CrmRequest } from './contract.ts';
import { ConnectorError } from './errors.ts';
import { ProxyError } from './proxy.ts';

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
  /** The environment variable that names a proxy for it. */
  readonly proxy?: string | undefined;
}

/** The message has no text of the CRM. */
export function toRequestError(
  error: unknown,
  { url, signal, reused, maxBytes, proxy }: FailedRequest,
): ConnectorError {
  const code = codeOf(error);
  const host = hostOf(url);
  if (signal.aborted || TIMEOUT_CODES.has(code)) {
    return new ConnectorError('timeout', `no complete response from ${host} in time`, {
      cause: error,
    });
  }
  const ofProxy = proxy === undefined ? undefined : proxyFailure(error, proxy, host);
  if (ofProxy !== undefined) return ofProxy;
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
  const cause = networkCause(code);
  const message =
    cause === undefined
      ? `${host} cannot be reached, or cut the response off`
      : `${host} cannot be reached: ${cause} (${code})`;
  return new ConnectorError('unavailable', message, {
    cause: isDead ? new StaleSocketError('an idle connection was dead', { cause: error }) : error,
  });
}

const NOT_TRUSTED =
  'its certificate is not trusted here: when your own authority or a proxy has issued it, name the file with the ' +
  "authority's certificate in the environment variable NODE_EXTRA_CA_CERTS and start again";
const EXPIRED = "its certificate has expired: renew it, or correct this machine's clock";
const NOT_FOUND = 'the host is not found: check the name in the settings, and DNS';
const NO_ROUTE = 'no route leads there: check the network and the firewall';

/** By the codes of Node, OpenSSL and undici; what failed, and what to do. */
const CAUSES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  CERT_UNTRUSTED: NOT_TRUSTED,
  CERT_HAS_EXPIRED: EXPIRED,
  CERT_NOT_YET_VALID: "its certificate is not valid yet: correct this machine's clock",
  CERT_REVOKED: 'its certificate was revoked: it needs a new one',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is made for another name: check the host in the settings',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: check the port and whether it is http://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS: check the port and whether it is http://',
  ENOTFOUND: NOT_FOUND,
  EAI_AGAIN: 'the host is not found, because DNS does not answer: check the network and DNS',
  ECONNREFUSED:
    'the connection is refused, so nothing listens there: check host and port in the settings',
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ENETDOWN: NO_ROUTE,
  ETIMEDOUT: 'it does not answer: check host and port in the settings, and the firewall',
};

/**
 * @param code of an error of Node's `net`, `tls` or `dns`.
 * @returns what it means and what to do, to stand after `HOST cannot be reached:`; `undefined` for other codes.
 */
export function networkCause(code: string): string | undefined {
  return Object.hasOwn(CAUSES, code) ? CAUSES[code] : undefined;
}

/** undici reports a response of the proxy itself only in its messages. */
const PROXY_STATUS = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/;

/** @param variable that names the proxy; its value may hold a password. */
function proxyFailure(error: unknown, variable: string, host: string): ConnectorError | undefined {
  const fail = (words: string) =>
    new ConnectorError('unavailable', `${host} cannot be reached: ${words}`, { cause: error });
  const proxy = `the proxy that ${variable} names`;
  if (error instanceof ProxyError && error.code === 'unusable') {
    const message = `${host} cannot be reached: the environment variable ${variable} is not the address of a proxy; write it as http://HOST:PORT, with USER:PASSWORD and an @ before HOST if needed, special characters percent-encoded`;
    return new ConnectorError('misconfigured', message);
  }
  if (error instanceof ProxyError) {
    const code = codeOf(error.cause);
    const cause = networkCause(code);
    return fail(`${proxy} cannot be reached${cause === undefined ? '' : `: ${cause} (${code})`}`);
  }
  if (codeOf(error).startsWith('UND_ERR_PRX')) return fail(`${proxy} cut the connection off`);
  const [, tunnel, plain] = PROXY_STATUS.exec(error instanceof Error ? error.message : '') ?? [];
  const status = Number(tunnel ?? plain);
  if (Number.isNaN(status)) return undefined;
  if (status === 407) {
    return fail(
      `${proxy} wants a password, or another one (407): write USER:PASSWORD and an @ before its host, special characters percent-encoded`,
    );
  }
  return fail(
    status >= 500
      ? `${proxy} does not reach it either (${status})`
      : `${proxy} does not let it through (${status}): allow the host there, or except it in NO_PROXY`,
  );
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
