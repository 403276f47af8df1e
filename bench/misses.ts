/** Misses: what a lookup takes beyond its requests to the CRM, and how many these are. */
import { setTimeout as pause } from 'node:timers/promises';
import { Agent } from 'undici';
import { ask } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { startCrm, type Crm, type CrmKind } from './crm.ts';
import { verdict, type Cell, type Report, type Setting } from './measurement.ts';
import { replay, roundsOf } from './replay.ts';
import { byHand } from './rival.ts';
import { percentile, spreadOf } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

/** Of the CRM, in milliseconds. */
const LATENCY = 50;
/** Milliseconds at p50. */
const GOAL = 2;
/** Lookups are so far apart that each is alone, and that HubSpot's limits are not reached. Milliseconds. */
const APART = { salesforce: 30, hubspot: 350 };
const WARM_UP = { salesforce: 20, hubspot: 5 };
const COUNT = { salesforce: 150, hubspot: 60 };

/** The most that a lone lookup may cost (docs: what to expect of it). */
const MOST = {
  salesforce: { rounds: 1, requests: 1 },
  hubspot: { rounds: 2, requests: 4 },
} as const;

interface Lone {
  readonly ms: number;
  readonly bareMs: number;
  /** Work of the server. Milliseconds. */
  readonly cpuMs: number;
  readonly requests: number;
  readonly rounds: number;
}

export async function measureMisses(setting: Setting): Promise<Report> {
  const rows = [];
  for (const kind of ['salesforce', 'hubspot'] as const) {
    rows.push(...(await measure(setting, kind)));
  }
  return {
    title: 'Misses',
    about: [
      `Lone lookups of people who are not cached, at ${LATENCY} ms of latency of the CRM.`,
      "After each, the same requests are sent to the CRM again, in the same rounds and without any program around them: 'bare'.",
    ].join(' '),
    tables: [
      {
        title: `Goal: less than ${GOAL} ms added at p50, and no more requests than promised`,
        rows,
      },
    ],
  };
}

async function measure(
  setting: Setting,
  kind: CrmKind,
): Promise<readonly Readonly<Record<string, Cell>>[]> {
  await using crm = await startCrm(setting, kind, 1000, 'increased');
  await using bridge = await startBridge(setting, { connections: { crm: connectionTo(crm) } });
  await using rival = await startUnderTest(setting, await byHand(crm));
  await using bare = closing(new Agent({ keepAliveTimeout: 60_000, connections: 10 }));

  const servers: readonly UnderTest[] = [rival, bridge];
  const lookups = new Map(servers.map((server) => [server, [] as Lone[]]));
  const count = setting.quick ? 3 : COUNT[kind];
  // The first lookups load libraries and sign in.
  for (const server of servers) await warmUp(server, setting.quick ? 2 : WARM_UP[kind]);
  await crm.setMood({ latency: LATENCY });
  for (let n = 0; n < count; n += 1) {
    setting.progress(`${kind}: ${n + 1} of ${count} lone lookups`);
    for (const [server, all] of lookups) {
      all.push(await lookUp(crm, server, 100 + n, bare.agent));
      await pause(APART[kind]);
    }
  }

  return servers.map((server) => {
    const all = lookups.get(server) ?? [];
    const at = (share: number, read: (one: Lone) => number) =>
      percentile(
        all.map(read).sort((a, b) => a - b),
        share,
      );
    const added = at(0.5, ({ ms }) => ms) - at(0.5, ({ bareMs }) => bareMs);
    const requests = spreadOf(all.map((one) => one.requests));
    const rounds = spreadOf(all.map((one) => one.rounds));
    const isMet =
      added < GOAL && requests.max <= MOST[kind].requests && rounds.max <= MOST[kind].rounds;
    return {
      CRM: kind,
      server: server.name,
      'p50 ms': at(0.5, ({ ms }) => ms),
      'bare p50 ms': at(0.5, ({ bareMs }) => bareMs),
      'added p50 ms': added,
      'added p99 ms': at(0.99, ({ ms }) => ms) - at(0.99, ({ bareMs }) => bareMs),
      'CPU p50 ms': at(0.5, ({ cpuMs }) => cpuMs),
      rounds,
      requests,
      goal: server === bridge ? verdict(isMet) : undefined,
    };
  });
}

async function warmUp({ port }: UnderTest, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await ask({ port, patience: 10_000 }, targetOf(n));
  }
}

async function lookUp(crm: Crm, server: UnderTest, visitor: number, bare: Agent): Promise<Lone> {
  const { port, name } = server;
  await crm.forget();
  const before = await server.figures();
  const { ms, text } = await ask({ port, patience: 10_000 }, targetOf(visitor));
  const after = await server.figures();
  if (!isAbout(visitor, text)) throw new Error(`${name} did not tell who it is: ${text}`);
  const seen = await crm.seen();
  const rounds = roundsOf(seen);
  const bareMs = await replay(crm.url, rounds, bare);
  const cpuMs = (after.cpuMicros - before.cpuMicros) / 1000;
  return { ms, bareMs, cpuMs, requests: seen.length, rounds: rounds.length };
}

function closing(agent: Agent) {
  return { agent, [Symbol.asyncDispose]: () => agent.destroy() };
}
