/** Faults of Redis: no agent sees an error or waits noticeably, /health says it, and it is joined again by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ask, createProcesses, joined, metric, ops, type Answer } from '../support/processes.ts';
import { startRelay, type Relay } from '../support/redis-relay.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/shared-redis.ts';
import type { Service } from '../support/service.ts';

/** Besides what an agent waits anyway on a busy machine. */
const NOTICEABLE_MS = 500;

describe('a process whose Redis', () => {
  let server: RedisServer;
  let relay: Relay;
  let processes: ReturnType<typeof createProcesses> | undefined;
  let next = 0;
  beforeEach(async function () {
    server = await startRedis(this);
    relay = await startRelay(server.port);
  });
  afterEach(async () => {
    await processes?.close();
    await relay.close();
    server.thaw();
    await server.remove();
  });

  async function startJoined(url = server.url): Promise<Service> {
    processes = createProcesses(url);
    const service = await processes.start();
    await until(() => joined(service), 'joined');
    return service;
  }

  /** New people for a time: each is found, and none has to wait for Redis. */
  async function load(service: Service, ms: number): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const end = performance.now() + ms; performance.now() < end; await sleep(20))
      answers.push(await ask(service, `person${next++}@acme.example`));
    for (const { status, outcome } of answers)
      expect([status, outcome]).to.deep.equal([200, 'found']);
    const waits = answers.map((answer) => answer.ms).sort((a, b) => a - b);
    expect(waits.at(Math.floor(waits.length * 0.9))).to.be.below(NOTICEABLE_MS);
    return answers;
  }

  async function expectHealth(service: Service, output: RegExp): Promise<void> {
    await until(
      async () => output.test((await ops(service, '/health')).text),
      `health says ${output}`,
    );
    const health = JSON.parse((await ops(service, '/health')).text) as { status: string };
    expect(health.status).to.equal('warn');
  }

  async function expectJoinsAgain(service: Service): Promise<void> {
    await until(() => joined(service), 'joined again', 5000);
    const written = await metric(service, 'crm_bridge_shared_entries_total{event="written"}');
    await ask(service, `person${next++}@acme.example`);
    await until(
      async () =>
        (await metric(service, 'crm_bridge_shared_entries_total{event="written"}')) > written,
      'writes again',
    );
    expect(
      (JSON.parse((await ops(service, '/health')).text) as { status: string }).status,
    ).to.equal('pass');
  }

  it('goes down under load, and comes back empty', async () => {
    const service = await startJoined();
    const loaded = load(service, 800);
    await sleep(200);
    await server.stop();
    await loaded;
    await expectHealth(service, /shared: Redis is not reachable/);
    await server.start();
    await expectJoinsAgain(service);
  });

  it('freezes, and a shutdown waits for a request that waits for it', async () => {
    const service = await startJoined();
    server.freeze();
    const asked = ask(service, 'late@acme.example');
    const requests = 'crm_bridge_requests_total{tenant="acme",outcome="found",status="200"}';
    expect(await metric(service, requests)).to.equal(0);
    service.signal('SIGTERM');
    const { status, outcome } = await asked;
    expect([status, outcome]).to.deep.equal([200, 'found']);
  });

  it('freezes', async () => {
    const service = await startJoined();
    server.freeze();
    await load(service, 1500);
    await expectHealth(service, /shared: Redis did not answer in time/);
    expect(
      await metric(service, 'crm_bridge_shared_calls_total{operation="read",result="timeout"}'),
    ).to.be.within(1, 10);
    server.thaw();
    await expectJoinsAgain(service);
  });

  it('is full', async () => {
    const service = await startJoined();
    await server.cli('config', 'set', 'maxmemory', '1');
    await load(service, 500);
    await expectHealth(service, /shared: Redis takes no more writes/);
    expect(
      await metric(service, 'crm_bridge_shared_calls_total{operation="write",result="full"}'),
    ).to.be.above(0);
    const { text } = await ops(service, '/cache/acme?email=person0@acme.example', 'DELETE');
    expect(JSON.parse(text)).to.have.property('dropped');
    expect(await server.cli('xlen', `${processes?.prefix ?? ''}:messages`)).not.to.equal('0');
    await server.cli('config', 'set', 'maxmemory', '0');
    await expectJoinsAgain(service);
  });

  it('answers 200 ms late', async () => {
    const service = await startJoined(relay.url);
    relay.delay(200);
    await load(service, 1500);
    await expectHealth(service, /shared: Redis did not answer in time/);
    expect(
      await metric(service, 'crm_bridge_shared_calls_total{operation="read",result="timeout"}'),
    ).to.be.below(10);
    relay.restore();
    await expectJoinsAgain(service);
  });

  for (const [what, garbage] of [
    ['no protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n<html>'],
    ['something else', '+OK\r\n'],
    ['nothing but numbers', ':1\r\n'],
  ] as const) {
    it(`answers ${what}`, async () => {
      const service = await startJoined(relay.url);
      relay.garble(garbage);
      await load(service, 800);
      await expectHealth(service, /shared: /);
      relay.restore();
      await expectJoinsAgain(service);
    });
  }

  it('becomes a replica that takes no writes', async () => {
    const service = await startJoined();
    await server.cli('replicaof', '127.0.0.1', '1');
    await load(service, 1200);
    await expectHealth(service, /shared: Redis (is a replica|is loading)/);
    await server.cli('replicaof', 'no', 'one');
    await expectJoinsAgain(service);
  });

  it('takes another password than the one given', async () => {
    await server.cli('config', 'set', 'requirepass', 'right-passw0rd');
    processes = createProcesses(server.url.replace('//', '//:wrong-passw0rd@'));
    const service = await processes.start();
    await load(service, 500);
    await expectHealth(service, /shared: Redis refused the sign-in/);
    expect(service.output() + service.errors()).not.to.match(/passw0rd|127\.0\.0\.1:\d+.*redis/);
    await server.cli(
      '-a',
      'right-passw0rd',
      '--no-auth-warning',
      'config',
      'set',
      'requirepass',
      'wrong-passw0rd',
    );
    await until(() => joined(service), 'joined', 5000);
  });
});
