/** Clients that send requests ahead of the answers: each connection has bounded work and memory. */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import supertest from 'supertest';
import { spawnService, type ServiceProcess } from '../support/process.ts';
import { bridgeYaml, ONE_TENANT, startService } from '../support/service.ts';

const KEYED = '/v1/acme/contact/acme-key-0123456789?email=jane@b.example';
const YAML = bridgeYaml(
  ONE_TENANT.replace('deadline: 1s', 'deadline: 1s, rateLimit: { requests: 1000000, per: 1m }'),
);
const FLOOD_BYTES = 9e6;
const CONNECTIONS = 100;
/** What the flood may add to the memory of a process with a heap of 256 MB. */
const MAX_GROWTH_BYTES = 250e6;
/** What another client may wait for an answer: some 20 ms on an idle machine, a second and more on a busy one. */
const MAX_WAIT_MS = 5000;
const SMALL_HEAP = [process.execPath, '--max-old-space-size=256', 'src/main.ts', 'serve'];

describe('a flood of pipelined requests whose answers are not read', () => {
  let service: ServiceProcess;
  let idleMemory: number;

  before('a process with a small heap', async () => {
    service = await spawnService(YAML, SMALL_HEAP);
    for (let n = 0; n < 50; n += 1) await ask(service.url + KEYED);
    idleMemory = await memoryOf(service);
  });
  after(() => service[Symbol.asyncDispose]());

  for (const [what, listener, request] of [
    ['without a key', 'url', 'GET / HTTP/1.1\r\n\r\n'],
    ['with a right key', 'url', `GET ${KEYED} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['at the ops listener', 'opsUrl', 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['for long answers', 'opsUrl', 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ] as const) {
    it(`${what} leaves memory level and others answered`, async () => {
      const bytes = Buffer.from(request.repeat(FLOOD_BYTES / request.length));
      const clients = Array.from({ length: CONNECTIONS }, () => flood(service[listener], bytes));
      const waits: number[] = [];
      const memory: number[] = [];
      for (let n = 0; n < 12; n += 1) {
        const start = performance.now();
        expect(await ask(service.url + KEYED)).to.equal(200);
        waits.push(performance.now() - start);
        memory.push(await memoryOf(service));
        await delay(50);
      }
      for (const client of clients) client.destroy();
      expect(Math.max(...waits), waits.join()).to.be.below(MAX_WAIT_MS);
      expect(Math.max(...memory) - idleMemory, memory.join()).to.be.below(MAX_GROWTH_BYTES);
    });
  }
});

describe('a client that pipelines and reads', () => {
  it('gets every answer, in order', async () => {
    const service = await startService({ files: { 'bridge.yaml': YAML } });
    const sent = Array.from({ length: 3000 }, (_, n) => `id-${n}`);
    const requests = sent.map((id) => `GET /healthz HTTP/1.1\r\nX-Request-Id: ${id}\r\n\r\n`);
    const last = 'GET /healthz HTTP/1.1\r\nConnection: close\r\nX-Request-Id: last\r\n\r\n';
    const socket = flood(service.url, requests.join('') + last);
    const text = await textOf(socket);
    const received = [...text.matchAll(/X-Request-Id: (\S+)/gi)].map(([, id]) => id);
    expect(received).to.deep.equal([...sent, 'last']);
    await service.close();
  });

  for (const [what, after, last] of [
    ['bytes that are not HTTP', 'no HTTP at all\r\n\r\n', '400'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '400'],
    ['too long headers', `GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
    ['a request to be a tunnel', 'CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n', '405'],
  ] as const) {
    it(`gets every answer before ${what} is refused`, async () => {
      const service = await startService({ files: { 'bridge.yaml': YAML } });
      const person = (name: string) =>
        `GET ${KEYED.replace('jane', name)} HTTP/1.1\r\nHost: a\r\n\r\n`;
      const requests = [person('slow'), person('jane'), 'GET /healthz HTTP/1.1\r\n\r\n'];
      const text = await textOf(
        flood(service.url, Buffer.from(requests.join('') + after, 'latin1')),
      );
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      expect(statuses).to.deep.equal(['200', '200', '200', last]);
      expect(text).to.match(/Content-Length: \d+[^]*Connection: close/);
      await service.close();
    });
  }

  it('gets every answer when it stops within the body of its last request', async () => {
    const service = await startService({ files: { 'bridge.yaml': YAML } });
    const slow = `GET ${KEYED.replace('jane', 'slow')} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const unfinished = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{';
    const socket = connect({ port: Number(new URL(service.url).port), allowHalfOpen: true });
    socket.end(slow + unfinished);
    expect(await textOf(socket)).to.match(/^HTTP\/1\.1 200 /);
    await service.close();
  });

  it('gets the answer to its last request, whatever follows that', async () => {
    const service = await startService({ files: { 'bridge.yaml': YAML } });
    const last = 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n';
    for (const after of ['\r\n', 'GET / HTTP/1.1\r\n\r\n', 'bytes', '\0'.repeat(100_000)])
      expect(await textOf(flood(service.url, last + after)), after.slice(0, 20)).to.match(
        /^HTTP\/1\.1 200/,
      );
    await service.close();
  });

  it('has at most 100 requests ahead of their answers', async () => {
    const service = await startService({
      files: { 'bridge.yaml': YAML.replace('moody }', 'moody, delay: 300 }') },
    });
    const request = `GET ${KEYED} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const socket = flood(service.url, request.replace('jane', 'slow').repeat(1000));
    await delay(200);
    const { text } = await supertest(service.opsUrl).get('/metrics');
    expect(text).to.contain('event="collapsed"} 99\n');
    socket.destroy();
    await service.close();
  });
});

describe('a client that pipelines at the ops listener', () => {
  it('has one request at a time answered', async () => {
    const service = await startService({
      files: { 'bridge.yaml': YAML.replace('moody }', 'moody, delay: 300 }') },
    });
    const lookup = (n: number) =>
      `GET /debug/lookup?tenant=acme&email=slow${n}@b.example HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const socket = flood(service.opsUrl, lookup(1) + lookup(2) + lookup(3));
    await delay(150);
    const { text } = await supertest(service.opsUrl).get('/metrics');
    socket.destroy();
    await service.close();
    expect(text).to.match(/event="miss"\} 1\n/);
  });
});

function flood(url: string, bytes: string | Buffer): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
  return socket.on('error', () => undefined);
}

/** @returns all that comes until the connection ends. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += String(chunk);
  return text;
}

async function ask(url: string): Promise<number> {
  const response = await fetch(url);
  await response.text();
  return response.status;
}

/** @returns the resident bytes of the process. */
async function memoryOf({ opsUrl }: ServiceProcess): Promise<number> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}
