/** A listening HTTP server with limits for slow and odd clients, and an orderly end. */
import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Express, Request, Response } from 'express';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { bornExpress } from './born-express.ts';

export interface RunningServer {
  readonly server: Server;
  /** Where it listens, with the port the system chose for port 0. */
  readonly url: string;
  readonly port: number;
  /** @returns once no new connection has come for a moment, but soon in any case. */
  untilIdle(): Promise<void>;
  /** Stops listening at once; ends every connection, those with a request after their answer. */
  close(): Promise<void>;
}

/** How slow a client may be before its connection is ended. Milliseconds. */
export interface ClientLimits {
  /** From the beginning of a request, or of a connection, to the end of its headers. */
  readonly headers: number;
  /** The same to the end of its body. */
  readonly request: number;
  /** From the end of an answer to the moment when all of it is on its way. */
  readonly readTimeoutMs: number;
  /** Between two requests; above the 60 s of common load balancers. */
  readonly keepAlive: number;
  /** How often the first two are looked at. */
  readonly checkIntervalMs: number;
}

const CLIENT_LIMITS: ClientLimits = {
  headers: 10_000,
  request: 15_000,
  readTimeoutMs: 15_000,
  keepAlive: 65_000,
  checkIntervalMs: 5000,
};
/** How long whoever sent what is no HTTP has to read the sentence about it. Milliseconds. */
const REFUSAL_READING = 1000;
/** How long accepted connections may still be served after the listening has ended. Milliseconds. */
const CLOSING = 200;
/** Without a new connection for so long the listener is quiet; it is not waited for longer than that. */
const IDLE_WINDOW_MS = 50;
const MAX_IDLE_WAIT_MS = 300;

/** A port or host that cannot be listened on; the message says which setting to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * @param setting where host and port come from, such as `server`, for the error.
 * @param limits for slow clients.
 * @throws {ListenError}
 */
export async function listen(
  app: Express,
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
  limits: ClientLimits = CLIENT_LIMITS,
): Promise<RunningServer> {
  const destroyIfUnread = destroySlowReader(limits.readTimeoutMs);
  // What has come in this turn of the event loop is read before any of it is answered, and then all of it
  // goes its way side by side: under load that is much faster than to go back and forth.
  let pending: { readonly request: IncomingMessage; readonly response: ServerResponse }[] = [];
  function dispatchPending(): void {
    const all = pending;
    pending = [];
    for (const { request, response } of all) {
      app(request as Request, response as Response, () => finalHandler(response));
    }
  }
  const answer: RequestListener = (request, response) => {
    // Nobody reads bodies here: the connection ends with the answer, however long a body goes on.
    if (hasBody(request)) response.shouldKeepAlive = false;
    response.once('prefinish', destroyIfUnread);
    if (pending.push({ request, response }) === 1) setImmediate(dispatchPending);
  };
  const server = createServer(
    {
      ...bornExpress(app),
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      keepAliveTimeout: limits.keepAlive,
      maxHeaderSize: 16_384,
      connectionsCheckingInterval: limits.checkIntervalMs,
      requireHostHeader: false, // nothing here depends on it, and Node's refusal is empty
    },
    answer,
  );
  // A client that ends its side with its request still gets its answer. (Node's own switch for it, not in its types.)
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('checkExpectation', answer);
  let newest = 0;
  server.on('connection', () => (newest = performance.now()));
  server.on('clientError', onClientError);
  server.on('connect', (_request, socket: Duplex) => {
    endAndDestroy(
      socket,
      rawResponse('405 Method Not Allowed', 'Only GET and HEAD are answered here.'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(listenErrorMessage(error, host, port, setting)));
    });
    server.listen(port, host, () => resolve());
  });
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
        await pause(IDLE_WINDOW_MS);
    },
    close: () =>
      new Promise((resolve) => {
        // Connections that were accepted but have not been read yet still get their answer.
        const impatience = setTimeout(() => server.closeAllConnections(), CLOSING);
        server.close(() => {
          clearTimeout(impatience);
          resolve();
        });
      }),
  };
}

/** Express hands back what it cannot read as a URL at all, and what failed after its answer had begun. */
function finalHandler(response: ServerResponse): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  response.setHeaders(new Headers(headersOf('There is nothing here.')));
  response.writeHead(404).end('There is nothing here.\n');
}

/** What is no HTTP at all gets a sentence as well, and nothing of it is repeated. */
function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  endAndDestroy(socket, rawResponse(status, 'The request could not be read.'));
}

/** The other side may never read it, nor close its own end. */
function endAndDestroy(socket: Duplex, text: string): void {
  socket.end(text);
  const impatience = setTimeout(() => socket.destroy(), REFUSAL_READING).unref();
  socket.once('close', () => clearTimeout(impatience));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0;
}

/** Ends the connection of a client that asks but does not read. To be called when an answer has been ended. */
function destroySlowReader(patience: number) {
  return function endIfUnread(this: ServerResponse): void {
    const { socket } = this.req;
    // Mostly all of it is on its way at once.
    if (socket.writableLength === 0) return;
    const impatience = setTimeout(() => socket.destroy(), patience).unref();
    this.once('close', () => clearTimeout(impatience));
  };
}

function rawResponse(status: string, sentence: string): string {
  const lines = Object.entries({
    ...headersOf(sentence),
    ...(status.startsWith('405') ? { Allow: 'GET, HEAD' } : {}),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n${sentence}\n`;
}

/** What every answer carries, for those that no application gives. */
function headersOf(sentence: string): Record<string, string> {
  return {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(sentence.length + 1),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'X-Request-Id': randomUUID(),
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
    return `${host} is no address of this machine: change ${setting}.host`;
  }
  return `cannot listen on ${where} (${code ?? 'unknown reason'})`;
}
