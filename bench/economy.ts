/** API economy: how many calls a crowd costs, and one cached person while the CRM fails. */
import { setTimeout as pause } from 'node:timers/promises';
import { arrivals, ask, type Arrival } from './arrivals.ts';
import { connectionTo, startBridge } from './bridge.ts';
import { isExempt } from './crm/hubspot.ts';
import type { Seen } from './crm/listen.ts';
import { startCrm, type Crm, type CrmKind } from './crm.ts';
import type { Report, Setting, Table } from './measurement.ts';
import { byHand } from './rival.ts';
import { alternate, mergeRounds, sideBySide } from './rounds.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { isAbout, targetOf } from './visitors.ts';

const KINDS: readonly CrmKind[] = ['salesforce', 'hubspot'];

/** Of the CRM, in milliseconds. */
const LATENCY = 100;
/** `timeoutMs`: callers hang up after so many milliseconds. `within`, `failing`: how long they come. Seconds. */
const FULL = { visitors: 1000, within: [1, 10, 60], timeoutMs: 12_000, failing: 3, rounds: 3 };
const QUICK = { visitors: 20, within: [0.2], timeoutMs: 1500, failing: 0.3, rounds: 1 };
/** From this time on one run is enough, and the servers have so little to do that they can run side by side. Seconds. */
const SIDE_BY_SIDE = 60;
/** While the CRM fails: requests a second, the cache's TTL and the CRM's latency in milliseconds. */
const PER_SECOND = 200;
const TTL = 1000;
const FAILS_AFTER = 10;
/** Requests before that, one after the other: they load what is loaded at first use. */
const WARM_UP = 30;
/** Requests that HubSpot's Free tier allows in ten seconds, and in a day. */
const FREE = { burst: 100, burstMs: 10_000, daily: 250_000 };

/** The product's deadline, in milliseconds. */
const DEADLINE = 3000;

interface Contender {
  readonly kind: CrmKind;
  readonly isOurs: boolean;
}

const CONTENDERS: readonly Contender[] = KINDS.flatMap((kind) => [
  { kind, isOurs: false },
  { kind, isOurs: true },
]);

export async function measureEconomy(setting: Setting): Promise<Report> {
  const { within, timeoutMs } = sizes(setting);
  const tables: Table[] = [];
  for (const seconds of within) tables.push(await withCrowd(setting, seconds));
  tables.push(await withFailures(setting));
  return {
    title: 'API economy',
    about: [
      "'Calls' are all requests to the CRM but sign-ins, refused ones counted in.",
      `'Right %' is the share of callers who read about their visitor before they hung up after ${timeoutMs / 1000} s; 'right in 3 s %' those who did so by the product's deadline.`,
    ].join(' '),
    tables,
  };
}

async function withCrowd(setting: Setting, seconds: number): Promise<Table> {
  const { visitors } = sizes(setting);
  const isSideBySide = setting.quick || seconds >= SIDE_BY_SIDE;
  const rounds = isSideBySide ? 1 : sizes(setting).rounds;
  if (isSideBySide) setting.progress(`${visitors} people within ${seconds} s`);
  const found = isSideBySide
    ? await sideBySide(CONTENDERS, (each) => crowd(setting, each, seconds))
    : await alternate(rounds, CONTENDERS, (each) => crowd(setting, each, seconds));
  return {
    title: `${visitors} distinct people within ${seconds} s`,
    measured: [
      `A CRM with ${LATENCY} ms of latency, no one is cached; HubSpot keeps the limits of its Free tier, ${FREE.burst} requests in ten seconds and 5 searches a second.`,
      "The budget is the fullest ten seconds' share of what Free allows in ten seconds (searches and associations have limits of their own), and all calls' share of a day's.",
      ...(isSideBySide ? ['All four ran at the same time, on one core.'] : []),
    ].join(' '),
    rounds,
    rows: found.map(mergeRounds),
  };
}

