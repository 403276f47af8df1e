/**
 * What the bridge does when a CRM misbehaves, as a table: every row is a test for every connector, over the whole
 * service. A row that cannot happen with a connector says why.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import supertest from 'supertest';
import { agents, askTogether, type Agents, type Answered } from '../support/agents.ts';
import { bridgeYaml, startService, type Service } from '../support/service.ts';
import { address, PEOPLE, type EmulatedCrm, type Trouble, type Variant } from './emulated-crm.ts';

export type ConnectorName = 'csv' | 'salesforce' | 'hubspot' | 'rest-crm';

interface Row {
  /** Names the row's connection and tenant. */
  readonly id: string;
  readonly rule: string;
  /** Why the row has no meaning for a connector. */
  readonly notFor?: Partial<Record<ConnectorName, string>>;
  readonly variant?: Variant;
  /** More of the connection and of the tenant, in YAML. */
  readonly connection?: string;
  readonly tenant?: string;
  readonly test: (bench: Bench) => Promise<void>;
}

interface Bench {
  readonly crm: EmulatedCrm;
  readonly service: Service;
  /** Asks about the n-th person, or about an address. */
  ask(who: number | string): Promise<Answered>;
  askAll(who: readonly number[]): Promise<readonly Answered[]>;
  askAtOnce(emails: readonly string[]): Promise<readonly string[]>;
  /** The row's connection in `/health`. */
  health(): Promise<Readonly<Record<string, unknown>>>;
  circuit(): Promise<string | undefined>;
  /** For all rows from here on. */
  letEntriesGetStale(): Promise<void>;
}

const NO_REQUESTS = 'it makes no requests: files are read before any lookup';
const READ_BEFORE = 'a file that is gone or broken changes nothing: test/connectors/csv/reload';
const NO_LIMIT = 'files have no limits';
const NO_TOKEN = 'files have no token';
const HASTY_MS = 300;
const HASTY = `deadline: ${HASTY_MS}ms`;
const UNKNOWN = 'unknown@gmail.com';

