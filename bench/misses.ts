/** Misses: what a lookup takes beyond its requests to the CRM, and how many these are. */
import { setTimeout as pause } from 'node:timers/promises';
import { Agent } from 'undici';
import { ask } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { startCrm, type Crm, type CrmKind } from './crm.ts';
import { verdict, type Report, type Row, type Setting } from './measurement.ts';
import { replay, roundsOf, type Round } from './replay.ts';
import { byHand, relay } from './rival.ts';
import { mergeRounds } from './rounds.ts';
import { percentile, spreadOf } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

/** Of the CRM, in milliseconds. */
const LATENCY = 50;
/** Milliseconds at p50 beyond the relay. */
const GOAL = 2;
/** Lookups are so far apart that each is alone, and that HubSpot's limits are not reached. Milliseconds. */
const APART = { salesforce: 30, hubspot: 350 };
/** Lookups of others before: what a service has done that has run for a day, not for a minute. */
const WARM_UP = { salesforce: 2000, hubspot: 200 };
/** Milliseconds between these: HubSpot's limit counts here too. */
const WARM_UP_APART = { salesforce: 0, hubspot: 170 };
const QUICK_WARM_UP = 2;
/** These are not asked for again. */
const OTHERS = 1000;
/** Lookups of each server in a round. */
const COUNT = { salesforce: 30, hubspot: 15 };
const QUICK_COUNT = { salesforce: 2, hubspot: 2 };
const ROUNDS = 3;

/** The most that a lone lookup may cost (docs: what to expect of it). */
const MOST = {
  salesforce: { rounds: 1, requests: 1 },
  hubspot: { rounds: 2, requests: 4 },
} as const;

interface Lone {
  readonly ms: number;
  readonly bareMs: number;
  /** The same requests through a bare relay. */
  readonly relayMs: number;
  /** Work of the server. Milliseconds. */
  readonly cpuMs: number;
  readonly requests: number;
  readonly rounds: number;
}

export async function measureMisses(setting: Setting): Promise<Report> {
  const counts = countsOf(setting);
  const found = [await measure(setting, 'salesforce'), await measure(setting, 'hubspot')];
  return {
    title: 'Misses',
    about: 'Lone lookups of people who are not cached.',
    tables: [
      {
        title: "What a lookup takes beyond the CRM's time",
        measured: [
          `After ${WARM_UP.salesforce} lookups of others with Salesforce and ${WARM_UP.hubspot} with HubSpot, ${counts.salesforce} lookups of each server in a round with Salesforce and ${counts.hubspot} with HubSpot, servers in turn after each lookup, at ${LATENCY} ms of latency of the CRM.`,
          "After each, the same requests are sent to the CRM again, in the same rounds and without any program around them: 'bare'.",
          "Then through (d), a bare relay: what it adds to 'bare' any service would add, and is in 'added' too; 'beyond (d)' is the rest.",
          "'CRM rounds' are requests that must wait for each other. The p99 is of all lookups together.",
        ].join(' '),
        rounds: setting.quick ? 1 : ROUNDS,
        goal: {
          text: `at p50 (median of the rounds) the product takes less than ${GOAL} ms more than the relay, and never makes more requests than promised: ${promised('salesforce')}, ${promised('hubspot')}`,
          isMet: found.every(({ isMet }) => isMet),
        },
        rows: found.flatMap(({ rows }) => rows),
      },
    ],
  };
}

function countsOf({ quick }: Setting) {
  return quick ? QUICK_COUNT : COUNT;
}

