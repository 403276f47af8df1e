/** Several processes over one Redis answer like one. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ask, createProcesses, joined, metric, ops } from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/shared-redis.ts';

const CRM_CALLS = 'crm_bridge_crm_requests_total{connection="crm",operation="lookup",status="200"}';

const WRITTEN = 'crm_bridge_shared_entries_total{event="written"}';

describe('several processes over one Redis', () => {
  let server: RedisServer;
  let processes: ReturnType<typeof createProcesses> | undefined;
  before(async function () {
    server = await startRedis(this);
  });
  after(() => server.remove());
  afterEach(() => processes?.close());

  /** Two that have joined. */
  async function startTwo(...[body, tenant]: readonly string[]) {
    processes = createProcesses(server.url, body, tenant);
    const [one, two] = [await processes.start(), await processes.start()];
    await until(async () => (await joined(one)) && (await joined(two)), 'both joined');
    return [one, two] as const;
  }

  it('answer with a hit what another one has looked up, with its age', async () => {
    const [one, two] = await startTwo();
    expect((await ask(one, 'jane@acme.example')).cache).to.equal('fwd=miss');
    await until(async () => (await metric(one, WRITTEN)) > 0, 'written');
    await sleep(1100);
    const hit = await ask(two, 'jane@acme.example');
    expect(hit.cache).to.match(/^hit; ttl=29[0-9]$/);
    expect(hit.text).to.include('Known jane');
    expect(await metric(two, CRM_CALLS)).to.equal(0);
    expect(
      await metric(two, 'crm_bridge_cache_events_total{connection="crm",event="hit"}'),
    ).to.equal(1);
    expect(
      await metric(two, 'crm_bridge_cache_events_total{connection="crm",event="miss"}'),
    ).to.equal(0);
    expect(await metric(two, 'crm_bridge_shared_entries_total{event="hit"}')).to.equal(1);
    // From then on by its own memory.
    expect((await ask(two, 'jane@acme.example')).cache).to.match(/^hit/);
    expect(await metric(two, 'crm_bridge_shared_entries_total{event="hit"}')).to.equal(1);
  });

  it('share that an address is unknown', async () => {
    const [one, two] = await startTwo();
    expect((await ask(one, 'unknown@acme.example')).outcome).to.equal('not_found');
    await until(async () => (await metric(one, WRITTEN)) > 1, 'written');
    const second = await ask(two, 'unknown@acme.example');
    expect([second.outcome, second.cache?.slice(0, 3)]).to.deep.equal(['not_found', 'hit']);
  });

  it('keep the reserve for a CRM that is down beyond a restart, and refresh it in the background', async () => {
    const [one] = await startTwo(
      'cache: { ttl: 300ms, staleTtl: 1h }\nconnections: { crm: { connector: moody, downWhile: down } }',
    );
    await ask(one, 'jane@acme.example');
    await until(async () => (await metric(one, WRITTEN)) > 0, 'written');
    await writeFile(join(one.folder, 'down'), '');
    await sleep(400);
    const three = await processes?.start();
    if (three === undefined) throw new Error('not started');
    await until(() => joined(three), 'joined');
    const reserve = await ask(three, 'jane@acme.example');
    expect(reserve.cache).to.match(/^hit; ttl=-\d+$/);
    expect(reserve.text).to.include('Known jane');
    const failed = 'crm_bridge_cache_events_total{connection="crm",event="refresh_failed"}';
    await until(async () => (await metric(three, failed)) === 1, 'the refresh has failed');
    await rm(join(one.folder, 'down'));
    // After a refresh that has failed, no process tries again for ten seconds.
    await server.advance(processes?.prefix ?? '', 10_000);
    const four = await processes?.start();
    if (four === undefined) throw new Error('not started');
    await until(() => joined(four), 'joined');
    expect((await ask(four, 'jane@acme.example')).cache).to.match(/^hit; ttl=-\d+$/);
    await until(async () => (await metric(four, CRM_CALLS)) === 1, 'refreshed');
  });

  it('do not read what was looked up under other settings', async () => {
    const [one, two] = await startTwo();
    await ask(one, 'jane@acme.example');
    await until(async () => (await metric(one, WRITTEN)) > 0, 'written');
    const yaml = 'limits: { deals: 1 }';
    const text = await readFile(join(two.folder, 'bridge.yaml'), 'utf8');
    await two.write('bridge.yaml', text.replace('connector: moody', `connector: moody, ${yaml}`));
    await ops(two, '/-/reload', 'POST');
    expect((await ask(two, 'jane@acme.example')).cache).to.equal('fwd=miss');
  });

  it('show in a trace that an answer comes from the shared store', async () => {
    const [one, two] = await startTwo();
    await ask(one, 'jane@acme.example');
    await until(async () => (await metric(one, WRITTEN)) > 0, 'written');
    const { text } = await ops(two, '/debug/lookup?tenant=acme&email=jane@acme.example');
    const { steps: trace } = JSON.parse(text) as { steps: readonly Record<string, unknown>[] };
    expect(trace.find(({ step }) => step === 'cache')).to.deep.include({
      event: 'miss',
      shared: 'hit',
    });
    expect(trace.map(({ step }) => step)).not.to.include('crm request');
  });

  it('forget a person in Redis, too', async () => {
    const [one, two] = await startTwo();
    await ask(one, 'jane@acme.example');
    await until(async () => (await metric(one, WRITTEN)) > 0, 'written');
    const { text } = await ops(two, '/cache/acme?email=jane@acme.example', 'DELETE');
    expect(JSON.parse(text)).to.deep.equal({ dropped: 1 });
    expect((await ask(two, 'jane@acme.example')).cache).to.equal('fwd=miss');
    // What is looked up while the purge goes round is not written.
    await sleep(500);
    await ask(two, 'joe@acme.example');
    await until(async () => (await metric(two, WRITTEN)) > 0, 'written');
    await ops(one, '/cache/acme', 'DELETE');
    expect(await server.cli('--scan', '--pattern', `${processes?.prefix ?? ''}:e:*`)).to.equal('');
  });

  it('hold nothing readable in Redis', async () => {
    const [one] = await startTwo();
    await ask(one, 'jane@acme.example');
    await ask(one, 'unknown@acme.example');
    await until(async () => (await metric(one, WRITTEN)) > 1, 'written');
    expect(await server.dump()).not.to.match(/jane@|acme\.example|unknown|renewal|moody|127\.0\./i);
  });
});