const ROWS: readonly Row[] = [
  {
    id: 'one-person',
    rule: '100 requests at once for one person: one lookup, 100 right answers',
    async test({ crm, askAll }) {
      const before = crm.requests();
      for (const answer of await askAll(new Array<number>(100).fill(7))) isPerson(answer, 7);
      expect(crm.requests() - before).to.be.at.most(crm.allowed.lone);
    },
  },
  {
    id: 'one-unknown',
    rule: '100 requests at once for one unknown person: one lookup, 100 right answers',
    async test({ crm, ask }) {
      const before = crm.requests();
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask(UNKNOWN)));
      for (const { outcome } of answers) expect(outcome).to.equal('not_found');
      expect(crm.requests() - before).to.be.at.most(crm.allowed.lone);
    },
  },
  {
    id: 'crowd',
    rule: '100 requests at once for 100 people: few calls, 100 right answers',
    async test({ crm, askAtOnce }) {
      const [before, readsBefore] = [crm.requests(), crm.reads()];
      const texts = await askAtOnce(range(0, PEOPLE).map(address));
      for (const [n, text] of texts.entries()) {
        expect(text.startsWith(`Visitor No. ${n} `) || text === `Visitor No. ${n}\n`, text).to.be
          .ok;
      }
      expect(crm.requests() - before).to.be.at.most(crm.allowed.crowd);
      expect(crm.reads() - readsBefore).to.be.at.most(crm.allowed.crowdReads);
    },
  },
  {
    id: 'lone',
    rule: 'one lone lookup: no more requests than allowed, whether or not the person is known',
    async test({ crm, ask }) {
      for (const who of [3, UNKNOWN]) {
        const before = crm.requests();
        expect((await ask(who)).outcome).to.equal(who === UNKNOWN ? 'not_found' : 'found');
        expect(crm.requests() - before).to.be.at.most(crm.allowed.lone);
      }
    },
  },
  ...(['hang', 'drip', 'cut'] as const).map((trouble): Row => ({
    id: trouble,
    rule: `${trouble}: answered by the deadline, really aborted, the next lookup starts clean`,
    notFor: { csv: NO_REQUESTS },
    tenant: HASTY,
    async test({ crm, ask, service }) {
      await foundAtLast(ask, range(0, 5));
      const before = crm.aborted();
      crm.trouble(trouble);
      const lag = monitorEventLoopDelay({ resolution: 10 });
      lag.enable();
      const answer = await ask(10);
      lag.disable();
      isUnavailable(answer);
      // The CRM lives in this process too: what held it up held up the clock of this test.
      expect(answer.ms).to.be.below(HASTY_MS + 200 + (2 * lag.max) / 1e6);
      if (trouble !== 'cut') await until(() => crm.aborted() > before);
      crm.repair();
      await foundAtLast(ask, range(11, 15));
      expect((await supertest(service.url).get('/healthz')).status).to.equal(200);
    },
  })),
  {
    id: 'stale',
    rule: 'CRM down, known person in the cache: the cached answer, marked as stale with its time',
    notFor: { csv: READ_BEFORE },
    async test({ crm, ask, letEntriesGetStale }) {
      isPerson(await ask(1), 1);
      crm.trouble('down');
      await letEntriesGetStale();
      for (let n = 0; n < 10; n += 1) {
        const answer = await ask(1);
        isPerson(answer, 1);
        expect(answer.cacheStatus).to.match(/^crm-bridge; hit; ttl=-\d+$/);
        expect(sourceOf(answer)).to.include({ stale: true, partial: false });
        expect(Date.parse(sourceOf(answer).fetchedAt)).to.be.at.most(Date.now());
      }
      isUnavailable(await ask(2));
    },
  },
  ...(
    [
      ['too many requests', 'rate_limited'],
      ['quota spent', 'quota'],
    ] as const
  ).map(([trouble, kind]): Row => ({
    id: kind,
    rule: `${trouble}: not called again before the CRM allows, and /health says why`,
    notFor: { csv: NO_LIMIT },
    async test({ crm, ask, askAll, health, circuit }) {
      crm.trouble(trouble);
      isUnavailable(await ask(1));
      crm.repair();
      const before = crm.requests();
      for (const answer of await askAll(range(2, 22))) isUnavailable(answer);
      expect(crm.requests()).to.equal(before);
      const { status, circuit: state, lastError } = await health();
      expect({ status, state }).to.deep.equal({ status: 'fail', state: 'open' });
      expect(lastError).to.include({ class: kind });
      expect(await circuit()).to.equal('2');
    },
  })),
  {
    id: 'reserve',
    rule: 'quotaReserve reached: not called any more',
    notFor: { csv: NO_LIMIT },
    connection: 'limits: { quotaReserve: 1 }',
    async test({ crm, ask, askAll, health, circuit }) {
      await ask(1); // its answer reports the quota; HubSpot's labels may have reported it before
      const before = crm.requests();
      for (const answer of await askAll(range(2, 22))) isUnavailable(answer);
      expect(crm.requests()).to.equal(before);
      expect((await health())['quota']).to.include.keys('used', 'limit');
      expect(await circuit()).to.equal('2');
    },
  },
  {
    id: 'expired',
    rule: 'token expired with 50 lookups running: one new token, 50 right answers',
    notFor: { csv: NO_TOKEN, 'rest-crm': 'its token is a setting that is never renewed' },
    variant: 'renewable token',
    async test({ crm, ask, askAll }) {
      isPerson(await ask(99), 99);
      crm.tokens?.expire();
      const before = crm.tokens?.issued() ?? NaN;
      for (const [n, answer] of (await askAll(range(0, 50))).entries()) isPerson(answer, n);
      expect((crm.tokens?.issued() ?? NaN) - before).to.equal(1);
    },
  },
  {
    id: 'refused',
    rule: 'token refused: one try, then a pause; /health says why',
    notFor: { csv: NO_TOKEN },
    variant: 'wrong credentials',
    async test({ crm, ask, askAll, health }) {
      isUnavailable(await ask(1));
      const before = crm.refused();
      expect(before).to.be.within(1, crm.allowed.refused);
      for (const answer of await askAll(range(2, 22))) isUnavailable(answer);
      expect(crm.refused()).to.equal(before);
      const { status, lastError } = await health();
      expect(status).to.equal('fail');
      expect(lastError).to.include({ class: 'auth' });
    },
  },
  ...(['first', 'merge'] as const).flatMap((strategy): Row[] => [
    {
      id: `other-fails-${strategy}`,
      rule: `the other of two connections fails (${strategy}): this one's answer, partial`,
      tenant: `connections: [gone, other-fails-${strategy}], strategy: ${strategy}`,
      async test({ ask }) {
        const answer = await ask(4);
        isPerson(answer, 4);
        expect(sourceOf(answer)).to.deep.include({ partial: true, missing: ['gone'] });
        isUnavailable(await ask(UNKNOWN));
      },
    },
    {
      id: `fails-${strategy}`,
      rule: `this one of two connections fails (${strategy}): the other's answer, partial`,
      notFor: { csv: READ_BEFORE },
      tenant: `connections: [fails-${strategy}, knows], strategy: ${strategy}`,
      async test({ crm, ask }) {
        crm.trouble('down');
        const answer = await ask(4);
        expect(answer.text).to.match(/Known visitor-4\b/);
        const missing = [`fails-${strategy}`];
        expect(sourceOf(answer)).to.deep.include({ partial: true, missing });
        isUnavailable(await ask('unknown-1@crowd.example'));
      },
    },
  ]),
  {
    id: 'invalid',
    rule: 'HTML, broken JSON, 20 MB, wrong types: bad_response; the agent sees the unavailable text',
    notFor: { csv: READ_BEFORE },
    async test({ crm, ask, health }) {
      const troubles: readonly Trouble[] = ['HTML', 'broken JSON', '20 MB', 'wrong types'];
      for (const [n, trouble] of troubles.entries()) {
        isPerson(await ask(10 + n), 10 + n);
        crm.trouble(trouble);
        isUnavailable(await ask(n));
        expect((await health())['lastError'], trouble).to.include({ class: 'bad_response' });
        crm.repair();
      }
      isPerson(await ask(20), 20);
    },
  },
  {
    id: 'not-its-fault',
    rule: 'a 4xx other than 429, known or not, is no failure of the CRM: the circuit stays closed',
    notFor: { csv: NO_REQUESTS },
    async test({ crm, ask, health, circuit }) {
      const refusals: readonly Trouble[] = ['request refused', 'unknown refusal'];
      for (const [round, trouble] of refusals.entries()) {
        crm.trouble(trouble);
        const first = 20 * round;
        for (const n of range(first, first + 12)) isUnavailable(await ask(n));
        expect((await health())['lastError'], trouble).to.include({ class: 'misconfigured' });
        expect(await circuit(), trouble).to.be.oneOf(['0', undefined]);
        crm.repair();
        for (const n of range(first, first + 5)) isPerson(await ask(n), n);
      }
    },
  },
  {
    id: 'field',
    rule: 'an optional field does not exist: the lookup succeeds without it; one warning',
    notFor: {
      csv: 'its fields are the columns there are',
      'rest-crm': 'it has no fields to ask for',
    },
    variant: 'unknown field',
    async test({ ask, service }) {
      for (const n of range(0, 5)) isPerson(await ask(n), n);
      const warnings = () =>
        service.output().match(/^.*"level":"warn".*"connection":"field".*$/gm) ?? [];
      await until(() => warnings().length > 0);
      expect(warnings()).to.have.lengthOf(1);
    },
  },
  {
    id: 'sigterm',
    rule: 'SIGTERM under load: no request lost; exit 0 within drainTimeout',
    async test({ crm, ask, askAll, service, health }) {
      isPerson(await ask(50), 50);
      crm.slow(200);
      const asking = askAll(range(0, 40));
      await until(async () => Number((await health())['lookups']) > 1);
      const signalled = performance.now();
      service.signal('SIGTERM');
      const answers = await asking;
      for (const { status, headers } of answers) {
        expect(status).to.be.oneOf([200, 503]);
        if (status === 503) expect(headers['connection']).to.equal('close');
      }
      expect(answers.some(({ status }) => status === 200)).to.equal(true);
      expect(await service.ended).to.equal(0);
      expect(performance.now() - signalled).to.be.below(3000);
    },
  },
];

