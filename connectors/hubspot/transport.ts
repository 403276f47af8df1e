/**
 * HTTP to HubSpot: kept-alive connections with a cap, requests that really end when their signal aborts,
 * and answers of a bounded size. HubSpot's client has no time-out and takes no AbortSignal
 * (HubSpot/hubspot-api-nodejs#387), and its default fetch drops idle connections after four seconds.
 */
import type { Response } from 'undici';
import { HubSpotError, type Incoming } from './errors.ts';

export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Transport {
  /**
   * @returns the answer, whatever its status; redirects are not followed.
   * @throws {HubSpotError} `timeout` when the signal aborts, `unavailable` when the connection fails
   *   (`replayable` when it was an idle one), `bad_response` for more than {@link LARGEST} bytes.
   */
  send(request: Outgoing, signal: AbortSignal): Promise<Incoming>;
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>;
}

/** Bytes of one answer after decompression. The largest known real one, all properties, is about 1 MB. */
export const LARGEST = 8 * 1024 * 1024;
const CONNECTIONS = 16;
/** How long an idle connection is kept: it saves two or three round trips for the next visitor. */
const IDLE_MS = 60_000;
/** For requests without an earlier deadline. */
const PATIENCE_MS = 30_000;

export async function createTransport(): Promise<Transport> {
  const { Agent, fetch } = await import('undici');
  const agent = new Agent({
    connections: CONNECTIONS,
    keepAliveTimeout: IDLE_MS,
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    connect: { timeout: PATIENCE_MS / 3 },
    allowH2: false,
  });
  let connected = 0;
  agent.on('connect', () => (connected += 1));

  return {
    async send({ method, url, headers, body }, signal) {
      const connectedBefore = connected;
      let answered = false;
      try {
        const response = await fetch(url, {
          method,
          headers,
          body: body ?? null,
          signal,
          redirect: 'manual',
          dispatcher: agent,
        });
        answered = true;
        const text = await readText(response);
        return { status: response.status, headers: Object.fromEntries(response.headers), text };
      } catch (error) {
        const reused = !answered && connected === connectedBefore;
        throw failed(error, signal, reused);
      }
    },
    close: () => agent.destroy(),
  };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    // Leaving the loop cancels the body, which ends the connection.
    if (size > LARGEST)
      throw new HubSpotError('bad_response', `HubSpot: an answer of more than ${LARGEST} bytes`, {
        status: response.status,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @param reused the request went over a connection that had been idle. */
function failed(error: unknown, signal: AbortSignal, reused: boolean): HubSpotError {
  if (error instanceof HubSpotError) return error;
  if (signal.aborted)
    return new HubSpotError('timeout', 'HubSpot: no complete answer in time', { cause: error });
  const codes = [...codesOf(error)];
  const has = (...wanted: string[]): boolean => wanted.some((code) => codes.includes(code));
  if (has('UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT'))
    return new HubSpotError('timeout', 'HubSpot: no complete answer in time', { cause: error });
  const code = codes.at(-1) ?? 'no code';
  if (code.startsWith('Z_'))
    return new HubSpotError('bad_response', `HubSpot: broken compression (${code})`, {
      cause: error,
    });
  return new HubSpotError('unavailable', `HubSpot: the connection failed (${code})`, {
    cause: error,
    replayable: reused && has('UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'),
  });
}

function* codesOf(error: unknown): Generator<string> {
  for (let e: unknown = error; e instanceof Error; e = e.cause)
    if ('code' in e && typeof e.code === 'string') yield e.code;
}
