/** One deadline per request, from the tenant; when one passes, the lookup goes on for other requests and for the cache. */
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import supertest from 'supertest';
import { agents, type Agents } from './support/agents.ts';
import { bridgeYaml, startService, type Service } from './support/service.ts';

const keyOf = (tenant: string) => `${tenant}-key-0123456789`;
const path = (tenant: string) => `/v1/${tenant}/contact/${keyOf(tenant)}`;

/** Two tenants share a CRM that takes 300 ms; one of them waits 150 ms. */
const YAML = `
connections:
  crm: { connector: moody, delay: 300 }
  other: { connector: moody, delay: 300 }
tenants:
  hasty: { keys: [${keyOf('hasty')}], connections: [crm], deadline: 150ms }
  lenient: { keys: [${keyOf('lenient')}], connections: [crm], deadline: 20s }
  alone: { keys: [${keyOf('alone')}], connections: [other], deadline: 150ms }
`;

describe('the deadline', () => {
  let service: Service;
  let hasty: Agents;
  let lenient: Agents;
  let alone: Agents;

  beforeEach(async () => {
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(YAML) } });
    hasty = agents(service.url, path('hasty'));
    lenient = agents(service.url, path('lenient'));
    alone = agents(service.url, path('alone'));
  });
  afterEach(async () => {
    for (const asker of [hasty, lenient, alone]) asker.close();
    await service.close();
  });

  const lookups = async () =>
    Number(
      /"crm":.*?"lookups":\s*(\d+)/s.exec(
        (await supertest(service.opsUrl).get('/health')).text,
      )?.[1],
    );
  const requests = async () => {
    const { text } = await supertest(service.opsUrl).get('/metrics');
    const counts = [
      ...text.matchAll(/^crm_bridge_crm_requests_total\{connection="crm".*\} (\d+)$/gm),
    ];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  it("is each tenant's own, also when they wait for the same lookup", async () => {
    const [first, second] = await Promise.all([
      hasty.ask('slow@b.example'),
      lenient.ask('slow@b.example'),
    ]);
    expect(first.outcome).to.equal('unavailable');
    expect(second.outcome).to.equal('found');
    expect(first.ms).to.be.below(second.ms);
    expect(await requests()).to.equal(1);
  });

  it('ends the waiting, not the lookup: the answer is in the cache for the second look', async () => {
    expect((await hasty.ask('slow@b.example')).outcome).to.equal('unavailable');
    await until(async () => (await requests()) === 1);
    const again = await hasty.ask('slow@b.example');
    expect(again.outcome).to.equal('found');
    expect(again.cacheStatus).to.match(/hit; ttl=/);
    expect(await requests()).to.equal(1);
  });

  it('ends the lookup, too, soon after none of its tenants could use it', async () => {
    expect((await alone.ask('hang@b.example')).outcome).to.equal('unavailable');
    await until(async () => {
      const { text } = await supertest(service.opsUrl).get('/metrics');
      return /crm_requests_total\{connection="other".*status="aborted"\} 1$/m.test(text);
    });
  });

  it('does not end with its caller: others get the answer that one who left had asked for', async () => {
    const leaver = request(`${service.url}${path('lenient')}?email=slow%40b.example`).end();
    leaver.on('error', () => undefined);
    await until(async () => (await lookups()) === 1);
    const waiting = lenient.ask('slow@b.example');
    leaver.destroy();
    expect((await waiting).outcome).to.equal('found');
    expect(await requests()).to.equal(1);
  });

  it('does not end with its only caller: the cache gets the answer', async () => {
    const leaver = request(`${service.url}${path('lenient')}?email=slow%40b.example`).end();
    leaver.on('error', () => undefined);
    await until(async () => (await lookups()) === 1);
    leaver.destroy();
    await until(async () => (await requests()) === 1);
    expect((await lenient.ask('slow@b.example')).cacheStatus).to.match(/hit; ttl=/);
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(10);
}