/** Registers the table's tests for one connector. */
export function describeFaults(
  connector: ConnectorName,
  prepare: () => Promise<EmulatedCrm>,
): void {
  describe(`faults of ${connector}`, () => {
    const rows = ROWS.filter(({ notFor }) => notFor?.[connector] === undefined);
    const askers = new Map<string, Agents>();
    let crm: EmulatedCrm;
    let service: Service;

    before(async () => {
      crm = await prepare();
      const files = { ...crm.files, 'bridge.yaml': configuration(connector, crm, rows) };
      service = await startService({ files });
      for (const { id } of rows) askers.set(id, agents(service.url, path(id)));
    });
    afterEach(() => crm.repair());
    after(async () => {
      for (const asker of askers.values()) asker.close();
      await service.close();
      await crm.close();
    });

    for (const { id, rule, test } of rows) {
      it(rule, async () => {
        const ask = (who: number | string) => {
          const email = typeof who === 'number' ? address(who) : who;
          const asker = askers.get(id) ?? agents(service.url, path(id));
          return asker.ask(email, 'application/json');
        };
        const ops = supertest(service.opsUrl);
        await test({
          crm,
          service,
          ask,
          askAll: (who) => Promise.all(who.map(ask)),
          askAtOnce: (emails) => askTogether(service.url, path(id), emails),
          health: async () => {
            const { text } = await ops.get('/health');
            return (JSON.parse(text) as Health).connections[id] ?? {};
          },
          circuit: async () => {
            const { text } = await ops.get('/metrics');
            return new RegExp(`circuit_state\\{connection="${id}"\\} (\\d)`).exec(text)?.[1];
          },
          letEntriesGetStale: async () => {
            const yaml = configuration(connector, crm, rows).replace('ttl: 5m', 'ttl: 0s');
            await service.write('bridge.yaml', yaml);
            expect((await ops.post('/-/reload')).status).to.equal(200);
          },
        });
      });
    }
  });
}