describe('limits and rests over several processes', () => {
  let server: RedisServer;
  let processes: ReturnType<typeof createProcesses> | undefined;
  before(async function () {
    server = await startRedis(this);
  });
  after(() => server.remove());
  afterEach(() => processes?.close());

  async function startTwo(...[body, tenant]: readonly string[]) {
    processes = createProcesses(server.url, body, tenant);
    const [one, two] = [await processes.start(), await processes.start()];
    await until(async () => (await joined(one)) && (await joined(two)), 'both joined');
    return [one, two] as const;
  }

  it('count the requests of a tenant together', async () => {
    const [one, two] = await startTwo(
      'connections: { crm: { connector: moody } }',
      ', rateLimit: { requests: 6, per: 1m }',
    );
    const statuses: number[] = [];
    for (let turn = 0; turn < 5; turn++)
      for (const service of [one, two]) {
        statuses.push((await ask(service, 'jane@acme.example')).status);
        await sleep(20);
      }
    expect(statuses.filter((status) => status === 200)).to.have.lengthOf(6);
    expect(statuses.filter((status) => status === 429)).to.have.lengthOf(4);
  });

  it('count wrong keys together', async () => {
    const [one, two] = await startTwo();
    const statuses: number[] = [];
    for (let turn = 0; turn < 12; turn++)
      for (const { url } of [one, two])
        statuses.push((await fetch(`${url}/v1/acme/contact/wrong?email=a@b.example`)).status);
    expect(statuses.filter((status) => status === 401)).to.have.lengthOf(20);
    expect(statuses.slice(20)).to.deep.equal([429, 429, 429, 429]);
  });

  it('let a connection rest in all after the 429 that one has met, also in one that starts later', async () => {
    const [one, two] = await startTwo();
    await ask(one, 'dayoff@acme.example');
    const isOpen = async (service: Parameters<typeof ops>[0]) =>
      /"circuit":\s*"open"/.test((await ops(service, '/health')).text);
    expect(await isOpen(one)).to.equal(true);
    await until(() => isOpen(two), 'the other rests', 1000);
    expect((await ask(two, 'jane@acme.example')).outcome).to.equal('unavailable');
    expect(await metric(two, CRM_CALLS)).to.equal(0);
    const three = await processes?.start();
    if (three === undefined) throw new Error('not started');
    await until(() => isOpen(three), 'the third rests', 2000);
    await ops(three, '/connections/crm/resume', 'POST');
    expect((await ask(three, 'jane@acme.example')).outcome).to.equal('found');
  });

  it('refresh a person in the background once, however many processes have asked', async () => {
    const [one, two] = await startTwo(
      'cache: { ttl: 500ms, staleTtl: 1h }\nconnections: { crm: { connector: moody, delay: 400 } }',
    );
    await ask(one, 'slow@acme.example');
    await until(async () => (await metric(one, WRITTEN)) > 0, 'written');
    await ask(two, 'slow@acme.example');
    await sleep(600);
    const calls = async () => (await metric(one, CRM_CALLS)) + (await metric(two, CRM_CALLS));
    const before = await calls();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => ask(n % 2 === 0 ? one : two, 'slow@acme.example')),
    );
    for (const { cache } of answers) expect(cache).to.match(/^hit; ttl=-/);
    await sleep(700);
    expect((await calls()) - before).to.equal(1);
  });
});

describe('/readyz and /health of a process with a shared store', () => {
  let server: RedisServer;
  let processes: ReturnType<typeof createProcesses> | undefined;
  before(async function () {
    server = await startRedis(this);
  });
  after(() => server.remove());
  afterEach(() => processes?.close());

  it('listens once it has joined, is ready and healthy', async () => {
    processes = createProcesses(server.url);
    const one = await processes.start();
    expect((await ops(one, '/readyz')).status).to.equal(200);
    expect(await joined(one)).to.equal(true);
    const health = JSON.parse((await ops(one, '/health')).text) as Record<string, unknown>;
    expect(health).to.deep.include({
      status: 'pass',
      shared: { status: 'pass', joined: true, processes: 1 },
    });
    const two = await processes.start();
    await until(async () => (await metric(one, 'crm_bridge_shared_processes')) === 2, 'sees two');
    await two.close();
  });

  it('listens without Redis after a second of trying, says what is wrong, and joins by itself', async () => {
    await server.stop();
    processes = createProcesses(server.url);
    const one = await processes.start();
    expect((await ops(one, '/readyz')).status).to.equal(200);
    const health = JSON.parse((await ops(one, '/health')).text) as Record<string, unknown>;
    expect(health).to.deep.include({ status: 'warn', output: 'shared: Redis is not reachable' });
    expect((await ask(one, 'jane@acme.example')).outcome).to.equal('found');
    await server.start();
    await until(() => joined(one), 'joined', 5000);
    expect(one.output()).to.include('the shared store was joined').and.not.include('127.0.0.1');
  });
});
