/**
 * The whole service over emulated CRMs, with a random fault in every fifth request to them.
 * CHAOS_SECONDS says how long (60; with it, figures are printed on the way), CHAOS_SEED repeats the same
 * faults. The CRMs, the agents and the service share this process: its memory is that of all of them.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import {
  REST_TOKEN,
  startRestCrm,
  type RestCrm,
  type RestFault,
} from './faults/rest-crm-server.ts';
import { agents, type Agents, type Answered } from './support/agents.ts';
import { crowd, samplePeople } from './support/hubspot/people.ts';
import { hubspotYaml, salesforceYaml } from './support/crm-yaml.ts';
import { startHubSpotEmulator, type HubSpotEmulator } from './support/hubspot/emulator.ts';
import { faultNames } from './support/hubspot/faults.ts';
import { contact, makePeople } from './support/salesforce/people.ts';
import { startSalesforceEmulator, type SalesforceEmulator } from './support/salesforce/emulator.ts';
import type { FaultKind } from './support/salesforce/faults.ts';
import { bridgeYaml, startService, type Service } from './support/service.ts';

const GIVEN_SECONDS = process.env['CHAOS_SECONDS'];
const SECONDS = Number(GIVEN_SECONDS ?? 60);
const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** How long every request to a CRM fails: a whole minute when there is time. */
const FAILING_SECONDS = SECONDS < 600 ? 3 : 60;
const PEOPLE = 100;
const DEADLINE = 1000;
const ASKS_PER_SECOND = 50;
/** The share of requests to a CRM that go wrong. */
const TROUBLE = 0.2;
/** What the heap may grow from 20 % of the time to its end. Bytes. */
const GROWTH = 20e6;
const TENANTS = ['sales', 'marketing', 'staff', 'first', 'merge'] as const;

/** Each kind that there is: a new one is an error of types until it is here. */
const SALESFORCE_FAULTS = kinds<FaultKind>({
  hang: 1,
  stall: 1,
  truncate: 1,
  reset: 1,
  'connection-close': 1,
  maintenance: 1,
  html200: 1,
  'broken-json': 1,
  'wrong-shape': 1,
  'other-person': 1,
  huge: 1,
  'gzip-bomb': 1,
  'broken-gzip': 1,
  redirect: 1,
  'status-401': 1,
  'refused-header': 1,
  'status-403': 1,
  'status-420': 1,
  'status-429': 1,
  'status-500': 1,
  'status-503': 1,
  'request-limit': 1,
  'api-disabled': 1,
});
const HUBSPOT_FAULTS = faultNames;
const REST_FAULTS = kinds<RestFault>({
  hang: 1,
  drip: 1,
  cut: 1,
  error: 1,
  'too many': 1,
  spent: 1,
  'not found': 1,
  unprocessable: 1,
  html: 1,
  broken: 1,
  huge: 1,
  shape: 1,
});
/** Some faults say that there is nothing to be had for an hour or a day. */
const RESUME_EVERY_MS = 1000;