interface Health {
  readonly connections: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function configuration(connector: string, crm: EmulatedCrm, rows: readonly Row[]): string {
  const connections = rows.map(({ id, variant, connection }) => {
    const settings = [`connector: ${connector}`, crm.settings(id, variant), connection];
    return `  ${id}: { ${settings.filter((part) => part !== undefined).join(', ')} }`;
  });
  const tenants = rows.map(({ id, tenant = '' }) => {
    const named = tenant.includes('connections:') ? '' : `connections: [${id}], `;
    const settings = `${tenant.includes('deadline:') ? '' : 'deadline: 9s, '}${named}${tenant}`;
    return `  ${id}: { keys: [${keyOf(id)}], companyByDomain: false, json: true, ${settings} }`;
  });
  return bridgeYaml(
    [
      'log: { level: info, format: json }',
      'cache: { ttl: 5m, notFoundTtl: 1m, staleTtl: 1h }',
      'connections:',
      ...connections,
      '  gone: { connector: moody, downWhile: bridge.yaml }',
      '  knows: { connector: moody }',
      'tenants:',
      ...tenants,
    ].join('\n'),
  );
}

function keyOf(id: string): string {
  return `${id}-key-0123456789`;
}

function path(id: string): string {
  return `/v1/${id}/contact/${keyOf(id)}`;
}

interface Shown {
  readonly text: string;
  readonly source: {
    readonly fetchedAt: string;
    readonly stale: boolean;
    readonly partial: boolean;
    readonly missing: readonly string[];
  };
}

function shown(answer: Answered): Shown {
  return JSON.parse(answer.text) as Shown;
}

function sourceOf(answer: Answered): Shown['source'] {
  return shown(answer).source;
}

function isPerson(answer: Answered, n: number): void {
  expect(answer.outcome, answer.text).to.equal('found');
  expect(`${shown(answer).text} `.startsWith(`Visitor No. ${n} `) || undefined, answer.text).to.not
    .be.undefined;
}

function isUnavailable(answer: Answered): void {
  expect(answer.outcome, answer.text).to.equal('unavailable');
  expect(answer.status).to.equal(200);
  expect(shown(answer).text).to.have.length.above(20);
  expect(answer.text).not.to.match(/<html|secret words|no match/i);
}

/** On a busy machine a hasty tenant's deadline may pass: one of several people must be found. */
async function foundAtLast(ask: Bench['ask'], people: readonly number[]): Promise<void> {
  const outcomes: string[] = [];
  for (const n of people) {
    const answer = await ask(n);
    outcomes.push(answer.outcome);
    if (answer.outcome !== 'found') continue;
    isPerson(answer, n);
    return;
  }
  expect(outcomes).to.include('found');
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(5);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}
