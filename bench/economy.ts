/** API economy: how many calls a crowd costs, and one cached person while the CRM fails. */
import { setTimeout as pause } from 'node:timers/promises';
import { arrivals, ask, type Arrival } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { isExempt } from './crm/hubspot.ts';
import type { Seen } from './crm/listen.ts';
import { startCrm, type Crm, type CrmKind } from './crm.ts';
import type { Cell, Report, Setting } from './measurement.ts';
import { byHand } from './rival.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

type Row = Readonly<Record<string, Cell>>;

const KINDS: readonly CrmKind[] = ['salesforce', 'hubspot'];

/** Of the CRM, in milliseconds. */
const LATENCY = 100;
/** `patience`: callers hang up after so many milliseconds. `failing`: how long the CRM is down. Seconds. */
const FULL = { visitors: 1000, within: [1, 10, 60], patience: 15_000, failing: 10 };
const QUICK = { visitors: 20, within: [0.2], patience: 3000, failing: 0.5 };
/** From this time on the servers have so little to do that they can run side by side. Seconds. */
const SIDE_BY_SIDE = 60;
/** While the CRM fails: requests a second, the cache's TTL and the CRM's latency in milliseconds. */
const PER_SECOND = 200;
const TTL = 1000;
const FAILS_AFTER = 10;
/** Requests that HubSpot's Free tier allows in ten seconds, and in a day. */
const FREE = { burst: 100, burstMs: 10_000, daily: 250_000 };

export async function measureEconomy(setting: Setting): Promise<Report> {
  const { visitors, within } = sizes(setting);
  const crowds: Row[] = [];
  for (const seconds of within) {
    const contenders = KINDS.flatMap((kind) => [crowd(kind, false), crowd(kind, true)]);
    if (seconds >= SIDE_BY_SIDE) {
      setting.progress(`${visitors} people within ${seconds} s`);
      crowds.push(...(await Promise.all(contenders.map((run) => run(setting, seconds)))));
    } else for (const run of contenders) crowds.push(await run(setting, seconds));
  }
  const failing = await whileFailing(setting);
  return {
    title: 'API economy',
    about: [
      `A CRM with ${LATENCY} ms of latency; HubSpot keeps the limits of its Free tier, ${FREE.burst} requests in ten seconds and 5 searches a second.`,
      "'Right' is the share of callers who read about their visitor before they hung up after 15 s; 'in 3 s' those who did so by the product's deadline.",
      "The budget is the fullest ten seconds' share of what Free allows in ten seconds (searches and associations have limits of their own), and all calls' share of a day's; refused calls are counted in.",
    ].join(' '),
    tables: [
      { title: `Calls to the CRM for ${visitors} distinct people`, rows: crowds },
      {
        title: `Calls for one cached person while the CRM answers 503, asked for ${PER_SECOND} times a second`,
        rows: failing,
      },
    ],
  };
}

function sizes({ quick }: Setting) {
  return quick ? QUICK : FULL;
}

/** @returns a run of one server with a CRM of its own. */
function crowd(kind: CrmKind, isOurs: boolean) {
  return async (setting: Setting, seconds: number): Promise<Row> => {
    const { visitors, patience } = sizes(setting);
    await using crm = await startCrm(setting, kind, visitors + 1);
    await using server = await startServer(setting, crm, isOurs);
    const { port, name } = server;
    if (seconds < SIDE_BY_SIDE) setting.progress(`${kind}, ${name}: ${visitors} in ${seconds} s`);
    await ask({ port, patience }, targetOf(visitors));
    await crm.setMood({ latency: LATENCY });
    await crm.forget();
    const over = seconds * 1000;
    const target = (n: number) => targetOf(n);
    const answers = await arrivals({ port, visitors, over, patience, target });
    return rowOf(kind, server, seconds, answers, await crm.seen());
  };
}

async function startServer(setting: Setting, crm: Crm, isOurs: boolean): Promise<UnderTest> {
  return isOurs
    ? startBridge(setting, { connections: { crm: connectionTo(crm) } })
    : startUnderTest(setting, await byHand(crm));
}

function rowOf(
  kind: CrmKind,
  { name }: UnderTest,
  seconds: number,
  answers: readonly Arrival[],
  seen: readonly Seen[],
): Row {
  const right = answers.filter(({ text }, visitor) => isAbout(visitor, text));
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const inTime = right.filter(({ ms }) => ms <= 3000);
  const isHubSpot = kind === 'hubspot';
  return {
    'within s': seconds,
    CRM: kind,
    server: name,
    calls: seen.length,
    'calls/person': seen.length / answers.length,
    'refused (429)': seen.filter(({ status }) => status === 429).length,
    'right %': (right.length / answers.length) * 100,
    'in 3 s %': (inTime.length / answers.length) * 100,
    'p50 ms': percentile(times, 0.5),
    'p99 ms': percentile(times, 0.99),
    '10 s budget %': isHubSpot ? (fullest(seen) / FREE.burst) * 100 : undefined,
    'day budget %': isHubSpot ? (seen.length / FREE.daily) * 100 : undefined,
  };
}

/** The most requests that count against the ten seconds' limit, in any ten seconds. */
function fullest(seen: readonly Seen[]): number {
  const moments = seen.filter(({ target }) => !isExempt(target)).map(({ at }) => at);
  return Math.max(
    0,
    ...moments.map((from) => moments.filter((at) => at >= from && at < from + FREE.burstMs).length),
  );
}

/** The person was cached for a second before the CRM went down. */
async function whileFailing(setting: Setting): Promise<readonly Row[]> {
  const { failing: seconds, patience } = sizes(setting);
  const visitors = seconds * PER_SECOND;
  await using crm = await startCrm(setting, 'salesforce', 1);
  await using rival = await startUnderTest(setting, await byHand(crm, TTL));
  await using bridge = await startBridge(setting, {
    connections: { crm: connectionTo(crm) },
    more: { cache: { ttl: `${TTL}ms` } },
  });
  const rows: Row[] = [];
  for (const { name, port } of [rival, bridge]) {
    setting.progress(`${name}: one cached person, the CRM is down`);
    await crm.setMood({ failing: false, latency: FAILS_AFTER });
    await ask({ port, patience }, targetOf(0));
    await crm.setMood({ failing: true });
    await pause(TTL);
    await crm.forget();
    const over = seconds * 1000;
    const target = () => targetOf(0);
    const answers = await arrivals({ port, visitors, over, patience, target });
    const calls = (await crm.seen()).length;
    const right = answers.filter(({ text }) => isAbout(0, text)).length;
    const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
    rows.push({
      server: name,
      calls,
      'calls/s': calls / seconds,
      'right %': (right / visitors) * 100,
      'p50 ms': percentile(times, 0.5),
      'p99 ms': percentile(times, 0.99),
    });
  }
  return rows;
}
