/** Listens as a CRM: slow, silent or failing as requested, and records the requests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answering, CrmRequest } from './answering.ts';

export interface Mood {
  /** Milliseconds before each answer. */
  readonly latency: number;
  /** Every so-manieth request is never answered; 0 for none. */
  readonly hangEvery: number;
  /** Everything is answered with 503. */
  readonly failing: boolean;
}

/** One request, with the milliseconds when it came and when it was answered or given up. */
export interface Seen extends CrmRequest {
  readonly at: number;
  until: number;
  /** 0 when it was not answered. */
  status: number;
}

export interface Listening {
  readonly url: string;
  mood: Mood;
  seen: Seen[];
}

const WELL: Mood = { latency: 0, hangEvery: 0, failing: false };

/** @param answering is given the address before the first request. */
export async function listenAsCrm(answering: (url: () => string) => Answering): Promise<Listening> {
  const state = { url: '', mood: WELL, seen: [] as Seen[] };
  const answer = answering(() => state.url);
  const server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.now();
    const { method = 'GET', url: target = '/', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { latency, hangEvery, failing } = state.mood;
    if (isSignIn(target)) {
      send(response, answer({ method, target, headers, body }));
      return;
    }
    const seen: Seen = { method, target, headers, body, at, until: Infinity, status: 0 };
    state.seen.push(seen);
    response.once('close', () => (seen.until = performance.now()));
    if (hangEvery > 0 && state.seen.length % hangEvery === 0) return;
    if (latency > 0) await pause(latency);
    if (response.destroyed) return;
    const given = failing ? UNAVAILABLE : answer({ method, target, headers, body });
    seen.status = given.status;
    seen.until = performance.now();
    send(response, given);
  }
}

const UNAVAILABLE = { status: 503, body: [{ errorCode: 'SERVER_UNAVAILABLE', message: 'down' }] };

/** Not an API call, and never delayed: a server that cannot sign in would measure nothing. */
function isSignIn(target: string): boolean {
  return target.startsWith('/services/oauth2/');
}

function send(response: ServerResponse, { status, headers, body }: ReturnType<Answering>): void {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json;charset=UTF-8',
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}
