/** Several processes on a CRM that replaces the refresh token with every use, and one of them is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ask, createProcesses, joined, ops, TENANT_KEY } from '../support/processes.ts';
import { spawnService, type ServiceProcess } from '../support/process.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { startRestEmulator, type RestEmulator } from '../support/rest/emulator.ts';
import { restConnection, ROTATING_CRMS, type RotatingCrm } from '../support/rotating-crms.ts';
import { uniquePrefix, until } from '../support/shared-redis.ts';
import { runCommand } from '../support/service.ts';

const LOCK_MS = 12_000;

describe('several processes with a refresh token that rotates', () => {
  let redis: RedisServer;
  before(async function () {
    redis = await startRedis(this);
  });
  after(() => redis.remove());

  for (const [name, start] of Object.entries(ROTATING_CRMS)) {
    describe(`of ${name}`, () => {
      let crm: RotatingCrm;
      let processes: ReturnType<typeof createProcesses>;
      beforeEach(async () => {
        crm = await start();
        processes = createProcesses(redis.url, `connections: { crm: ${crm.connection} }`);
      });
      afterEach(async () => {
        await processes.close();
        await crm.close();
      });

      /** Everybody is asked for at once, nobody from the cache. */
      async function askAll(): Promise<readonly (string | null)[]> {
        for (const service of processes.services)
          await until(() => joined(service), 'joined', 20_000);
        for (const service of processes.services) await ops(service, '/cache/acme', 'DELETE');
        const answers = processes.services.map((service) => ask(service, crm.email));
        return (await Promise.all(answers)).map(({ outcome }) => outcome);
      }

      it('sign in once for all, also a process that starts later with the void one of its configuration', async () => {
        await processes.start();
        await processes.start();
        expect(await askAll()).to.deep.equal(['found', 'found']);
        expect(crm.issued()).to.equal(1);
        crm.expire();
        expect(await askAll()).to.deep.equal(['found', 'found']);
        expect(crm.issued()).to.equal(2);
        await processes.start();
        expect(await askAll()).to.deep.equal(['found', 'found', 'found']);
        expect(crm.issued()).to.equal(2);
        crm.expire();
        expect(await askAll()).to.deep.equal(['found', 'found', 'found']);
        expect(crm.issued()).to.equal(3);
        expect(await redis.dump()).not.to.match(/refresh-|5Aep|CJ-emulated|token-\d|secret/);
      });

      it('go on with the newest one after a reload, and so does a command beside them', async () => {
        const service = await processes.start();
        expect(await askAll()).to.deep.equal(['found']);
        crm.expire();
        expect(await askAll()).to.deep.equal(['found']);
        const file = join(service.folder, 'bridge.yaml');
        const yaml = await readFile(file, 'utf8');
        await writeFile(file, yaml.replace('"connector"', '"limits":{"deals":1},"connector"'));
        await ops(service, '/-/reload', 'POST');
        expect(await askAll()).to.deep.equal(['found']);
        const command = await runCommand(['lookup', '--config', file, 'acme', crm.email], {
          cwd: service.folder,
          env: { PORT: '0', REDIS_URL: redis.url },
        });
        expect(command.stderr).to.equal('');
        expect(crm.issued()).to.equal(2);
        crm.expire();
        expect(await askAll()).to.deep.equal(['found']);
      });
    });
  }
});