describe(`chaos, seed ${SEED}`, function () {
  this.timeout((SECONDS + FAILING_SECONDS + 60) * 1000);
  let salesforce: SalesforceEmulator;
  let hubspot: HubSpotEmulator;
  let rest: RestCrm;
  let service: Service;
  let askers: Record<(typeof TENANTS)[number], Agents>;
  const random = mulberry32(SEED);

  before(async () => {
    const data = makePeople();
    for (let n = 0; n < PEOPLE; n += 1) {
      data['Contact']?.push(contact(5000 + n, 'Visitor', `No. ${n}`, address(n), 1));
    }
    salesforce = await startSalesforceEmulator({ data, limit: 1e9 });
    const account = samplePeople();
    crowd(account, PEOPLE);
    hubspot = await startHubSpotEmulator({ data: account, tier: 'increased' });
    rest = await startRestCrm(
      new Map(Array.from({ length: PEOPLE }, (_, n) => [address(n), `Visitor No. ${n}`])),
    );
    const tenant = (name: string, connections: string, more = '') =>
      `  ${name}: { keys: [${name}-key-0123456789], connections: [${connections}], deadline: ${DEADLINE}ms, rateLimit: { requests: 100000, per: 1m }${more} }`;
    const yaml = (level: string) =>
      bridgeYaml(`
log: { level: ${level} }
cache: { ttl: 1s, notFoundTtl: 1s, staleTtl: 1m }
connections:
  sf: ${salesforceYaml(salesforce)}
  hs: ${hubspotYaml(hubspot)}
  rest: { connector: rest-crm, baseUrl: "${rest.url}", token: ${REST_TOKEN} }
tenants:
${tenant('sales', 'sf')}
${tenant('marketing', 'hs')}
${tenant('staff', 'rest')}
${tenant('first', 'sf, hs')}
${tenant('merge', 'hs, sf, rest', ', strategy: merge')}
`);
    service = await startService({ files: { 'bridge.yaml': yaml('info') } });
    // What it prints is kept in memory.
    await service.write('bridge.yaml', yaml('error'));
    await fetch(`${service.opsUrl}/-/reload`, { method: 'POST' });
    const asker = (name: string) =>
      agents(service.url, `/v1/${name}/contact/${name}-key-0123456789`);
    askers = {
      sales: asker('sales'),
      marketing: asker('marketing'),
      staff: asker('staff'),
      first: asker('first'),
      merge: asker('merge'),
    };
  });

  after(async () => {
    for (const asker of Object.values(askers)) asker.close();
    await service.close();
    await Promise.all([salesforce.close(), hubspot.close(), rest.close()]);
  });

  it('agents always get the right text in time, and memory stays level', async function () {
    const [wrong, late]: [string[], string[]] = [[], []];
    let [asked, answered] = [0, 0];
    const outcomes: Record<string, number> = {};
    const asking = new Set<Promise<void>>();
    const lateness = watchLateness();
    const warm = await Promise.all(TENANTS.map((tenant) => askers[tenant].ask(address(0))));
    expect(Math.max(...warm.map(({ ms }) => ms))).to.be.below(10_000);

    salesforce.faults.draw = () => draw(SALESFORCE_FAULTS, random);
    hubspot.faults.draw = () => draw(HUBSPOT_FAULTS, random);
    rest.draw = () => draw(REST_FAULTS, random);
    const ask = async () => {
      const tenant = pick(TENANTS, random);
      const isKnown = random() < 0.9;
      const person = Math.floor(random() * PEOPLE);
      const email = isKnown ? address(person) : `unknown-${person}@nowhere.example`;
      const start = performance.now();
      asked += 1;
      // This process' clock, not what the service says it took.
      const answer = await askers[tenant].ask(email);
      answered += 1;
      outcomes[answer.outcome] = (outcomes[answer.outcome] ?? 0) + 1;
      const problem = problemOf(answer, isKnown ? person : undefined);
      const line = `${tenant} ${email} ${answer.status} ${answer.ms} ms ${answer.text}`;
      if (problem !== undefined) wrong.push(`${problem}: ${line}`);
      if (answer.ms > DEADLINE + 200 + lateness.since(start)) late.push(line);
    };

    const heap: number[] = [];
    const start = performance.now();
    let [nextMeasure, nextResume, crmRequests] = [SECONDS / 5, 0, 0];
    await every(1000 / ASKS_PER_SECOND, SECONDS * 1000, () => {
      const one = ask().finally(() => asking.delete(one));
      asking.add(one);
      const seconds = (performance.now() - start) / 1000;
      if (seconds * 1000 > nextResume) {
        nextResume += RESUME_EVERY_MS;
        for (const name of ['sf', 'hs', 'rest']) void resume(service, name);
      }
      if (seconds < nextMeasure) return;
      nextMeasure += Math.max(SECONDS / 20, 1);
      heap.push(heapInUse());
      crmRequests += hubspot.stats.requests.length;
      hubspot.stats.reset(); // it keeps every request
      if (GIVEN_SECONDS !== undefined) {
        const total = crmRequests + salesforce.stats().apiCalls + rest.requests;
        print(`${Math.round(seconds)} s: ${figures(outcomes, total)}`);
      }
    });
    await Promise.all(asking);
    heap.push(heapInUse());
    lateness.end();

    const [early, end] = [heap[0] ?? 0, Math.min(...heap.slice(-3))];
    const summary = [
      `answers ${answered}`,
      `wrong ${wrong.length}`,
      `late ${late.length}`,
      `lost ${asked - answered}`,
      `heap at 20 % ${megabytes(early)} MB, at 100 % ${megabytes(end)} MB`,
    ].join(', ');
    print(`chaos, seed ${SEED}: ${summary}`);
    expect(wrong, 'wrong').to.deep.equal([]);
    expect(late, 'late').to.deep.equal([]);
    expect(asked - answered, 'lost').to.equal(0);
    expect(answered).to.be.above(50);
    expect(outcomes['found'] ?? 0, 'found at all').to.be.above(answered * 0.1);
    // The least of several: an answer of 20 MB may be on its way when one is taken.
    const half = Math.ceil(heap.length / 2);
    const growth = Math.min(...heap.slice(half)) - Math.min(...heap.slice(0, half));
    expect(growth, heap.join()).to.be.below(GROWTH);
    if (this.test) this.test.title += ` (${summary})`;
  });

  it(`CRMs that fail for ${FAILING_SECONDS} s are called a few times and then not called`, async function () {
    for (const { faults } of [salesforce, hubspot]) faults.clear();
    rest.draw = undefined;
    salesforce.faults.add({ on: '*', kind: 'status-503' });
    hubspot.faults.inject('error500');
    rest.fault = 'error';
    const calls = () =>
      Object.values(salesforce.stats().requests).reduce((sum, n) => sum + n, 0) +
      hubspot.stats.requests.length +
      rest.requests;
    for (const name of ['sf', 'hs', 'rest']) await resume(service, name);
    const before = calls();
    const asking: Promise<Answered>[] = [];
    await every(10, FAILING_SECONDS * 1000, (n) =>
      asking.push(askers.merge.ask(`failing-${n}@crowd.example`)),
    );
    for (const answer of await Promise.all(asking)) expect(answer.outcome).to.equal('unavailable');
    expect(asking.length).to.be.above(20);
    // Three CRMs: some ten calls each until the circuit opens, then a probe every ten seconds.
    const made = calls() - before;
    expect(made).to.be.below(90 + FAILING_SECONDS);
    if (this.test) this.test.title += ` (${asking.length} answers, ${made} calls)`;
  });

  it('ends cleanly while lookups are under way', async () => {
    salesforce.faults.clear();
    salesforce.faults.add({ on: '*', kind: 'hang' });
    const late = askers.sales.ask(address(1));
    await every(10, 100, () => undefined);
    service.signal('SIGTERM');
    expect((await late).status).to.equal(200);
    expect(await service.ended).to.equal(0);
  });
});

