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
import { createProcesses, joined, metric, TENANT_KEY } from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import type { Service } from '../support/service.ts';
import { until } from '../support/shared-redis.ts';

const EMAILS = Array.from({ length: 30 }, (_, n) => `person${n}@acme.example`);
const CRM_CALLS = 'crm_bridge_crm_requests_total{connection="crm",operation="lookup",status="200"}';
const portOf = ({ url }: Service) => Number(new URL(url).port);

const PROXIES = { nginx: startNginx, caddy: startCaddy };

for (const [name, startProxy] of Object.entries(PROXIES))
  describe(`two processes behind ${name} over one Redis`, () => {
    let redis: RedisServer | undefined;
    let proxy: Proxy | undefined;
    let processes: ReturnType<typeof createProcesses> | undefined;
    before(async function () {
      redis = await startRedis(this);
      if (installed(name) !== undefined) return;
      if (process.env['CI'] !== undefined) throw new Error(`${name} is not installed`);
      this.skip();
    });
    after(async () => {
      await proxy?.[Symbol.asyncDispose]();
      await processes?.close();
      await redis?.remove();
    });

    it('lose no request in a rolling restart, and ask the CRM for nobody who is known', async () => {
      const crm = 'connections: { crm: { connector: moody } }';
      const limit = ', rateLimit: { requests: 100000, per: 1m }';
      processes = createProcesses(redis?.url ?? '', crm, limit);
      const { start } = processes;
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
      const restart = async (service: Service) => {
        service.signal('SIGTERM');
        expect(await service.ended).to.equal(0);
        return start(portOf(service));
      };
      one = await restart(one);
      two = await restart(two);
      await sleep(300);
      isOver = true;
      await Promise.all(load);
      const wrong = answers.filter((answer) => answer !== 'right');
      expect([...new Set(wrong)], `${wrong.length} of ${answers.length}`).to.deep.equal([]);
      // Their first requests come at once, when they listen.
      for (const service of [one, two]) expect(await metric(service, CRM_CALLS)).to.equal(0);
    });
  });
