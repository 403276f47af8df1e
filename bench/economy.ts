/** API economy: how many calls a crowd costs, and one cached person while the CRM fails. */
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

/** Of the CRM, in milliseconds. */
const LATENCY = 100;
/** Callers hang up after this. Milliseconds. */
const PATIENCE = 30_000;
/** Requests that HubSpot's Free tier allows in ten seconds, and in a day. */
const FREE = { burst: 100, burstMs: 10_000, daily: 250_000 };

export async function measureEconomy(setting: Setting): Promise<Report> {
  const visitors = setting.quick ? 60 : 1000;
  const crowds: Row[] = [];
  for (const seconds of setting.quick ? [0.5] : [1, 10, 60]) {
    setting.progress(`${visitors} people within ${seconds} s`);
    crowds.push(...(await crowd(setting, visitors, seconds)));
  }
  setting.progress('one cached person, the CRM is down');
  return {
    title: 'API economy',
    about: [
      `A CRM with ${LATENCY} ms of latency; HubSpot keeps the limits of its Free tier, ${FREE.burst} requests in ten seconds and 5 searches a second.`,
      'Only counts matter here, so all run side by side.',
      "'Right' is the share of callers who read about their visitor, however late; 'in 3 s' those who did so by the product's deadline.",
      "The budget is the fullest ten seconds' share of what Free allows in ten seconds (searches and associations have limits of their own), and all calls' share of a day's.",
    ].join(' '),
    tables: [
      { title: `Calls to the CRM for ${visitors} distinct people`, rows: crowds },
      {
        title:
          'Calls for one cached person while the CRM answers 503, asked for 200 times a second',
        rows: await whileFailing(setting),
      },
    ],
  };
}

/** All four side by side, each with a CRM of its own. */
async function crowd(setting: Setting, visitors: number, seconds: number): Promise<readonly Row[]> {
  const kinds: readonly CrmKind[] = ['salesforce', 'hubspot'];
  const rows = await Promise.all(
    kinds.flatMap((kind) =>
      ['rival', 'ours'].map(async (whose) => {
        await using crm = await startCrm(setting, kind, visitors + 1);
        await using server = await startServer(setting, crm, whose === 'ours');
        const { port } = server;
        await ask({ port, patience: PATIENCE }, targetOf(visitors));
        await crm.setMood({ latency: LATENCY });
        await crm.forget();
        const over = seconds * 1000;
        const answers = await arrivals({
          port,
          visitors,
          over,
          patience: PATIENCE,
          target: (n) => targetOf(n),
        });
        return rowOf(kind, server, seconds, answers, await crm.seen());
      }),
    ),
  );
  return rows;
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
  const seconds = setting.quick ? 1 : 10;
  const visitors = seconds * 200;
  await using crm = await startCrm(setting, 'salesforce', 1);
  await using rival = await startUnderTest(setting, await byHand(crm, 1000));
  await using bridge = await startBridge(setting, {
    connections: { crm: connectionTo(crm) },
    more: { cache: { ttl: '1s' } },
  });
  const rows: Row[] = [];
  for (const { name, port } of [rival, bridge]) {
    await crm.setMood({ failing: false, latency: 10 });
    await ask({ port, patience: PATIENCE }, targetOf(0));
    await crm.setMood({ failing: true });
    await crm.forget();
    const answers = await arrivals({
      port,
      visitors,
      over: (seconds + 1) * 1000,
      patience: PATIENCE,
      target: () => targetOf(0),
    });
    const calls = (await crm.seen()).length;
    const right = answers.filter(({ text }) => isAbout(0, text)).length;
    rows.push({
      server: name,
      calls,
      'calls/s': calls / seconds,
      'right %': (right / visitors) * 100,
    });
  }
  return rows;
}
