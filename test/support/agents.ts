/** Agents who ask the running service, over connections that are kept alive as a proxy keeps them. */
import { Agent, request } from 'node:http';

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
  ask(email: string): Promise<Answered>;
  close(): void;
}

/** @param path the lookup route with tenant and key. */
export function agents(url: string, path: string): Agents {
  const pool = new Agent({ keepAlive: true, maxSockets: 200 });
  return {
    ask: (email) =>
      new Promise((resolve, reject) => {
        const start = performance.now();
        const target = `${url}${path}?email=${encodeURIComponent(email)}`;
        request(target, { agent: pool }, (response) => {
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