function sizes({ quick }: Setting) {
  return quick ? QUICK : FULL;
}

/** One server with its own CRM. */
async function crowd(setting: Setting, { kind, isOurs }: Contender, seconds: number) {
  const { visitors, timeoutMs } = sizes(setting);
  await using crm = await startCrm(setting, kind, visitors + 1);
  await using server = await startServer(setting, crm, isOurs);
  const { port, name } = server;
  if (seconds < SIDE_BY_SIDE) setting.progress(`${kind}, ${name}: ${visitors} in ${seconds} s`);
  await ask({ port, timeoutMs }, targetOf(visitors));
  await crm.setMood({ latency: LATENCY });
  await crm.forget();
  const over = seconds * 1000;
  const target = (n: number) => targetOf(n);
  const answers = await arrivals({ port, visitors, over, timeoutMs, target });
  return figuresOf(kind, server, answers, await crm.seen());
}

/** @param ttl of its cache, in milliseconds. */
async function startServer(
  setting: Setting,
  crm: Crm,
  isOurs: boolean,
  ttl = 300_000,
): Promise<UnderTest> {
  return isOurs
    ? startBridge(setting, {
        connections: { crm: connectionTo(crm) },
        more: { cache: { ttl: `${ttl}ms` } },
      })
    : startUnderTest(setting, await byHand(crm, ttl));
}

function figuresOf(
  kind: CrmKind,
  { name }: UnderTest,
  answers: readonly Arrival[],
  seen: readonly Seen[],
) {
  const right = answers.filter(({ text }, visitor) => isAbout(visitor, text));
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const inTime = right.filter(({ ms }) => ms <= DEADLINE);
  const isHubSpot = kind === 'hubspot';
  return {
    CRM: kind,
    server: name,
    calls: seen.length,
    'calls/person': seen.length / answers.length,
    'refused (429)': seen.filter(({ status }) => status === 429).length,
    'right %': (right.length / answers.length) * 100,
    'right in 3 s %': (inTime.length / answers.length) * 100,
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

async function withFailures(setting: Setting): Promise<Table> {
  const { failing: seconds, rounds } = sizes(setting);
  const run = (isOurs: boolean) => whileFailing(setting, isOurs);
  const found = setting.quick
    ? await sideBySide([false, true], run)
    : await alternate(rounds, [false, true], run);
  return {
    title: 'One cached person while the CRM fails',
    measured: `Asked for ${PER_SECOND} times a second during ${seconds} s while Salesforce answers 503; what is known is older than the TTL of ${TTL / 1000} s.`,
    rounds,
    rows: found.map(mergeRounds),
  };
}

/** Starts everything again: a circuit that is still open would spare the CRM calls. */
async function whileFailing(setting: Setting, isOurs: boolean) {
  const { failing: seconds, timeoutMs } = sizes(setting);
  await using crm = await startCrm(setting, 'salesforce', 1);
  await using server = await startServer(setting, crm, isOurs, TTL);
  const { name, port } = server;
  const visitors = seconds * PER_SECOND;
  setting.progress(`${name}: one cached person, the CRM is down`);
  for (let n = 0; n < WARM_UP; n += 1) await ask({ port, timeoutMs }, targetOf(0));
  await crm.setMood({ failing: true, latency: FAILS_AFTER });
  await pause(TTL);
  await crm.forget();
  const over = seconds * 1000;
  const answers = await arrivals({ port, visitors, over, timeoutMs, target: () => targetOf(0) });
  const calls = (await crm.seen()).length;
  const right = answers.filter(({ text }) => isAbout(0, text));
  const inTime = right.filter(({ ms }) => ms <= DEADLINE);
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    server: name,
    calls,
    'calls/s': calls / seconds,
    'right %': (right.length / visitors) * 100,
    'right in 3 s %': (inTime.length / visitors) * 100,
    'p50 ms': percentile(times, 0.5),
    'p99 ms': percentile(times, 0.99),
  };
}
