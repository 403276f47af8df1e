/** Chat agents that ask the running service over connections that are kept alive as a proxy keeps them. */
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Answered {
  readonly status: number;
  readonly outcome: string;
  readonly cacheStatus: string;
  readonly text: string;
  /** Milliseconds from the question to the whole answer. */
  readonly ms: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Agents {
  /** @param accept the header; without it, text. */
  ask(email: string, accept?: string): Promise<Answered>;
  close(): void;
}

/**
 * Sends one request for each address on a separate connection, all of them before any is read: the crowd
 * arrives at once, however slow the machine is. @returns the texts, in the order of the addresses.
 */
export async function askTogether(
  url: string,
  path: string,
  emails: readonly string[],
): Promise<readonly string[]> {
  const port = Number(new URL(url).port);
  const sockets = await Promise.all(
    emails.map(
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect(port, '127.0.0.1', () => resolve(socket));
          socket.on('error', reject);
        }),
    ),
  );
  const answers = sockets.map(async (socket) => {
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [, body = ''] = Buffer.concat(chunks)
      .toString()
      .split(/\r\n\r\n(.*)/s);
    return body;
  });
  for (const [n, socket] of sockets.entries()) {
    const target = `${path}?email=${encodeURIComponent(emails[n] ?? '')}`;
    socket.write(`GET ${target} HTTP/1.1\r\nHost: bridge\r\nConnection: close\r\n\r\n`);
  }
  return Promise.all(answers);
}

/** @param path the lookup route with tenant and key. */
export function agents(url: string, path: string): Agents {
  const pool = new Agent({ keepAlive: true, maxSockets: 200 });
  return {
    ask: (email, accept) =>
      new Promise((resolve, reject) => {
        const start = performance.now();
        const target = `${url}${path}?email=${encodeURIComponent(email)}`;
        const headers = accept === undefined ? {} : { accept };
        request(target, { agent: pool, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              outcome: String(response.headers['x-lookup-outcome']),
              cacheStatus: String(response.headers['cache-status']),
              text: Buffer.concat(chunks).toString(),
              ms: performance.now() - start,
              headers: response.headers,
            }),
          );
        })
          .on('error', reject)
          .end();
      }),
    close: () => pool.destroy(),
  };
}
