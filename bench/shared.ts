/** Several processes over one Redis: what a hit there takes, and how often they ask the CRM. */
import { setTimeout as pause } from 'node:timers/promises';
import { hasRedis, spawnRedis } from '../test/support/redis-server.ts';
import { ask } from './arrivals.ts';
import { connectionTo, startBridge, type Bridge } from './bridge.ts';
import { startCrm, type Crm } from './crm.ts';
import { load } from './load.ts';
import type { Report, Setting, Table } from './measurement.ts';
import { percentile, sum } from './spread.ts';
import { isAbout, targetOf } from './visitors.ts';

/** Of the CRM, in milliseconds. */
const LATENCY = 50;
/** `lone`: lookups of each kind. `people` come in `requests`, most of them again and again. */
const FULL = { lone: 100, people: 10_000, requests: 9_000 };
const QUICK = { lone: 5, people: 50, requests: 200 };
const PROCESSES = 3;
/** Times the calls of one process. */
const GOAL = 1.1;
/** Lookups before those that count. */
const WARM_UP = 20;
/** For what is written to Redis after the answer. Milliseconds. */
const WRITTEN_MS = 30;

export async function measureShared(setting: Setting): Promise<Report> {
  const title = 'More than one process';
  if (!(await hasRedis()))
    return { title, about: 'Not measured: redis-server is not installed.', tables: [] };
  const redis = await spawnRedis();
  try {
    const tables = [await lone(setting, redis.url), await mixed(setting, redis.url)];
    const about = 'Redis runs on this machine, and everything that is written to it is encrypted.';
    return { title, about, tables };
  } finally {
    await redis.remove();
  }
}

function startOne(setting: Setting, crm: Crm, redisUrl?: string): Promise<Bridge> {
  const keys = [Buffer.alloc(32, 7).toString('base64')];
  // Those of one run share.
  const prefix = `bench-${new URL(crm.url).port}`;
  const more = redisUrl === undefined ? {} : { shared: { url: redisUrl, keys, prefix } };
  const name = redisUrl === undefined ? 'one process alone' : 'over Redis';
  return startBridge(setting, { name, connections: { crm: connectionTo(crm) }, more });
}

/** Requests one after the other, each kind for the same people. */
async function lone(setting: Setting, redisUrl: string): Promise<Table> {
  const { lone: count } = setting.quick ? QUICK : FULL;
  await using crm = await startCrm(setting, 'salesforce', 0);
  await crm.setMood({ latency: LATENCY });
  await using alone = await startOne(setting, crm);
  await using first = await startOne(setting, crm, redisUrl);
  await using second = await startOne(setting, crm, redisUrl);
  const kinds = [
    { server: alone, kind: 'miss' },
    { server: first, kind: 'miss' },
    { server: second, kind: 'hit in the shared level' },
    { server: alone, kind: 'hit in the own memory' },
    { server: second, kind: 'hit in the own memory' },
  ].map((one) => ({ ...one, times: [] as number[] }));
  setting.progress('hits and misses');
  for (let n = 0; n < count + WARM_UP; n += 1) {
    for (const { server, kind, times } of kinds) {
      if (kind === 'hit in the shared level') await pause(WRITTEN_MS);
      const { text, ms } = await ask({ port: server.port, timeoutMs: 5000 }, targetOf(n));
      if (!isAbout(n, text)) throw new Error(`${server.name}, ${kind}: ${text}`);
      if (n >= WARM_UP) times.push(ms);
    }
  }
  const hitsMissed = (await crm.seen()).length - 2 * (count + WARM_UP);
  // On a busy machine one may be asked for before it is written.
  if (hitsMissed > 1 + count / 20) throw new Error(`${hitsMissed} of the hits were none`);
  return {
    title: 'What a request takes',
    measured: `${count} people, each asked for once of each kind, one request at a time on a connection of its own, at ${LATENCY} ms of latency of the CRM.`,
    rounds: 1,
    rows: kinds.map(({ server, kind, times }) => {
      const sorted = times.toSorted((a, b) => a - b);
      return {
        request: kind,
        server: server.name,
        'p50 ms': percentile(sorted, 0.5),
        'p99 ms': percentile(sorted, 0.99),
      };
    }),
  };
}

async function mixed(setting: Setting, redisUrl: string): Promise<Table> {
  const sizes = setting.quick ? QUICK : FULL;
  const found = [];
  for (const count of [1, PROCESSES]) {
    setting.progress(`${count} of them: ${sizes.people} people`);
    found.push(await mix(setting, count, sizes, count === 1 ? undefined : redisUrl));
  }
  const [one, several] = found.map(({ lookups }) => lookups);
  return {
    title: `${PROCESSES} processes on a mix of ${sizes.people} people`,
    measured: [
      `${sizes.requests} requests on ${PROCESSES} connections, which several processes get in turn; the n-th of them for the same person in each run, some far more often than others.`,
      `The CRM has ${LATENCY / 10} ms of latency.`,
      "'Lookups' are people the CRM was asked for; 'CRM calls' are fewer where those who come at the same time share one, which one process can do for more of them.",
    ].join(' '),
    rounds: 1,
    goal: {
      text: `${PROCESSES} processes ask the CRM for at most ${GOAL} times as many people as one`,
      isMet: (several ?? Infinity) <= GOAL * (one ?? 0),
    },
    rows: found,
  };
}

async function mix(
  setting: Setting,
  count: number,
  { people, requests }: typeof FULL,
  redisUrl: string | undefined,
) {
  await using crm = await startCrm(setting, 'salesforce', 0);
  await crm.setMood({ latency: LATENCY / 10 });
  await using bridges = new AsyncDisposableStack();
  const started: Bridge[] = [];
  for (let n = 0; n < count; n += 1)
    started.push(bridges.use(await startOne(setting, crm, redisUrl)));
  const share = PROCESSES / count;
  const results = await Promise.all(
    started.map(({ port }, offset) =>
      load({
        port,
        connections: share,
        until: { requests: requests / count },
        target: (n) => targetOf(visitorOf(n * count + offset, people)),
      }),
    ),
  );
  return {
    server: count === 1 ? 'one process alone' : `${count} over Redis`,
    lookups: sum(await Promise.all(started.map(lookupsOf))),
    'CRM calls': (await crm.seen()).length,
    'requests/s': sum(results.map(({ perSecond }) => perSecond)),
    'p50 ms': Math.max(...results.map(({ p50 }) => p50)),
    'p99 ms': Math.max(...results.map(({ p99 }) => p99)),
  };
}

/** @returns how many people it has asked the CRM for. */
async function lookupsOf({ opsPort }: Bridge): Promise<number> {
  const { text } = await ask({ port: opsPort, timeoutMs: 5000 }, '/metrics');
  const [, count] = /^crm_bridge_batch_size_sum\{[^}]*\} (\d+)$/m.exec(text) ?? [];
  return Number(count);
}

/** @returns the same person for the same request in every run; the first of them come most often. */
function visitorOf(request: number, people: number): number {
  const spread = ((request * 2_654_435_761) % 2 ** 32) / 2 ** 32;
  return Math.floor(people * spread ** 2);
}
