/** What a request to the ops listener must fulfil on every route: its host, its origin, its key. */
import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { keysEqual, readKey } from '../../auth/key-store.ts';
import type { Bridge } from '../../bridge/bridge.ts';
import type { Configuration } from '../../config/configuration.ts';
import { limitFailedAuth, type FailedAuthLimiter } from '../authenticate.ts';
import { sendText } from '../respond.ts';

const KEY_NEEDED =
  'The ops key is needed, as Authorization: Bearer or as the password of HTTP Basic.';

export function guardOps(bridge: Bridge, wrongKeys: FailedAuthLimiter): RequestHandler {
  return async (request, response, next) => {
    const { ops, server } = bridge.current.configuration;
    // Node takes the first; a proxy may go by another.
    if ((request.headersDistinct['host'] ?? []).length > 1) {
      sendText(response, 400, 'More than one Host header was sent.');
      return;
    }
    if (!isOwnHost(request.headers.host, ops)) {
      sendText(response, 421, 'This host name is not known here: add it to ops.hosts.');
      return;
    }
    if (isCrossSite(request)) {
      sendText(response, 403, 'Requests from other sites are refused.');
      return;
    }
    const key = readKey({ authorization: request.headers.authorization });
    if (ops.key === undefined || (key !== undefined && keysEqual(ops.key, key))) {
      next();
      return;
    }
    const limiter = wrongKeys.limiter(server.wrongKeys);
    const retryAfterSeconds =
      key === undefined ? undefined : await limitFailedAuth(request, limiter);
    if (retryAfterSeconds !== undefined) {
      const headers = { 'Retry-After': String(retryAfterSeconds) };
      sendText(response, 429, 'Too many wrong keys from this address. Please wait.', headers);
      return;
    }
    sendText(response, 401, KEY_NEEDED, { 'WWW-Authenticate': 'Basic realm="crm-bridge"' });
  };
}

/** Against DNS rebinding: a page of another site reaches this address by a name of its site only. */
function isOwnHost(header: string | undefined, { host, hosts }: Configuration['ops']): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d*)?$/.exec(header ?? '') ?? [];
  const name = (bracketed ?? plain ?? '').toLowerCase();
  if (isIP(name) !== 0) return true;
  return ['localhost', host, ...hosts].some((known) => known.toLowerCase() === name);
}

/**
 * Whether a browser sends it on behalf of a page of another site. Over plain HTTP to other than loopback a browser sends
 * no `Sec-Fetch-Site`, and with a GET no `Origin` either (Fetch Metadata, section 2); most send a `Referer`.
 */
function isCrossSite({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { host } = headers;
  const origin = headers.origin ?? headers.referer;
  // This listener speaks HTTP: https:// at the same host is another site.
  const own = URL.parse(`http://${host ?? ''}`)?.origin;
  return origin !== undefined && (own === undefined || URL.parse(origin)?.origin !== own);
}
