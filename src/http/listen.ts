/** A listening HTTP server with limits for slow and odd clients, and an orderly end. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Listening {
  readonly server: Server;
  /** Where it listens, with the port the system chose for port 0. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** A port or host that cannot be listened on; the message says which setting to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * @param setting where host and port come from, such as `server`, for the error.
 * @throws {ListenError}
 */
export async function listen(
  app: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 65_000, // above the 60 s of common load balancers
      maxHeaderSize: 16_384,
      connectionsCheckingInterval: 5000,
    },
    app,
  );
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(explain(error, host, port, setting)));
    });
    server.listen(port, host, () => resolve());
  });
  const address = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    server,
    port: address.port,
    url: `http://${shown}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What is no HTTP at all gets a sentence as well, and nothing of it is repeated. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
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
  const body = 'The request could not be read.\n';
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
      `X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
}

function explain(
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
