/**
 * Three processes over one Redis, stopped, started and cut off at random under load. SHARED_CHAOS_SECONDS=600 makes a
 * soak of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ask, createProcesses, joined, metric } from '../support/processes.ts';
import { startRelay, type Relay } from '../support/redis-relay.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import type { Service } from '../support/service.ts';
import { until } from '../support/shared-redis.ts';

const SECONDS = Number(process.env['SHARED_CHAOS_SECONDS'] ?? 8);
const PEOPLE = 200;
const NO_LIMIT = ', rateLimit: { requests: 1000000, per: 1m }';
const CRM_CALLS = 'crm_bridge_crm_requests_total{connection="crm",operation="lookup",status="200"}';

describe('three processes over one Redis', () => {
  let redis: RedisServer;
  let processes: ReturnType<typeof createProcesses> | undefined;
  const relays: Relay[] = [];
  beforeEach(async function () {
    redis = await startRedis(this);
  });
  afterEach(async () => {
    await processes?.close();
    for (const relay of relays.splice(0)) await relay.close();
    redis.thaw();
    await redis.remove();
  });

  const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

  /** @returns what is wrong with the answer, if anything. */
  async function look(service: Service, n: number): Promise<string | undefined> {
    const { status, text } = await ask(service, `person${n}@acme.example`);
    const isRight = status === 200 && new RegExp(`Known person${n}\\b`).test(text);
    return isRight ? undefined : `${status} ${text}`;
  }

  it('ask the CRM little more often than one process alone', async () => {
    processes = createProcesses(redis.url, undefined, NO_LIMIT);
    const { start } = processes;
    const services = [await start(), await start(), await start()];
    for (const service of services) await until(() => joined(service), 'joined');
    const seen = new Set<number>();
    const clients = Array.from({ length: 6 }, async () => {
      for (let request = 0; request < 100; request++) {
        // Some come far more often than others.
        const n = Math.floor(PEOPLE * Math.random() ** 2);
        seen.add(n);
        expect(await look(any(services), n)).to.equal(undefined);
      }
    });
    await Promise.all(clients);
    const calls = await Promise.all(services.map((service) => metric(service, CRM_CALLS)));
    expect(calls.reduce((sum, count) => sum + count, 0)).to.be.at.most(seen.size * 1.1);
  });

  it('answer every request right, and call the CRM no storm, whatever happens to them', async function () {
    this.timeout((SECONDS + 60) * 1000);
    processes = createProcesses(redis.url, undefined, NO_LIMIT);
    const { start } = processes;
    const begin = async () => {
      const relay = await startRelay(redis.port);
      relays.push(relay);
      return { relay, service: await start(0, relay.url), isLeaving: false };
    };
    const members = [await begin(), await begin(), await begin()];
    for (const { service } of members) await until(() => joined(service), 'joined');

    const wrong: string[] = [];
    let answers = 0;
    let calls = 0;
    let isOver = false;
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const { service } = any(members.filter(({ isLeaving }) => !isLeaving));
        const problem = await look(service, Math.floor(PEOPLE * Math.random() ** 2));
        answers += 1;
        if (problem !== undefined) wrong.push(problem);
        await sleep(2);
      }
    });
    const faults = [
      async () => {
        const { relay } = any(members);
        relay.cut();
        await sleep(700);
        relay.restore();
      },
      async () => {
        const { relay } = any(members);
        relay.delay(200);
        await sleep(700);
        relay.restore();
      },
      async () => {
        redis.freeze();
        await sleep(500);
        redis.thaw();
      },
      async () => {
        await redis.stop();
        await redis.start();
      },
      // One leaves, as a load balancer has it leave: without new requests.
      async () => {
        const member = any(members);
        member.isLeaving = true;
        await sleep(200);
        calls += await metric(member.service, CRM_CALLS);
        member.service.signal('SIGTERM');
        await member.service.ended;
        member.service = await start(0, member.relay.url);
        member.isLeaving = false;
      },
    ];
    for (const end = performance.now() + SECONDS * 1000; performance.now() < end; await sleep(200))
      await any(faults)();
    isOver = true;
    await Promise.all(clients);
    expect(wrong).to.deep.equal([]);
    for (const { service } of members) {
      await until(() => joined(service), 'joined again', 5000);
      calls += await metric(service, CRM_CALLS);
    }
    expect(answers).to.be.above(100);
    // Without any cache it would be one call for each answer.
    expect(calls).to.be.below(Math.max(answers / 2, 4 * PEOPLE));
    expect(await redis.dump()).not.to.match(/person\d+@|acme\.example|known person/i);
  });
});
