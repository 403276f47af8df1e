/**
 * A HubSpot account on 127.0.0.1, strict where HubSpot is strict: scopes, limits, duplicates, 207, order. Built
 * from documents and observations alone, it is not HubSpot; docs/hubspot.md lists what is not verified.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { control } from './control.ts';
import { writeReply } from './write-reply.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { Faults, isReply, replyOf } from './faults.ts';
import { canonical, routeName } from './paths.ts';
import { Stats, type Received } from './stats.ts';
import { samplePeople } from './people.ts';
import type { AccountData } from './account-data.ts';

export { allScopes, TOKEN } from './gateway.ts';

export interface EmulatorOptions extends GatewayOptions {
  /** 0, the default, for any. */
  readonly port?: number;
  readonly data?: AccountData;
  /** Whether answers are compressed when the client takes that, as HubSpot's are. A thread then reads them. */
  readonly gzip?: boolean;
}

export interface HubSpotEmulator {
  readonly url: string;
  readonly stats: Stats;
  readonly faults: Faults;
  readonly data: AccountData;
  /** Tokens, limits, and what makes a batch fail. */
  readonly gateway: Gateway;
  close(): Promise<void>;
}

export async function startHubSpotEmulator(
  options: EmulatorOptions = {},
): Promise<HubSpotEmulator> {
  const data = options.data ?? samplePeople();
  data.start(options.now ?? Date.now);
  const gateway = new Gateway(data, options);
  const [stats, faults] = [new Stats(), new Faults()];
  const served = new WeakSet<Socket>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers, socket } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { pathname, searchParams: query } = new URL(url, 'http://emulator');
    const controlled = control(method, pathname, body, { stats, faults });
    if (controlled !== undefined) {
      await writeReply(response, controlled, undefined, false);
      return;
    }

    const route = routeName(method, pathname);
    const received: Received = { route, url, headers, body, status: 0, aborted: false };
    stats.begin(received);
    response.once('close', () => {
      received.aborted = !response.writableFinished;
      stats.inFlight -= 1;
    });
    const fault = faults.next(route, served.has(socket));
    served.add(socket);
    if (faults.latency > 0) await setTimeout(faults.latency);
    if (fault === 'hang') return;
    if (fault === 'cut' || fault === 'resetReused') return void socket.resetAndDestroy();
    const reply =
      fault !== undefined && isReply(fault)
        ? replyOf(fault)
        : gateway.answer({ method, path: canonical(pathname), query, headers, body });
    received.status = reply.status;
    const { gzip = true } = options;
    const isZipped = gzip && /gzip/.test(String(headers['accept-encoding']));
    await writeReply(response, reply, fault, isZipped);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A mistake of the emulator itself: loud, so that no test takes it for HubSpot's.
      response.writeHead(599, { 'content-type': 'text/plain' }).end(String(error));
    });
  });
  // HubSpot sends no Keep-Alive hint; the other side decides how long a connection is kept.
  server.keepAliveTimeout = 0;
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    stats.connections += 1;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', listening);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stats,
    faults,
    data,
    gateway,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
