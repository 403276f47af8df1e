/** Growth: what a lookup costs, and the memory, with ever more people and tenants. */
import { join } from 'node:path';
import { request } from 'undici';
import { ask } from './arrivals.ts';
import { ONE_TENANT, startBridge, tenant, type Bridge } from './bridge.ts';
import { load } from './load.ts';
import type { Goal, Report, Setting, Table } from './measurement.ts';
import { ABOUT_LOAD, columns, takeTurns } from './rounds.ts';
import { KEY, targetOf } from './visitors.ts';

/** The most that a lookup may cost at the largest size, measured by that at the smallest. */
const FLAT = 1.25;
const MEGABYTE = 2 ** 20;
const ROUNDS = { rounds: 5, ms: 1000 };
/** People who are asked for again and again, however many are cached. */
const SAME = 100;
/** Of a tenant and a person: as many texts whatever the number of tenants. */
const PAIRS = 1000;
/** A tenant that shares the cache and writes no more than a name: it fills the cache quickly. */
const FILLER = 'filler';
const WITH_FILLER = {
  ...ONE_TENANT,
  [FILLER]: {
    ...tenant([KEY]),
    template: 'name',
    templatesDir: join(import.meta.dirname, 'templates'),
  },
};

export async function measureGrowth(setting: Setting): Promise<Report> {
  return {
    title: 'Growth',
    about: [
      'The product alone, with a connector that knows everyone at once and a cache that keeps them all; sizes take turns.',
      'The heap is what is left after a collection, RSS is what the process holds.',
      ABOUT_LOAD,
    ].join(' '),
    tables: [await withPeople(setting), ...(await withTenants(setting))],
  };
}

async function withPeople(setting: Setting): Promise<Table> {
  await using stack = new AsyncDisposableStack();
  const sizes = setting.quick ? [100, 500] : [1000, 10_000, 100_000];
  const grown = [];
  for (const people of sizes) {
    const bridge = stack.use(await start(setting, `${people} people`, { tenants: WITH_FILLER }));
    grown.push({ people, bridge, ...(await fill(setting, bridge, people)) });
  }
  const contenders = grown.flatMap(({ people, bridge }) => [
    { server: bridge, target: (n: number) => targetOf((n % SAME) * Math.floor(people / SAME)) },
    // A large stride: neighbours in the cache are not asked for one after the other.
    { server: bridge, target: (n: number) => targetOf((n * 7919) % people) },
  ]);
  const results = await takeTurns(setting, contenders, ROUNDS);
  const rows = [];
  let growth = NaN;
  for (const [i, result] of results.entries()) {
    const { people, heapBytes, perPerson } = grown[Math.floor(i / 2)] ?? {};
    const ratio = result.cpuMicros.median / (results[i % 2]?.cpuMicros.median ?? NaN);
    const isSame = i % 2 === 0;
    if (isSame) growth = ratio;
    rows.push({
      people,
      'asked for': isSame ? `the same ${SAME}` : 'all in turn',
      ...columns(result),
      'of the smallest': ratio,
      'heap MB': (heapBytes ?? NaN) / MEGABYTE,
      'heap kB/person': (perPerson ?? NaN) / 1024,
      'RSS at the end MB': (await result.server.figures()).rssBytes / MEGABYTE,
    });
  }
  return {
    title: 'Cached people',
    measured: [
      `50 connections ask for ${SAME} people again and again, or for all in turn, of ever more who are cached.`,
      'A text is used again for up to a minute, so requests for all people in turn render most texts again.',
    ].join(' '),
    rounds: results[0]?.rounds ?? 0,
    goal: flat('of the same people', growth),
    rows,
  };
}

/** Puts people into the cache. @returns bytes of the whole heap, and of it for each person. */
async function fill({ progress }: Setting, { port, name, figures }: Bridge, people: number) {
  progress(`${name}: filling the cache`);
  const ask = (visitors: number) => {
    const target = (n: number) => targetOf(n, FILLER);
    return load({ port, connections: 200, until: { requests: visitors }, target });
  };
  // The first ones bring code and buffers, which are not the people's.
  const first = people / 10;
  await ask(first);
  const before = await figures({ collect: true });
  await ask(people);
  const { heapBytes } = await figures({ collect: true });
  return { heapBytes, perPerson: (heapBytes - before.heapBytes) / (people - first) };
}

