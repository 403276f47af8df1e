/** Answers that no route gives: to what is not HTTP, and to what Express or a lookup hands back. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long the client has to read such an answer before its connection is destroyed. */
const ERROR_READ_MS = 1000;

/** Ends what Express cannot read as a URL, and what failed after its answer had begun. */
export function finalHandler(response: ServerResponse): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  response.writeHead(404, headersOf('There is nothing here.')).end('There is nothing here.\n');
}

/** Answers what the parser refuses; nothing of it is repeated. */
export function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writableEnded) return; // it closes once the last answer is sent
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
  endAndDestroy(socket, status, 'The request could not be read.');
}

/** Refuses to be a tunnel. */
export function onConnect(socket: Duplex): void {
  const sentence = 'Only GET and HEAD are answered here.';
  endAndDestroy(socket, '405 Method Not Allowed', sentence, { Allow: 'GET, HEAD' });
}

function endAndDestroy(
  socket: Duplex,
  status: string,
  sentence: string,
  headers: Record<string, string> = {},
): void {
  const lines = Object.entries({ ...headersOf(sentence), ...headers, Connection: 'close' })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n');
  socket.end(`HTTP/1.1 ${status}\r\n${lines}\r\n\r\n${sentence}\n`);
  // The client may never read it, nor close its own end.
  const timer = setTimeout(() => socket.destroy(), ERROR_READ_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** What every answer carries. */
function headersOf(sentence: string): Record<string, string> {
  return {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(sentence.length + 1),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'X-Request-Id': randomUUID(),
  };
}
