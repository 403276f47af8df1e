/**
 * HTTP to a CRM: few connections, kept alive for longer than the gaps of sparse traffic; requests that end with
 * their signal; responses of a bounded size; errors with a kind; every request recorded. No redirect is
 * followed. HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment apply.
 */
import type { Dispatcher, Pool as PoolType } from 'undici';
import type { ConnectorContext, CrmRequest } from './contract.ts';
import { ConnectorError } from './errors.ts';
import type { MonotonicClock } from '../model/clock.ts';
import { quoteLargeIntegers } from './exact-integers.ts';
import { StaleSocketError, hostOf, toRequestError, failureStatus } from './http-failure.ts';
import { connectToProxy, proxyOptions, proxyVariable } from './proxy.ts';
import { BodyReader, MAX_BODY_BYTES } from './response-body.ts';

export interface HttpRequest {
  /** From a closed set, for metrics: `token`, `people`, … */
  readonly operation: string;
  readonly url: string;
  /** `GET` when left out. */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /**
   * It only reads, so it is sent once more when its idle connection turns out to be dead. When left out:
   * whether it is a GET.
   */
  readonly idempotent?: boolean;
}

/** A complete response of any status. */
export interface HttpResponse {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Whether its content type says JSON. Nothing else may go to a parser: only of JSON the cost is bounded. */
  readonly isJson: boolean;
  /**
   * @param options.exactIntegers whether integers beyond 2^53 become texts: as numbers they would be others.
   * @throws {ConnectorError} `bad_response` when it does not say JSON or is not; the message does not quote it.
   */
  json(options?: { readonly exactIntegers?: boolean }): unknown;
}

export interface HttpPool {
  /**
   * @throws {ConnectorError} `timeout` when the signal aborts or no response comes; `unavailable` when the
   *   connection fails, by {@link StaleSocketError} when it was an idle one; `bad_response` for more than
   *   4 MiB, broken compression, or JSON that would hold up the process; `misconfigured` when it cannot be sent.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Ends all connections; requests in flight fail. */
  close(): Promise<void>;
}

/** Unless `limits.concurrency` is higher: one call may send several requests at once. */
const MAX_SOCKETS = 16;
const KEEP_ALIVE_MS = 90_000;
/** For a caller whose signal has no timeout. */
const CONNECT_TIMEOUT_MS = 10_000;
const RESPONSE_TIMEOUT_MS = 30_000;

/** Whether the connection of a request had been idle. */
interface SocketInfo {
  reused: boolean;
}

/** @param options.correlationHeader the response header with the CRM's id of the request, in lower case. */
export async function openHttpPool(
  context: Pick<ConnectorContext, 'limits' | 'recordRequest'> & { readonly clock: MonotonicClock },
  options: { readonly correlationHeader?: string } = {},
): Promise<HttpPool> {
  const { Client, EnvHttpProxyAgent, Pool, request: dispatch } = await import('undici');

  /** Records for each request whether its connection existed before, which undici does not report. */
  class ReuseTrackingClient extends Client {
    override dispatch(
      request: Dispatcher.DispatchOptions,
      handler: Dispatcher.DispatchHandler,
    ): boolean {
      const { opaque: socket } = request as { opaque?: SocketInfo };
      if (socket !== undefined) socket.reused = this.stats.connected;
      return super.dispatch(request, handler);
    }
  }

  const { env } = process;
  const proxies = proxyOptions(env);
  const isProxy = (origin: string | URL) => Object.values(proxies).includes(String(origin));
  const agent = new EnvHttpProxyAgent({
    ...proxies,
    // HTTP/2 is off: undici's has ended processes on a GOAWAY (jsforce issue 1824).
    allowH2: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: RESPONSE_TIMEOUT_MS,
    bodyTimeout: RESPONSE_TIMEOUT_MS,
    clientFactory: (origin, options) => new Pool(origin, throughProxy(origin, options)),
    factory: (origin, poolOptions: PoolType.Options) =>
      new Pool(origin, {
        ...(isProxy(origin) ? throughProxy(origin, poolOptions) : poolOptions),
        connections: Math.max(MAX_SOCKETS, context.limits.concurrency),
        keepAliveTimeout: KEEP_ALIVE_MS,
        factory: (o, clientOptions) => new ReuseTrackingClient(o, clientOptions),
      }),
  });

  const bodies = new BodyReader();

  async function exchange(request: HttpRequest, socket: SocketInfo): Promise<HttpResponse> {
    const { operation, url, method = 'GET', headers, body = null, signal } = request;
    const started = context.clock.monotonic();
    let status: CrmRequest['status'] = 'error';
    let correlationId: string | undefined;
    try {
      const response = await dispatch(url, {
        dispatcher: agent,
        method,
        headers: {
          'user-agent': 'crm-bridge',
          ...lowerCaseNames(headers),
          'accept-encoding': 'gzip',
        },
        body,
        signal,
        opaque: socket,
      });
      socket.reused = false; // a response has begun: the connection was alive
      const responseHeaders = joinValues(response.headers);
      correlationId = responseHeaders[options.correlationHeader ?? ''];
      const isJson = JSON_TYPE.test(responseHeaders['content-type'] ?? '');
      const text = await bodies.readText(response, { url, isJson, signal });
      status = response.statusCode;
      const json: HttpResponse['json'] = ({ exactIntegers = false } = {}) => {
        if (!isJson) throw notJson(url, responseHeaders['content-type']);
        return parse(exactIntegers ? quoteLargeIntegers(text) : text, url);
      };
      return { status, headers: responseHeaders, text, isJson, json };
    } catch (error) {
      const { reused } = socket;
      const proxy = proxyVariable(url, env);
      const failed = { url, signal, reused, maxBytes: MAX_BODY_BYTES, proxy };
      const failure = error instanceof ConnectorError ? error : toRequestError(error, failed);
      status = failureStatus(failure, signal);
      throw failure;
    } finally {
      context.recordRequest({
        operation,
        status,
        ms: context.clock.monotonic() - started,
        ...(correlationId === undefined ? {} : { correlationId }),
      });
    }
  }

  return {
    async send(request) {
      const { method = 'GET', idempotent = method === 'GET', signal } = request;
      try {
        return await exchange(request, { reused: false });
      } catch (error) {
        const isDead = error instanceof ConnectorError && error.cause instanceof StaleSocketError;
        if (!isDead || !idempotent || signal.aborted) throw error;
        return await exchange(request, { reused: false });
      }
    },
    close: () => agent.destroy(),
  };
}

/** @param options with the function that connects to the proxy. */
function throughProxy(proxy: string | URL, options: PoolType.Options): PoolType.Options {
  const { connect } = options;
  if (typeof connect !== 'function') return options;
  return { ...options, connect: connectToProxy(new URL(proxy), connect) };
}

/** Of the header `content-type`; also types such as `application/problem+json`. */
const JSON_TYPE = /^(?:application|text)\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i;

/** The type alone: a server may send whatever it likes besides. */
function notJson(url: string, contentType = ''): ConnectorError {
  const [type] = /^[\w.+-]{1,40}\/[\w.+-]{1,60}/.exec(contentType) ?? [];
  const said = type === undefined ? ', as it has no content type' : ` but ${type.toLowerCase()}`;
  const message = `${hostOf(url)} sent a response that is not JSON${said}`;
  return new ConnectorError('bad_response', message);
}

function parse(text: string, url: string): unknown {
  try {
    // Some servers begin with a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The parser's message quotes the text.
    throw new ConnectorError('bad_response', `${hostOf(url)} sent a response that is not JSON`);
  }
}

function lowerCaseNames(headers: HttpRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function joinValues(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
