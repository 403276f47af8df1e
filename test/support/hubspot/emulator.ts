/**
 * A HubSpot account on 127.0.0.1, strict where HubSpot is strict: scopes, limits, duplicates, 207, order. Built
 * from documents and observations alone (docs/hubspot.md); it is not HubSpot, and says so in its answers.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Faults, isReply, replyOf, type Fault } from './faults.ts';
import { Limiter, type Tier } from './limiter.ts';
import { scopeOf, type ObjectOptions } from './objects.ts';
import { TokenBook, type OAuthApp } from './oauth.ts';
import { canonical } from './paths.ts';
import { townsfolk } from './people.ts';
import { expired, missingScopes, tooMany, unauthorized, type Reply } from './reply.ts';
import { routeOf, unknownPath } from './routes.ts';
import type { World } from './world.ts';

/** All scopes the connector can use. */
export const allScopes: readonly string[] = [
  ...Object.values(scopeOf),
  'crm.objects.owners.read',
  'oauth',
];

export const TOKEN = 'pat-eu1-emulated';

export interface EmulatorOptions extends Partial<ObjectOptions> {
  /** 0, the default, for any. */
  readonly port?: number;
  readonly world?: World;
  readonly tier?: Tier;
  /** Fixed tokens and their scopes; {@link TOKEN} with all scopes when left out. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>;
  readonly oauth?: OAuthApp;
  /** The time that limits and tokens go by, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** One request, as it was received. */
export interface Received {
  /** `METHOD canonical/path`, without the address or id of a single read: `GET objects/contacts`. */
  readonly route: string;
  /** The path as it came, with the query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** 0 while under way, and when there was no answer. */
  status: number;
  /** Whether the other side gave up before the answer was complete. */
  aborted: boolean;
}

export interface Stats {
  readonly requests: readonly Received[];
  /** Connections opened. */
  readonly connections: number;
  /** Requests under way at this moment. */
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly tooMany: number;
  /** Requests by route, labels (owners, pipelines, …) left out. */
  readonly lookups: readonly string[];
  reset(): void;
}

export interface HubSpotEmulator {
  readonly url: string;
  readonly stats: Stats;
  readonly faults: Faults;
  readonly data: World;
  readonly limiter: Limiter;
  readonly tokens: TokenBook;
  /** Whether an input makes a batch read fail as a whole. */
  rejects: (input: string) => boolean;
  close(): Promise<void>;
}

const labelRoutes = /^(GET (owners|pipelines|properties|account)|POST oauth)/;

export async function startHubSpotEmulator(
  options: EmulatorOptions = {},
): Promise<HubSpotEmulator> {
  const now = options.now ?? Date.now;
  const data = options.world ?? townsfolk();
  data.start(now);
  const limiter = new Limiter(options.tier ?? 'increased', now);
  const tokens = new TokenBook(
    options.tokens ?? { [TOKEN]: allScopes },
    options.oauth,
    allScopes,
    now,
  );
  const faults = new Faults();
  const objectOptions: ObjectOptions = {
    missStatus: options.missStatus ?? 207,
    findsSecondary: options.findsSecondary ?? false,
    associationPage: options.associationPage ?? 500,
    indexLag: options.indexLag ?? 5_000,
  };

  let requests: Received[] = [];
  let connections = 0;
  let inFlight = 0;
  let maxInFlight = 0;
  const open = new Set<Socket>();
  const served = new WeakMap<Socket, number>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '/', 'http://emulator');
    const path = canonical(url.pathname);
    const method = request.method ?? 'GET';
    const route = `${method} ${(path ?? url.pathname).replace(/^(objects\/\w+)\/[^/]*$/, (all, object: string) => (method === 'GET' ? object : all))}`;
    const received: Received = {
      route,
      url: request.url ?? '',
      headers: request.headers,
      body,
      status: 0,
      aborted: false,
    };
    requests.push(received);
    response.once('close', () => {
      received.aborted = !response.writableFinished;
      inFlight -= 1;
    });
    inFlight += 1;
    maxInFlight = Math.max(maxInFlight, inFlight);
    const reused = (served.get(request.socket) ?? 0) > 0;
    served.set(request.socket, (served.get(request.socket) ?? 0) + 1);

