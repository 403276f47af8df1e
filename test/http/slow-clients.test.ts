/** Clients that are slow or do not read: their connections end, and other clients do not notice. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import express from 'express';
import { listen, type RunningServer } from '../../src/http/server.ts';
import { bridgeYaml, ONE_TENANT, startService } from '../support/service.ts';
import { agents } from '../support/agents.ts';

const LIMITS = {
  headersTimeoutMs: 200,
  requestTimeoutMs: 400,
  readTimeoutMs: 300,
  keepAliveTimeoutMs: 60_000,
  checkIntervalMs: 50,
};
const LARGE = 'x'.repeat(200_000);

describe('a slow client', () => {
  let listening: RunningServer;

  beforeEach(async () => {
    const app = express();
    app.get('/large', (_request, response) => void response.send(LARGE));
    app.get('/slow', (_request, response) => void setTimeout(() => response.send('ok'), 600));
    app.use((_request, response) => void response.send('ok'));
    listening = await listen(app, { host: '127.0.0.1', port: 0 }, 'server', { limits: LIMITS });
  });
  afterEach(() => listening.close());

  it('that never says anything loses its connection', async () => {
    const client = await open(listening.port);
    expect(await client.ended).to.match(/^HTTP\/1\.1 408 /);
    await until(async () => (await connections(listening)) === 0);
  });

  it('that sends its headers byte by byte gets 408', async () => {
    const client = await open(listening.port);
    const dripping = drip(client.socket, `GET / HTTP/1.1\r\nX-Slow: ${'z'.repeat(10_000)}`);
    expect(await client.ended).to.match(/^HTTP\/1\.1 408 /);
    await dripping;
    await until(async () => (await connections(listening)) === 0);
  });

  it('that asks for a tunnel and keeps its end open loses its connection', async () => {
    const client = await open(listening.port, { allowHalfOpen: true });
    client.socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(async () => (await connections(listening)) === 0);
    client.socket.destroy();
    expect(await client.ended).to.match(/^HTTP\/1\.1 405 /);
  });

  it('that sends a body byte by byte is answered, and its connection ended', async () => {
    const client = await open(listening.port);
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n';
    client.socket.write(head);
    const dripping = drip(client.socket, 'b'.repeat(100_000));
    expect(await client.ended).to.match(/^HTTP\/1\.1 200 .*Connection: close.*ok$/s);
    await dripping;
  });

  it('that sends a body without end is answered, and its connection ended', async () => {
    const client = await open(listening.port);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'c'.repeat(0x10000)}\r\n`;
    let sent = 0;
    while (!client.socket.destroyed && sent < 1e9) {
      sent += chunk.length;
      if (!client.socket.write(chunk)) await Promise.race([pause(5), client.ended]);
    }
    await until(async () => (await connections(listening)) === 0);
    expect(sent).to.be.below(50_000_000);
    expect(await client.ended).not.to.match(/ 408 /);
  });

  it('that asks and asks and never reads loses its connection', async () => {
    const client = await open(listening.port);
    client.socket.pause();
    client.socket.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(200));
    expect(await connections(listening)).to.equal(1);
    await until(async () => (await connections(listening)) === 0);
    client.socket.destroy();
  });

  it('is none that waits for its answers before more is read of it', async () => {
    const client = await open(listening.port);
    const last = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    client.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(150) + last);
    expect((await client.ended).match(/HTTP\/1\.1 \d+/g)).to.deep.equal(
      Array.from({ length: 151 }, () => 'HTTP/1.1 200'),
    );
  });

  it('that stops within its headers, after its answers, gets 408', async () => {
    const client = await open(listening.port);
    client.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(150) + 'GET /');
    const statuses = (await client.ended).match(/HTTP\/1\.1 \d+/g);
    expect(statuses).to.have.lengthOf(151);
    expect(statuses?.at(-1)).to.equal('HTTP/1.1 408');
  });

  it('does not end those who read what they asked for', async () => {
    const client = await open(listening.port);
    client.socket.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
    await pause(LIMITS.readTimeoutMs + 200);
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await client.ended).match(/HTTP\/1\.1 200 /g)).to.have.lengthOf(2);
  });
});

describe('the limits for clients', () => {
  it('are those of SECURITY.md, though Node notices only when it checks', async () => {
    const { server, close } = await listen(express(), { host: '127.0.0.1', port: 0 }, 'server');
    await close();
    expect(server).to.include({
      headersTimeout: 9000,
      requestTimeout: 14_000,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 65_000,
    });
  });

  it('leave room for others: 500 idle connections stop no lookup', async () => {
    const service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    const port = Number(new URL(service.url).port);
    const idle = await Promise.all(Array.from({ length: 500 }, () => open(port)));
    const agent = agents(service.url, '/v1/acme/contact/acme-key-0123456789');
    expect((await agent.ask('jane@b.example')).outcome).to.equal('found');
    agent.close();
    for (const { socket } of idle) socket.destroy();
    await service.close();
  });
});

interface Client {
  readonly socket: Socket;
  /** All that was received, when the connection has ended. */
  readonly ended: Promise<string>;
}

async function open(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, ended };
}

/** Sends byte by byte for as long as anybody listens. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (const byte of text) {
    if (!socket.writable) return;
    socket.write(byte);
    await pause(5);
  }
}

function connections({ server }: RunningServer): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(10);
}