async function withTenants(setting: Setting): Promise<readonly Table[]> {
  await using stack = new AsyncDisposableStack();
  const sizes = setting.quick ? [1, 20] : [1, 10, 100, 1000];
  const grown = [];
  for (const tenants of sizes) {
    const name = `${tenants} tenants`;
    setting.progress(`${name}: starting`);
    const began = performance.now();
    const bridge = stack.use(await start(setting, name, tenantsOf(tenants)));
    const target = (n: number) => {
      const of = n % tenants;
      return targetOf(n % PAIRS, `t${of}`, keyOf(of));
    };
    const { status } = await ask({ port: bridge.port, timeoutMs: 5000 }, target(0));
    if (status !== 200) throw new Error(`${name}: answered ${status}`);
    const startMs = performance.now() - began;
    grown.push({ tenants, startMs, asked: { server: bridge, target }, bridge });
  }
  const results = await takeTurns(
    setting,
    grown.map(({ asked }) => asked),
    ROUNDS,
  );
  const smallest = results[0]?.cpuMicros.median ?? NaN;
  const rows = [];
  let growth = NaN;
  for (const [i, { tenants, startMs, bridge }] of grown.entries()) {
    const result = results[i];
    if (result === undefined) continue;
    const { heapBytes, rssBytes } = await bridge.figures({ collect: true, reset: true });
    setting.progress(`${tenants} tenants: reloading`);
    const reloadMs = await reload(bridge, tenantsOf(tenants, 'changed'));
    const { loopDelayMax } = await bridge.figures();
    growth = result.cpuMicros.median / smallest;
    rows.push({
      tenants,
      ...columns(result),
      'of the smallest': growth,
      'heap MB': heapBytes / MEGABYTE,
      'RSS MB': rssBytes / MEGABYTE,
      'start ms': startMs,
      'reload ms': reloadMs,
      'longest standstill in it ms': loopDelayMax,
    });
  }
  return [
    {
      title: 'Tenants',
      measured: [
        `50 connections ask for ${PAIRS} pairs of a tenant and a person, of ever more tenants.`,
        'A start lasts from starting the process to its first answer; a reload changes every tenant. Both once, as is the memory.',
      ].join(' '),
      rounds: results[0]?.rounds ?? 0,
      goal: flat('', growth),
      rows,
    },
  ];
}

/** @param growth CPU time at the largest size, measured by that at the smallest. */
function flat(whose: string, growth: number): Goal {
  const lookup = ['a lookup', whose].join(' ').trim();
  return {
    text: `at the largest size the CPU time of ${lookup} is at most ${FLAT} times that at the smallest`,
    isMet: growth <= FLAT,
  };
}

function start(setting: Setting, name: string, more: object): Promise<Bridge> {
  return startBridge(setting, {
    name,
    connections: { crm: { connector: 'anyone' } },
    more: { ...ANYONE, ...more },
  });
}

const ANYONE = {
  connectorsDir: join(import.meta.dirname, 'connectors'),
  cache: { maxEntries: 200_000, maxSize: '1GB', ttl: '24h' },
};

function tenantsOf(count: number, name = 'named'): object {
  const tenants = Array.from({ length: count }, (_, n) => [
    `t${n}`,
    { name: `${name} ${n}`, ...tenant([keyOf(n)]) },
  ]);
  return { tenants: Object.fromEntries(tenants) as object };
}

function keyOf(n: number): string {
  return `bench-key-${String(n).padStart(16, '0')}`;
}

/** Every tenant has changed. @returns milliseconds until the new configuration answers. */
async function reload(bridge: Bridge, more: object): Promise<number> {
  await bridge.write({ ...ANYONE, ...more });
  const start = performance.now();
  const url = `http://127.0.0.1:${bridge.opsPort}/-/reload`;
  const { statusCode, body } = await request(url, { method: 'POST' });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`the reload was answered with ${statusCode}: ${text}`);
  return performance.now() - start;
}