function promised(kind: CrmKind): string {
  const { requests, rounds } = MOST[kind];
  return `${kind} ${requests} in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
}

async function measure(setting: Setting, kind: CrmKind) {
  await using crm = await startCrm(setting, kind, 4000, 'increased');
  await using bridge = await startBridge(setting, { connections: { crm: connectionTo(crm) } });
  await using rival = await startUnderTest(setting, await byHand(crm));
  await using least = await startUnderTest(setting, await relay(crm));
  await using bare = closing(new Agent({ keepAliveTimeout: 60_000, connections: 10 }));

  const servers: readonly UnderTest[] = [rival, bridge];
  const lookups = new Map(servers.map((server) => [server, [] as Lone[]]));
  const count = countsOf(setting)[kind];
  const all = setting.quick ? count : count * ROUNDS;
  await Promise.all(servers.map((server) => warmUp(setting, kind, server)));
  await crm.setMood({ latency: LATENCY });
  for (let n = 0; n < all; n += 1) {
    setting.progress(`${kind}: ${n + 1} of ${all} lone lookups`);
    for (const [server, made] of lookups) {
      made.push(await lookUp(crm, server, 100 + n, bare.agent, least));
      await pause(APART[kind]);
    }
  }

  const isMet = keeps(kind, lookups.get(bridge) ?? [], count);
  const rows = servers.map((server) => ({
    CRM: kind,
    server: server.name,
    ...rowOf(lookups.get(server) ?? [], count),
    goal: server === bridge ? verdict(isMet) : undefined,
  }));
  return { rows, isMet };
}

/** @param count lookups of a round. */
function rowOf(all: readonly Lone[], count: number): Row {
  const addedP99 = percentileOf(all, 0.99, 'ms') - percentileOf(all, 0.99, 'bareMs');
  return {
    ...mergeRounds(roundsIn(all, count).map(medians)),
    'added p99 ms': addedP99,
    'CRM rounds': spreadOf(all.map(({ rounds }) => rounds)),
    requests: spreadOf(all.map(({ requests }) => requests)),
  };
}

function medians(round: readonly Lone[]) {
  const ms = percentileOf(round, 0.5, 'ms');
  const bareMs = percentileOf(round, 0.5, 'bareMs');
  const relayMs = percentileOf(round, 0.5, 'relayMs');
  return {
    'p50 ms': ms,
    'bare p50 ms': bareMs,
    'added p50 ms': ms - bareMs,
    'of these (d)': relayMs - bareMs,
    'beyond (d)': ms - relayMs,
    'CPU p50 ms': percentileOf(round, 0.5, 'cpuMs'),
  };
}

function keeps(kind: CrmKind, all: readonly Lone[], count: number): boolean {
  const beyond = spreadOf(roundsIn(all, count).map((round) => medians(round)['beyond (d)']));
  const { requests, rounds } = MOST[kind];
  return (
    beyond.median < GOAL && all.every((one) => one.requests <= requests && one.rounds <= rounds)
  );
}

function roundsIn(all: readonly Lone[], count: number): readonly (readonly Lone[])[] {
  return Array.from({ length: all.length / count }, (_, round) =>
    all.slice(round * count, (round + 1) * count),
  );
}

function percentileOf(
  all: readonly Lone[],
  share: number,
  of: 'ms' | 'bareMs' | 'relayMs' | 'cpuMs',
): number {
  return percentile(
    all.map((one) => one[of]).sort((a, b) => a - b),
    share,
  );
}

/** The first lookups load libraries and sign in, and V8 compiles what has run often. */
async function warmUp({ quick }: Setting, kind: CrmKind, { port }: UnderTest): Promise<void> {
  const count = quick ? QUICK_WARM_UP : WARM_UP[kind];
  for (let n = 0; n < count; n += 1) {
    await ask({ port, timeoutMs: 10_000 }, targetOf(OTHERS + n));
    await pause(quick ? 0 : WARM_UP_APART[kind]);
  }
}

async function lookUp(
  crm: Crm,
  server: UnderTest,
  visitor: number,
  bare: Agent,
  least: UnderTest,
): Promise<Lone> {
  const { port, name } = server;
  await crm.forget();
  const before = await server.figures();
  const { ms, text } = await ask({ port, timeoutMs: 10_000 }, targetOf(visitor));
  const after = await server.figures();
  if (!isAbout(visitor, text)) throw new Error(`${name} did not name the person: ${text}`);
  const seen = await crm.seen();
  const rounds = roundsOf(seen);
  const bareMs = await replay(crm.url, rounds, bare);
  const relayMs = await throughRelay(least, rounds);
  const cpuMs = (after.cpuMicros - before.cpuMicros) / 1000;
  return { ms, bareMs, relayMs, cpuMs, requests: seen.length, rounds: rounds.length };
}

/** Sends the rounds to the relay first, on a separate connection. */
async function throughRelay({ port }: UnderTest, rounds: readonly Round[]): Promise<number> {
  const stored = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: JSON.stringify(rounds),
  });
  await stored.text();
  const { ms, status } = await ask({ port, timeoutMs: 10_000 }, '/');
  if (status !== 200) throw new Error('the relay did not answer');
  return ms;
}

function closing(agent: Agent) {
  return { agent, [Symbol.asyncDispose]: () => agent.destroy() };
}