/** @param person who was asked about; `undefined` for an unknown address. */
function problemOf({ status, outcome, text }: Answered, person: number | undefined) {
  if (status !== 200) return 'status';
  if (outcome === 'found') {
    const isTrue = person !== undefined && /^Visitor No\. (\d+)\b/.exec(text)?.[1] === `${person}`;
    return isTrue ? undefined : 'of another person';
  }
  return person === undefined || outcome === 'unavailable' ? undefined : 'unknown';
}

function kinds<T extends string>(each: Readonly<Record<T, 1>>): readonly T[] {
  return Object.keys(each) as T[];
}

/** What an operator does about a connection that waits for an hour. */
async function resume(service: Service, connection: string): Promise<void> {
  const response = await fetch(`${service.opsUrl}/connections/${connection}/resume`, {
    method: 'POST',
  });
  await response.arrayBuffer();
}

/** How late this process is with what it has to do: other programs and the CRMs in it hold it up. */
function watchLateness() {
  const STEP = 20;
  let ticks: { readonly at: number; readonly late: number }[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const at = performance.now();
    const late = Math.max(0, at - last - STEP);
    last = at;
    ticks = [...ticks.filter((tick) => tick.at > at - 10_000), ...(late > 2 ? [{ at, late }] : [])];
  }, STEP);
  return {
    since: (start: number) => {
      // The latest stall may have ended just now, before its tick.
      const unrecorded = Math.max(0, performance.now() - last - STEP);
      const recorded = ticks.filter(({ at }) => at >= start).map(({ late }) => late);
      return recorded.reduce((sum, late) => sum + late, unrecorded);
    },
    end: () => clearInterval(timer),
  };
}

/** Bytes that are in use after everything else was collected. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

function figures(outcomes: Readonly<Record<string, number>>, crmRequests: number): string {
  const { rss, heapUsed } = process.memoryUsage();
  return `${JSON.stringify(outcomes)}, ${crmRequests} CRM requests, heap ${megabytes(heapUsed)} MB, RSS ${megabytes(rss)} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

function address(n: number): string {
  return `visitor-${n}@crowd.example`;
}

function draw<T>(faults: readonly T[], random: () => number): T | undefined {
  return random() < TROUBLE ? pick(faults, random) : undefined;
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** Calls `work` about every `pause` milliseconds for `duration` milliseconds. */
async function every(pause: number, duration: number, work: (n: number) => void): Promise<void> {
  const end = performance.now() + duration;
  for (let n = 0; performance.now() < end; n += 1) {
    work(n);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Small and good enough to draw faults; the same seed gives the same numbers. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
