/**
 * HTTP to Salesforce: few connections, kept alive for longer than the gaps of sparse traffic, one size cap,
 * and one repetition of a read whose idle connection turned out to be dead.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher, Pool as PoolType } from 'undici';
import { ConnectorError, type Clock, type CrmRequest } from '../../src/connector.ts';
import type { HttpRequest, HttpResponse } from './jsforce.ts';

/** One call to Salesforce. */
export interface Call {
  /** From a closed set, for metrics: `token`, `composite`, … */
  readonly operation: string;
  readonly signal: AbortSignal;
  /** It only reads: it is sent again when the idle connection it was given turns out to be dead. */
  readonly repeatable: boolean;
}

export interface HttpPool {
  /** Follows no redirect. @throws what undici throws, or a {@link ConnectorError} about the body. */
  send(request: HttpRequest, call: Call): Promise<HttpResponse>;
  /** Ends all connections; calls under way fail. */
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly clock: Clock;
  readonly observe: (request: CrmRequest) => void;
}

/** More than the calls a connection makes at once (`limits.concurrency`), far below what an org takes. */
const MAX_SOCKETS = 16;
const IDLE = 90_000;
/** The caller's signal ends a call long before; these are for a caller without one. */
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 30_000;
/** What Salesforce's edge calls a request; its support finds it by that. */
const REQUEST_ID = 'x-sfdc-request-id';
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Whether a request was given a connection that had been idle. */
interface SocketUse {
  reused: boolean;
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read from the environment, in either case. */
export async function openPool({ clock, observe }: PoolOptions): Promise<HttpPool> {
  const { Client, EnvHttpProxyAgent, Pool, request: dispatch } = await import('undici');

  /** Notes on each request whether its connection was there before; undici does not tell otherwise. */
  class NotingClient extends Client {
    override dispatch(
      request: Dispatcher.DispatchOptions,
      handler: Dispatcher.DispatchHandler,
    ): boolean {
      const { opaque: use } = request as { opaque?: SocketUse };
      if (use !== undefined) use.reused = this.stats.connected;
      return super.dispatch(request, handler);
    }
  }

  const agent = new EnvHttpProxyAgent({
    // HTTP/2 is off: undici's has ended processes on a GOAWAY (jsforce issue 1824).
    allowH2: false,
    connectTimeout: CONNECT_TIMEOUT,
    headersTimeout: ANSWER_TIMEOUT,
    bodyTimeout: ANSWER_TIMEOUT,
    factory: (origin, options) =>
      new Pool(origin, {
        ...(options as PoolType.Options),
        connections: MAX_SOCKETS,
        keepAliveTimeout: IDLE,
        factory: (o, clientOptions) => new NotingClient(o, clientOptions),
      }),
  });

  async function exchange(request: HttpRequest, call: Call, use: SocketUse): Promise<HttpResponse> {
    const started = clock.now();
    let status: CrmRequest['status'] = 'error';
    let correlationId: string | undefined;
    try {
      const response = await dispatch(request.url, {
        dispatcher: agent,
        method: request.method,
        headers: { ...request.headers, 'accept-encoding': 'gzip', 'user-agent': 'crm-bridge' },
        body: typeof request.body === 'string' ? request.body : null,
        signal: call.signal,
        opaque: use,
      });
      use.reused = false; // an answer has begun: the connection was alive
      correlationId = flat(response.headers)[REQUEST_ID];
      const body = await readBody(response);
      status = response.statusCode;
      return { statusCode: status, headers: flat(response.headers), body };
    } catch (error) {
      if (call.signal.aborted) status = isTimeout(call.signal.reason) ? 'timeout' : 'aborted';
      throw error;
    } finally {
      observe({
        operation: call.operation,
        status,
        ms: Math.max(0, clock.now() - started),
        ...(correlationId === undefined ? {} : { correlationId }),
      });
    }
  }

  return {
    async send(request, call) {
      const use: SocketUse = { reused: false };
      try {
        return await exchange(request, call, use);
      } catch (error) {
        const again = use.reused && call.repeatable && !call.signal.aborted && isReset(error);
        if (!again) throw error;
        return await exchange(request, call, { reused: false });
      }
    },
    close: () => agent.destroy(),
  };
}

const unzip = promisify(gunzip);

async function readBody({ headers, body }: Dispatcher.ResponseData<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const raw = Buffer.concat(chunks);
  if (headers['content-encoding'] !== 'gzip') return raw.toString();
  try {
    return (await unzip(raw, { maxOutputLength: MAX_BODY_BYTES })).toString();
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new ConnectorError('bad_response', 'Salesforce sent an answer that is no valid gzip', {
      cause: error,
    });
  }
}

function tooLarge(): ConnectorError {
  const mebibytes = MAX_BODY_BYTES / 1024 / 1024;
  return new ConnectorError(
    'bad_response',
    `Salesforce sent an answer of more than ${mebibytes} MiB`,
  );
}

/** The `code` of an error of Node or undici. */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function isReset(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '');
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
