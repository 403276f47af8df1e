/** A listening HTTP server with limits for slow clients and invalid requests, and a shutdown that drains it. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Express, Request, Response } from 'express';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
} from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { http } from './node-http.ts';
import { limitPipelining } from './pipelining.ts';
import { finalHandler, onClientError, onConnect } from './raw-response.ts';

export interface RunningServer {
  readonly server: Server;
  /** Where it listens, with the port the system chose for port 0. */
  readonly url: string;
  readonly port: number;
  /** @returns once no new connection has come for IDLE_WINDOW_MS, or after MAX_IDLE_WAIT_MS. */
  untilIdle(): Promise<void>;
  /** Stops listening at once; ends every connection, those with a request after their answer. */
  close(): Promise<void>;
}

/** How slow a client may be before its connection is ended, and how much it may ask at once. */
export interface ClientLimits {
  /** From the beginning of a request, or of a connection, to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** The same to the end of its body. */
  readonly requestTimeoutMs: number;
  /** From the end of an answer to the moment when all of it is on its way. */
  readonly readTimeoutMs: number;
  /** Between two requests; above the 60 s of common load balancers. */
  readonly keepAliveTimeoutMs: number;
  /** How often the first two are checked: up to so much earlier they may be taken for exceeded. */
  readonly checkIntervalMs: number;
  /** Requests of one connection that are answered at once. */
  readonly maxConcurrent?: number;
}

const CLIENT_LIMITS: ClientLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  readTimeoutMs: 15_000,
  keepAliveTimeoutMs: 65_000,
  checkIntervalMs: 1000,
};
/** Its answers may be long and take long to make: of each connection one at a time. */
export const OPS_CLIENT_LIMITS: ClientLimits = { ...CLIENT_LIMITS, maxConcurrent: 1 };
/** How long accepted connections may still be served after the listening has ended. */
const CLOSE_GRACE_MS = 200;
const IDLE_WINDOW_MS = 50;
const MAX_IDLE_WAIT_MS = 300;

/** A port or host that cannot be listened on; the message says which setting to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface ListenOptions {
  /** For slow and greedy clients. */
  readonly limits?: ClientLimits;
  /** Is asked before the application. @returns whether it answers the request. */
  readonly first?: (request: Request, response: Response) => boolean;
}

/**
 * @param setting where host and port come from, such as `server`, for the error.
 * @throws {ListenError}
 */
export async function listen(
  app: Express,
  { host, port }: Where,
  setting: string,
  { limits = CLIENT_LIMITS, first = () => false }: ListenOptions = {},
): Promise<RunningServer> {
  const destroyIfUnread = destroySlowReader(limits.readTimeoutMs);
  const {
    onConnection,
    onRequest: answer,
    afterAnswers,
    onTimeout,
  } = limitPipelining((received, sent) => {
    const [request, response] = [received as Request, sent as Response];
    request.url = originForm(request.url);
    if (!first(request, response)) app(request, response, () => finalHandler(response));
  }, limits.maxConcurrent);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    // Bodies are not read: the connection ends with the answer, however long the body is.
    if (hasBody(request)) response.shouldKeepAlive = false;
    response.on('prefinish', destroyIfUnread);
    answer(request, response);
  };
  const server = http.createServer(
    {
      ...expressClasses(app),
      // Node notices at its next check.
      headersTimeout: limits.headersTimeoutMs - limits.checkIntervalMs,
      requestTimeout: limits.requestTimeoutMs - limits.checkIntervalMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      maxHeaderSize: 16_384,
      connectionsCheckingInterval: limits.checkIntervalMs,
      optimizeEmptyRequests: true, // hardly any request has a body: a tenth of the CPU time of a cached lookup
      requireHostHeader: false, // nothing here depends on it, and Node's refusal is empty
    },
    onRequest,
  );
  // A client that ends its side with its request still gets its answer. (Node's own switch for it, not in its types.)
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('checkExpectation', onRequest);
  let newest = 0;
  server.on('connection', (socket) => {
    newest = performance.now();
    onConnection(socket);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const refuse = () => afterAnswers(socket, () => onClientError(error, socket));
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') refuse();
    else onTimeout(socket, limits.headersTimeoutMs, refuse);
  });
  server.on('connect', (_, socket) => afterAnswers(socket, () => onConnect(socket)));
  await bind(server, { host, port }, setting);
  const address = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    server,
    port: address.port,
    url: `http://${shown}:${address.port}`,
    async untilIdle() {
      newest = performance.now();
      const end = newest + MAX_IDLE_WAIT_MS;
      while (performance.now() < Math.min(end, newest + IDLE_WINDOW_MS))
        await delay(IDLE_WINDOW_MS);
    },
    close: () =>
      new Promise((resolve) => {
        // Connections that were accepted but have not been read yet still get their answer.
        const forceCloseTimer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
        server.close(() => {
          clearTimeout(forceCloseTimer);
          resolve();
        });
      }),
  };
}

/** @returns why nothing can listen there, `undefined` when it can. */
export async function listenProblem(
  where: Where,
  setting: string,
): Promise<ListenError | undefined> {
  const server = createTcpServer();
  try {
    await bind(server, where, setting);
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  } catch (error) {
    if (error instanceof ListenError) return error;
    throw error;
  }
}

interface Where {
  readonly host: string;
  readonly port: number;
}

/** @throws {ListenError} */
function bind(server: TcpServer, { host, port }: Where, setting: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(listenErrorMessage(error, host, port, setting)));
    });
    server.listen(port, host, () => resolve());
  });
}

/**
 * Creates requests and responses with Express' prototypes, so that what is answered before Express has the address
 * of the client too (`trust proxy`), and Express need not change the prototype of each.
 */
function expressClasses(app: Express) {
  class ExpressRequest extends http.IncomingMessage {}
  class ExpressResponse extends http.ServerResponse {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype as Request;
  app.response = ExpressResponse.prototype as unknown as Response;
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

/**
 * A proxy may send a request's target with scheme and host, and some client a fragment. Node's old parser, which
 * Express uses for these, prints a host that is none to standard error, with path and query.
 * @returns the path and the query.
 */
function originForm(target: string): string {
  if (target.startsWith('/') && !target.includes('#')) return target;
  const [whole = ''] = target.split('#', 1);
  const local = whole.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?]*/i, '');
  return local === '' || local.startsWith('?') ? `/${local}` : local;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
}

/** @returns a listener for `prefinish` that ends the connection of a client that asks but does not read. */
function destroySlowReader(readTimeoutMs: number) {
  return function destroyIfUnread(this: ServerResponse): void {
    const { socket } = this.req;
    // Mostly all of it is on its way at once.
    if (socket.writableLength === 0) return;
    const timer = setTimeout(() => socket.destroy(), readTimeoutMs).unref();
    this.once('close', () => clearTimeout(timer));
  };
}

function listenErrorMessage(
  { code }: NodeJS.ErrnoException,
  host: string,
  port: number,
  setting: string,
): string {
  const where = `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return `${where} is already in use: end the other program or change ${setting}.port`;
  }
  if (code === 'EACCES')
    return `${where} needs more rights: change ${setting}.port to 1024 or above`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is not an address of this machine: change ${setting}.host`;
  }
  return `cannot listen on ${where} (${code ?? 'unknown reason'})`;
}