    const fault = faults.next(route, reused);
    if (faults.latency > 0) await setTimeout(faults.latency);
    if (fault === 'hang') return;
    if (fault === 'cut' || fault === 'resetReused') return void request.socket.resetAndDestroy();
    const reply =
      fault !== undefined && isReply(fault)
        ? {
            ...replyOf(fault),
            headers: { 'x-hubspot-correlation-id': randomUUID(), ...replyOf(fault).headers },
          }
        : answer(method, path, url.searchParams, request.headers.authorization, body);
    received.status = reply.status;
    await send(response, reply, fault, /gzip/.test(String(request.headers['accept-encoding'])));
  }

  function answer(
    method: string,
    path: string | undefined,
    query: URLSearchParams,
    authorization: string | undefined,
    body: string,
  ): Reply {
    const correlation = { 'x-hubspot-correlation-id': randomUUID() };
    if (method === 'POST' && path === 'oauth/token')
      return { ...tokens.grant(new URLSearchParams(body)), headers: correlation };
    const route = path === undefined ? undefined : routeOf(method, path);
    if (route === undefined) return unknownPath();
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    const scopes = tokens.look(token);
    if (scopes === 'unknown') return { ...unauthorized(), headers: correlation };
    if (scopes === 'expired') return { ...expired(), headers: correlation };
    const forbidden = limiter.take(token, route.kind);
    const headers = { ...correlation, ...(route.kind === 'general' ? limiter.headers(token) : {}) };
    if (forbidden !== undefined) return { ...tooMany(forbidden), headers };
    if (!route.scopes.some((scope) => scopes.has(scope)))
      return { ...missingScopes(route.scopes), headers };
    const json: unknown = body === '' ? undefined : JSON.parse(body);
    const asked = {
      ...{ world: data, query, body: json, scopes, options: objectOptions, now: now() },
      rejects: (input: string) => emulator.rejects(input),
    };
    return { ...route.answer(asked), headers };
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A mistake of the emulator itself: loud, so that no test takes it for HubSpot's.
      response.writeHead(599, { 'content-type': 'text/plain' }).end(String(error));
    });
  });
  // HubSpot sends no Keep-Alive hint; the other side decides how long a connection is kept.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    connections += 1;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;

  const emulator: HubSpotEmulator = {
    url: `http://127.0.0.1:${port}`,
    rejects: () => false,
    stats: {
      get requests() {
        return requests;
      },
      get connections() {
        return connections;
      },
      get inFlight() {
        return inFlight;
      },
      get maxInFlight() {
        return maxInFlight;
      },
      get tooMany() {
        return requests.filter(({ status }) => status === 429).length;
      },
      get lookups() {
        return requests.map(({ route }) => route).filter((route) => !labelRoutes.test(route));
      },
      reset() {
        requests = [];
        connections = 0;
        maxInFlight = inFlight;
      },
    },
    faults,
    data,
    limiter,
    tokens,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
  return emulator;
}

async function send(
  response: ServerResponse,
  reply: Reply,
  fault: Fault | undefined,
  gzip: boolean,
): Promise<void> {
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  const slow = fault === 'drip' || fault === 'stall' || fault === 'cutBody';
  const body = gzip && !slow && text.length > 200 ? gzipSync(text) : Buffer.from(text);
  response.writeHead(reply.status, {
    ...(reply.type === null
      ? {}
      : { 'content-type': reply.type ?? 'application/json;charset=utf-8' }),
    ...(body.length === Buffer.byteLength(text) ? {} : { 'content-encoding': 'gzip' }),
    'content-length': body.length,
    ...reply.headers,
  });
  if (!slow) return void response.end(body);
  response.write(body.subarray(0, body.length / 2));
  if (fault === 'stall') return;
  if (fault === 'cutBody') return void setImmediate(() => response.socket?.resetAndDestroy());
  for (const byte of body.subarray(body.length / 2)) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await setTimeout(250);
  }
  response.end();
}