describe('a process that is killed while it has the refresh token', () => {
  let redis: RedisServer;
  let api: RestEmulator;
  let prefix: string;
  const services: ServiceProcess[] = [];
  before(async function () {
    redis = await startRedis(this);
  });
  after(() => redis.remove());
  beforeEach(async () => {
    api = await startRestEmulator();
    prefix = uniquePrefix();
  });
  afterEach(async () => {
    redis.thaw();
    for (const service of services.splice(0)) await service[Symbol.asyncDispose]();
    await api.close();
  });

  async function start(): Promise<ServiceProcess> {
    const service = await spawnService(`
server: { host: 127.0.0.1, port: 0, drainTimeout: 4s }
ops: { host: 127.0.0.1, port: 0 }
log: { format: json }
connections: { crm: ${restConnection(api.url)} }
tenants: { acme: { keys: [${TENANT_KEY}], connections: [crm], deadline: 3s }, hasty: { keys: [hasty-key-0123456789], connections: [crm], deadline: 500ms } }
shared: { url: "${redis.url}", prefix: ${prefix}, keys: ["BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="] }
`);
    services.push(service);
    await until(() => joined(service), 'joined', 20_000);
    return service;
  }

  /** The outcome in a process that may just have lost Redis, as it does on a busy machine. */
  async function outcomeIn(service: ServiceProcess): Promise<string | null> {
    await until(() => joined(service), 'joined', 20_000);
    return (await ask(service, 'joe@acme.example')).outcome;
  }

  /**
   * Two that answer. Then no token is good, one is asked, and killed with -9 when it has come so far.
   * @returns the other one.
   */
  async function killOne(
    isThere: () => boolean | Promise<boolean>,
    prepare: () => void = () => undefined,
  ): Promise<ServiceProcess> {
    const [one, two] = [await start(), await start()];
    expect((await ask(two, 'jane.doe@acme.example')).outcome).to.equal('found');
    expect((await ask(one, 'janet@acme.example')).outcome).to.equal('found');
    api.tokens.clear();
    prepare();
    const gone = ask(one, 'joe@acme.example').catch(() => undefined);
    await until(isThere, 'it has come so far');
    one.signal('SIGKILL');
    await one.ended();
    await gone;
    return two;
  }

  const tokenRequests = () => api.requests.filter((one) => one.includes('/oauth/token')).length;
  const hasLock = async () =>
    (await redis.cli('--scan', '--pattern', `${prefix}:tl:*`)).includes(prefix);

  it('before the CRM has seen its request: another one takes over when the lock has ended', async () => {
    const gate = Promise.withResolvers<undefined>();
    const two = await killOne(
      () => tokenRequests() === 2,
      () => (api.tokenGate.before = gate.promise),
    );
    delete api.tokenGate.before;
    gate.resolve(undefined);
    expect(await hasLock()).to.equal(true);
    await redis.advance(prefix, LOCK_MS);
    expect(await outcomeIn(two)).to.equal('found');
    expect(api.issued()).to.equal(2);
  });

  for (const isLenient of [true, false]) {
    const [server, outcome] = isLenient
      ? ['accepts the one before', 'found']
      : ['accepts each once', 'unavailable'];
    it(`before its answer has come: ${outcome} in another one, by a server that ${server}`, async () => {
      api.setLenient(isLenient);
      const gate = Promise.withResolvers<undefined>();
      const two = await killOne(
        () => api.issued() === 2,
        () => (api.tokenGate.after = gate.promise),
      );
      delete api.tokenGate.after;
      gate.resolve(undefined);
      await redis.advance(prefix, LOCK_MS);
      api.tokens.clear();
      expect(await outcomeIn(two)).to.equal(outcome);
      const { text } = await ops(two, '/health');
      expect(text.includes('refreshToken')).to.equal(!isLenient);
    });
  }

  it('before it could write what it was given: another one goes on, by a server that accepts the one before', async () => {
    api.setLenient(true);
    const gate = Promise.withResolvers<undefined>();
    const two = await killOne(
      () => {
        if (api.issued() < 2) return false;
        redis.freeze();
        gate.resolve(undefined);
        return true;
      },
      () => (api.tokenGate.after = gate.promise),
    );
    redis.thaw();
    delete api.tokenGate.after;
    await redis.advance(prefix, LOCK_MS);
    api.tokens.clear();
    await until(async () => (await outcomeIn(two)) === 'found', 'found', 20_000);
  });

  it('is not lost by SIGTERM: the process waits for the answer, though no lookup does, and writes it', async () => {
    const [one, two] = [await start(), await start()];
    expect((await ask(one, 'janet@acme.example')).outcome).to.equal('found');
    api.tokens.clear();
    api.tokenGate.after = sleep(1500);
    await fetch(`${one.url}/v1/hasty/contact/hasty-key-0123456789?email=joe@acme.example`);
    one.signal('SIGTERM');
    expect((await one.ended()).code).to.equal(0);
    delete api.tokenGate.after;
    expect(await outcomeIn(two)).to.equal('found');
    expect(api.issued()).to.equal(2);
  });

  it('once that is written: another one takes it without a request', async () => {
    const two = await killOne(async () => {
      const name = await redis.cli('--scan', '--pattern', `${prefix}:t:*`);
      return (await redis.cli('hget', name, 'n')) === '2';
    });
    expect(await outcomeIn(two)).to.equal('found');
    expect(api.issued()).to.equal(2);
  });
});
