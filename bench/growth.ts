/** Growth: what a lookup costs, and the memory, with ever more people and tenants. */
import { join } from 'node:path';
import { request } from 'undici';
import { ask } from './arrivals.ts';
import { startBridge, tenant, type Bridge } from './bridge.ts';
import { load } from './load.ts';
import { verdict, type Report, type Setting, type Table } from './measurement.ts';
import { columns, takeTurns } from './rounds.ts';
import { targetOf } from './visitors.ts';

/** The most that a lookup may cost at the largest size, measured by that at the smallest. */
const FLAT = 1.25;
const MEGABYTE = 2 ** 20;

export async function measureGrowth(setting: Setting): Promise<Report> {
  return {
    title: 'Growth',
    about: [
      'The product alone, with a connector that knows everybody at once and a cache that keeps them all.',
      'Memory is the heap after a collection, and RSS is what the process holds; sizes take turns.',
      `Flat means: at the largest size the CPU time of a lookup is at most ${FLAT} times that at the smallest.`,
      'A start lasts from starting the process to its first answer.',
    ].join(' '),
    tables: [await withPeople(setting), ...(await withTenants(setting))],
  };
}

async function withPeople(setting: Setting): Promise<Table> {
  await using stack = new AsyncDisposableStack();
  const sizes = setting.quick ? [100, 1000] : [1000, 10_000, 100_000];
  const grown = [];
  for (const people of sizes) {
    const name = `${people} people`;
    const bridge = stack.use(await start(setting, name, {}));
    setting.progress(`${name}: filling the cache`);
    const fill = (visitors: number) =>
      load({
        port: bridge.port,
        connections: 200,
        until: { requests: visitors },
        target: targetOf,
      });
    // The first ones bring code and buffers, which are not the people's.
    const first = people / 10;
    await fill(first);
    const empty = await bridge.figures({ collect: true });
    await fill(people);
    const full = await bridge.figures({ collect: true });
    const heapKb = (full.heapBytes - empty.heapBytes) / (people - first) / 1024;
    // A large stride: neighbours in the cache are not neighbours in time.
    const asked = { server: bridge, target: (n: number) => targetOf((n * 7919) % people) };
    grown.push({ people, asked, heapKb, full });
  }
  const results = await takeTurns(
    setting,
    grown.map(({ asked }) => asked),
    { rounds: 5, ms: 2000 },
  );
  const smallest = results[0]?.cpuMicros.median ?? NaN;
  return {
    title: `Cached people; goal: flat`,
    rows: grown.flatMap(({ people, heapKb, full }, i) => {
      const result = results[i];
      if (result === undefined) return [];
      const ratio = result.cpuMicros.median / smallest;
      return {
        people,
        ...columns(result),
        'of the smallest': ratio,
        'heap MB': full.heapBytes / MEGABYTE,
        'RSS MB': full.rssBytes / MEGABYTE,
        'heap kB/person': heapKb,
        goal: i === grown.length - 1 ? verdict(ratio <= FLAT) : undefined,
      };
    }),
  };
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
    const target = (n: number) => targetOf(n % 300, `t${n % tenants}`, keyOf(n % tenants));
    const { status } = await ask({ port: bridge.port, patience: 5000 }, target(0));
    if (status !== 200) throw new Error(`${name}: answered ${status}`);
    const startMs = performance.now() - began;
    grown.push({ tenants, startMs, asked: { server: bridge, target }, bridge });
  }
  const results = await takeTurns(
    setting,
    grown.map(({ asked }) => asked),
    { rounds: 5, ms: 2000 },
  );
  const smallest = results[0]?.cpuMicros.median ?? NaN;
  const rows = [];
  for (const [i, { tenants, startMs, bridge }] of grown.entries()) {
    const result = results[i];
    if (result === undefined) continue;
    const { heapBytes, rssBytes } = await bridge.figures({ collect: true, reset: true });
    setting.progress(`${tenants} tenants: reloading`);
    const reloadMs = await reload(bridge, tenantsOf(tenants, 'changed'));
    const { loopDelayMax } = await bridge.figures();
    const ratio = result.cpuMicros.median / smallest;
    rows.push({
      tenants,
      ...columns(result),
      'of the smallest': ratio,
      'heap MB': heapBytes / MEGABYTE,
      'RSS MB': rssBytes / MEGABYTE,
      'start ms': startMs,
      'reload ms': reloadMs,
      'longest standstill in it ms': loopDelayMax,
      goal: i === grown.length - 1 ? verdict(ratio <= FLAT) : undefined,
    });
  }
  return [{ title: `Tenants; goal: flat`, rows }];
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
  cache: { maxEntries: 200_000, ttl: '24h' },
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
