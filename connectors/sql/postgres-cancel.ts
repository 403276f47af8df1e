/** PostgreSQL's request to end a statement, which needs no session: it also comes through a pooler that is full. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CONNECT_TIMEOUT_MS } from './session.ts';
import type { DatabaseUrl } from './settings.ts';

/** What a server gives each of its sessions at the beginning. */
export interface BackendKey {
  readonly processID: number;
  readonly secretKey: number;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
const [CANCEL_REQUEST, SSL_REQUEST] = [80877102, 80877103];

/** The server answers nothing, and does nothing when no statement runs. @throws {Error} of the network. */
export async function requestCancel(
  { host, port, tls }: DatabaseUrl,
  { processID, secretKey }: BackendKey,
): Promise<void> {
  const plain = host.startsWith('/')
    ? connect(`${host}/.s.PGSQL.${port ?? 5432}`)
    : connect(port ?? 5432, host);
  plain.on('error', () => undefined); // Reported by what waits for an event.
  plain.setTimeout(CONNECT_TIMEOUT_MS, () => plain.destroy(new Error('timeout')));
  try {
    await once(plain, 'connect');
    const socket = tls === undefined ? plain : await encrypt(plain, host, tls);
    const closed = once(socket, 'close');
    socket.resume().write(message(CANCEL_REQUEST, processID, secretKey));
    // The server ends the connection; PgBouncer 1.18 crashes when the client is first.
    await closed;
  } finally {
    plain.destroy();
  }
}

async function encrypt(plain: Socket, host: string, tls: object): Promise<Socket> {
  plain.write(message(SSL_REQUEST));
  const [answer] = (await once(plain, 'data')) as [Buffer];
  if (answer.toString() !== 'S') throw new Error('no TLS');
  const socket = connectTls({ ...tls, socket: plain, servername: host });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

function message(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * (numbers.length + 1));
  for (const [at, number] of [bytes.length, ...numbers].entries())
    bytes.writeInt32BE(number | 0, 4 * at);
  return bytes;
}
