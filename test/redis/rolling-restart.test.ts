/** Two processes behind a proxy over one Redis, restarted one after the other under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import {
  ask as askProxy,
  installed,
  startCaddy,
  startNginx,
  type Proxy,
} from '../deploy/proxies.ts';
import {
  configurationOnDisk,
  NODE_SERVE,
  spawnService,
  type ConfigurationOnDisk,
  type ServiceProcess,
} from '../support/process.ts';
import { joined, metric, processYaml, TENANT_KEY } from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { uniquePrefix, until } from '../support/shared-redis.ts';

const EMAILS = Array.from({ length: 30 }, (_, n) => `person${n}@acme.example`);
const CRM_CALLS = 'crm_bridge_crm_requests_total{connection="crm",operation="lookup",status="200"}';
const TIMEOUTS = 'crm_bridge_shared_calls_total{operation="read",result="timeout"}';
/** Between two restarts, so that what the first could not take is answered before the second begins. */
const PAUSE_MS = 1000;
const portOf = ({ url }: ServiceProcess) => Number(new URL(url).port);

const PROXIES = { nginx: startNginx, caddy: startCaddy };

for (const [name, startProxy] of Object.entries(PROXIES))
  describe(`two processes behind ${name} over one Redis`, () => {
    let redis: RedisServer | undefined;
    let proxy: Proxy | undefined;
    let configuration: ConfigurationOnDisk | undefined;
    const running: ServiceProcess[] = [];
    before(async function () {
      redis = await startRedis(this);
      if (installed(name) !== undefined) return;
      if (process.env['CI'] !== undefined) throw new Error(`${name} is not installed`);
      this.skip();
    });
    after(async () => {
      await proxy?.[Symbol.asyncDispose]();
      for (const service of running) await service[Symbol.asyncDispose]();
      await configuration?.[Symbol.asyncDispose]();
      await redis?.remove();
    });

    it('lose no request in a rolling restart, and ask the CRM for nobody who is known', async () => {
      const yaml = processYaml({
        prefix: uniquePrefix(),
        body: 'connections: { crm: { connector: moody } }',
        tenant: ', rateLimit: { requests: 100000, per: 1m }',
      });
      // One folder for both: what is shared belongs to settings, of which the folder of the file is one.
      const onDisk = (configuration = await configurationOnDisk(yaml));
      const start = async (port = 0) => {
        const env = ['env', `PORT=${port}`, `REDIS_URL=${redis?.url ?? ''}`];
        const service = await spawnService(onDisk, [...env, ...NODE_SERVE]);
        running.push(service);
        return service;
      };
      let [one, two] = [await start(), await start()];
      await until(async () => (await joined(one)) && (await joined(two)), 'both joined');
      proxy = await startProxy(installed(name) ?? '', portOf(one), portOf(two));
      const { port } = proxy;
      const look = async (email: string) => {
        const path = `/v1/acme/contact/${TENANT_KEY}?email=${encodeURIComponent(email)}`;
        const { status, text } = await askProxy({ port, path });
        return status === 200 && text.includes('Known person') ? 'right' : `${status} ${text}`;
      };
      for (const email of EMAILS) expect(await look(email)).to.equal('right');
      const written = 'crm_bridge_shared_entries_total{event="written"}';
      await until(
        async () => (await metric(one, written)) + (await metric(two, written)) >= EMAILS.length,
        'written',
      );

      const answers: string[] = [];
      let isOver = false;
      const load = Array.from({ length: 3 }, async (_, client) => {
        for (let n = client; !isOver; n++) {
          answers.push(await look(EMAILS[n % EMAILS.length] ?? ''));
          await sleep(5);
        }
      });
      const restart = async (service: ServiceProcess) => {
        service.signal('SIGTERM');
        expect((await service.ended()).code).to.equal(0);
        const next = await start(portOf(service));
        await sleep(PAUSE_MS);
        return next;
      };
      one = await restart(one);
      two = await restart(two);
      isOver = true;
      await Promise.all(load);
      const wrong = answers.filter((answer) => answer !== 'right');
      expect([...new Set(wrong)], `${wrong.length} of ${answers.length}`).to.deep.equal([]);
      // Their first requests come at once, when they listen. Nobody waits longer than 50 ms for Redis.
      for (const service of [one, two])
        expect(await metric(service, CRM_CALLS)).to.be.at.most(await metric(service, TIMEOUTS));
    });
  });
