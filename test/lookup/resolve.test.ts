import { expect } from 'chai';
import { ConnectorError } from '../../src/connector/errors.ts';
import { normalizeEmail, type Email } from '../../src/model/email.ts';
import { resolvePerson, type LookupPlan } from '../../src/lookup/resolve.ts';
import type { Profile } from '../../src/model/profile.ts';
import { createMemoryLimiter } from '../../src/limits/memory-limiter.ts';
import type { ScriptedCall } from '../support/scripted-connector.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { person } from '../support/scripted-connector.ts';
import {
  createTestCache,
  openTestConnection,
  MINUTE,
  type TestConnection,
} from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

const LONG = 60_000;

function emailOf(raw: string): Email {
  const email = normalizeEmail(raw);
  if (email === undefined) throw new Error(`${raw} is not an address`);
  return email;
}

const JANE = emailOf('jane@acme.example');

const opened: TestConnection[] = [];

/** Two connections, `sales` and `marketing`, over one cache. */
function setUp(given: Partial<Omit<LookupPlan, 'connections'>> = {}) {
  const { clock } = connectorContext();
  const sales = openTestConnection({
    name: 'sales',
    connector: 'salesforce',
    clock,
    findsCompanies: true,
  });
  const marketing = openTestConnection({
    name: 'marketing',
    connector: 'hubspot',
    clock,
    findsCompanies: true,
  });
  opened.push(sales, marketing);
  const { cache } = createTestCache(clock);
  const plan: LookupPlan = {
    connections: [sales.connection, marketing.connection],
    strategy: 'first',
    companyByDomain: false,
    publicMailDomains: [],
    unknownLookups: createMemoryLimiter({ maxEvents: 1000, windowMs: MINUTE, clock }),
    ...given,
  };
  const aborter = new AbortController();
  const time = { left: LONG };
  const deadline = { left: () => time.left, signal: aborter.signal };
  const context = { cache, deadline };
  const ask = async (email = JANE, changed: Partial<LookupPlan> = {}) => {
    const { data, ...result } = await resolvePerson({ ...plan, ...changed }, email, context);
    return { ...result, profile: data.readProfile(), company: data.readCompany() };
  };
  const unknownLookups = createMemoryLimiter({ maxEvents: 3, windowMs: MINUTE, clock });
  const guess = (n: number) => ask(emailOf(`guess${n}@acme.example`), { unknownLookups });
  return { clock, sales, marketing, cache, plan, time, aborter, ask, guess };
}

const knows = (answer: unknown) => (call: ScriptedCall) => {
  if (call.operation === 'findCompany') call.give(undefined);
  else call.give(answer);
};
const unknown = (call: ScriptedCall) => call.give(undefined);
const failing = (call: ScriptedCall) => call.fail(new ConnectorError('bad_response', 'HTML'));
const calls = ({ crm }: TestConnection) => crm.calls.length;

const NOTHING_ELSE = { stale: false, ageSeconds: 0, partial: false, missing: [] };
const nameOf = ({ profile }: { readonly profile: Profile | null }) => profile?.contact.name;

describe('resolvePerson', () => {
  expectNoUnhandledRejections();
  afterEach(() => {
    for (const { crm } of opened.splice(0)) crm.release();
  });

  describe('unknown people', () => {
    it('are counted for each CRM that does not know them, also while another fails', async () => {
      const { guess, sales, marketing } = setUp();
      sales.crm.respond = failing;
      marketing.crm.respond = unknown;
      for (let n = 0; n < 20; n += 1) expect((await guess(n)).outcome).to.equal('unavailable');
      expect(calls(marketing)).to.equal(3);
    });

    it('are counted when the CRM says so, though the deadline is over', async () => {
      const { guess, sales, time } = setUp();
      time.left = 1;
      const asked = [0, 1, 2].map((n) => guess(n));
      for (const { outcome } of await Promise.all(asked)) expect(outcome).to.equal('unavailable');
      for (const call of sales.crm.calls) call.give(undefined);
      await new Promise(setImmediate);
      const before = calls(sales);
      await guess(3);
      expect(calls(sales)).to.equal(before);
    });
  });

  describe('first', () => {
    it('shows the person of the first connection and asks no other', async () => {
      const { ask, sales, marketing, clock } = setUp();
      sales.crm.respond = knows(person('Jane'));
      const resolution = await ask();
      expect(resolution.outcome).to.equal('found');
      expect(nameOf(resolution)).to.equal('Jane');
      expect(resolution.company).to.equal(null);
      expect(resolution.source).to.deep.equal({
        connection: 'sales',
        connector: 'salesforce',
        fetchedAt: new Date(clock.now()).toISOString(),
        ...NOTHING_ELSE,
      });
      expect(calls(marketing)).to.equal(0);
    });

    it('asks the next one when one does not know the person: that is nothing missing', async () => {
      const { ask, sales, marketing, clock } = setUp();
      sales.crm.respond = unknown;
      marketing.crm.respond = knows(person('Jane'));
      const resolution = await ask();
      expect(nameOf(resolution)).to.equal('Jane');
      expect(resolution.source).to.deep.equal({
        connection: 'marketing',
        connector: 'hubspot',
        fetchedAt: new Date(clock.now()).toISOString(),
        ...NOTHING_ELSE,
      });
    });

    it('asks the next one when one fails, and says so', async () => {
      const { ask, sales, marketing } = setUp();
      sales.crm.respond = failing;
      marketing.crm.respond = knows(person('Jane'));
      const { outcome, source } = await ask();
      expect(outcome).to.equal('found');
      expect(source).to.include({ connection: 'marketing', partial: true });
      expect(source.missing).to.deep.equal(['sales']);
    });

    it('passes over one that is slow, says so, and keeps its answer for the next time', async () => {
      const { ask, sales, marketing, time } = setUp();
      time.left = 10;
      marketing.crm.respond = (call) => {
        time.left = LONG;
        call.give(person('Jane of marketing'));
      };
      const { source } = await ask();
      expect(source).to.deep.include({
        connection: 'marketing',
        partial: true,
        missing: ['sales'],
      });
      const slow = await sales.crm.next();
      expect(slow.signal.aborted).to.be.false;
      slow.give(person('Jane of sales'));
      await new Promise(setImmediate);
      const again = await ask();
      expect(nameOf(again)).to.equal('Jane of sales');
      expect(again.source).to.include({ connection: 'sales', partial: false });
    });

    it("shows the connector's own missing sections", async () => {
      const { ask, sales } = setUp();
      sales.crm.respond = knows({ ...person('Jane'), missing: ['deals', 'tickets', 'deals'] });
      const { source } = await ask();
      expect(source.partial).to.be.true;
      expect(source.missing).to.deep.equal(['deals', 'tickets']);
    });

    it('takes no note of a failure behind the one that knows', async () => {
      const { ask, sales, marketing, time } = setUp();
      time.left = 10;
      marketing.crm.respond = (call) => {
        time.left = LONG;
        failing(call);
        void sales.crm.next().then((slow) => setTimeout(() => slow.give(person('Jane')), 5));
      };
      const { source } = await ask();
      expect(source).to.deep.include({ connection: 'sales', partial: false, missing: [] });
    });

    it('shows a cached person of the first although it fails now, marked as stale', async () => {
      const { ask, sales, marketing, clock } = setUp();
      sales.crm.respond = knows(person('Jane'));
      await ask();
      const fetchedAt = new Date(clock.now()).toISOString();
      clock.advance(5 * MINUTE + 30_000);
      sales.crm.respond = failing;
      const resolution = await ask();
      expect(nameOf(resolution)).to.equal('Jane');
      expect(resolution.source).to.deep.equal({
        connection: 'sales',
        connector: 'salesforce',
        fetchedAt,
        stale: true,
        ageSeconds: 330,
        partial: false,
        missing: [],
      });
      expect(calls(marketing)).to.equal(0);
    });
  });

  for (const strategy of ['first', 'merge'] as const) {
    describe(`an unknown person (${strategy})`, () => {
      it('is not_found when all say so, after all were asked', async () => {
        const { ask, sales, marketing, clock } = setUp({ strategy });
        sales.crm.respond = marketing.crm.respond = unknown;
        const resolution = await ask();
        expect(resolution).to.deep.equal({
          outcome: 'not_found',
          profile: null,
          company: null,
          source: {
            connection: 'sales, marketing',
            connector: 'salesforce, hubspot',
            fetchedAt: new Date(clock.now()).toISOString(),
            ...NOTHING_ELSE,
          },
          cache: { hit: false, collapsed: false },
        });
      });

      it('names a connector once that serves two connections', async () => {
        const { ask, plan, sales, clock } = setUp({ strategy });
        const other = openTestConnection({ name: 'other', connector: 'salesforce', clock });
        sales.crm.respond = other.crm.respond = unknown;
        const { source } = await ask(JANE, {
          connections: [...plan.connections.slice(0, 1), other.connection],
        });
        expect(source).to.include({ connection: 'sales, other', connector: 'salesforce' });
      });

      for (const failed of ['sales', 'marketing'] as const) {
        it(`is unavailable when ${failed} fails and the other does not know the person`, async () => {
          const made = setUp({ strategy, companyByDomain: true });
          made.sales.crm.respond = made.marketing.crm.respond = unknown;
          made[failed].crm.respond = failing;
          const { outcome, source, profile, company } = await made.ask();
          expect([outcome, profile, company]).to.deep.equal(['unavailable', null, null]);
          expect(source).to.deep.equal({
            connection: null,
            connector: null,
            fetchedAt: null,
            stale: false,
            ageSeconds: null,
            partial: true,
            missing: [failed],
          });
          const searches = [...made.sales.crm.calls, ...made.marketing.crm.calls].filter(
            ({ operation }) => operation === 'findCompany',
          );
          expect(searches).to.deep.equal([]);
        });
      }

      it('is unavailable also while the circuit of the failing one is open', async () => {
        const { ask, sales, marketing } = setUp({ strategy });
        sales.crm.respond = (call) => call.fail(new ConnectorError('rate_limited', 'x'));
        marketing.crm.respond = unknown;
        for (let count = 0; count < 3; count += 1) {
          expect((await ask()).outcome).to.equal('unavailable');
        }
        expect(calls(sales)).to.equal(1);
      });

      it('is unavailable when all fail', async () => {
        const { ask, sales, marketing } = setUp({ strategy });
        sales.crm.respond = marketing.crm.respond = failing;
        const { outcome, source } = await ask();
        expect(outcome).to.equal('unavailable');
        expect(source.missing).to.deep.equal(['sales', 'marketing']);
      });

      it('is unavailable when no connection answers by the deadline', async () => {
        const { ask, time } = setUp({ strategy });
        time.left = 5;
        const { outcome, source } = await ask();
        expect(outcome).to.equal('unavailable');
        expect(source.missing).to.deep.equal(['sales', 'marketing']);
      });

      it('is unavailable at once when the process shuts down', async () => {
        const { ask, sales, aborter } = setUp({ strategy });
        const waited = ask();
        await sales.crm.next();
        aborter.abort();
        expect((await waited).outcome).to.equal('unavailable');
      });
    });
  }

  describe('merge', () => {
    it('puts together what all know, side by side', async () => {
      const { ask, sales, marketing, clock } = setUp({ strategy: 'merge' });
      const waited = ask();
      const [first, second] = [await sales.crm.next(), await marketing.crm.next()];
      second.give({
        contact: { name: 'J. Doe', city: 'Bonn' },
        deals: [{ id: 'm', open: true, closeDate: '2026-12-01' }],
        tickets: [{ id: 'm', open: true }],
      });
      first.give({
        contact: { name: 'Jane' },
        deals: [
          { id: 's', open: true, closeDate: '2027-01-01' },
          { id: 'closed', open: false },
        ],
      });
      const { profile, source, outcome } = await waited;
      expect(outcome).to.equal('found');
      expect(profile?.contact).to.include({ name: 'Jane', city: 'Bonn' });
      expect(profile?.deals.map(({ id }) => id)).to.deep.equal(['m', 's', 'closed']);
      expect(profile?.tickets.map(({ id }) => id)).to.deep.equal(['m']);
      expect(source).to.deep.equal({
        connection: 'sales, marketing',
        connector: 'salesforce, hubspot',
        fetchedAt: new Date(clock.now()).toISOString(),
        ...NOTHING_ELSE,
      });
    });

    it('names only those that know the person; the others are not missing', async () => {
      const { ask, sales, marketing } = setUp({ strategy: 'merge' });
      sales.crm.respond = unknown;
      marketing.crm.respond = knows(person('Jane'));
      const { source } = await ask();
      expect(source).to.deep.include({ connection: 'marketing', partial: false, missing: [] });
    });

    it('shows what one knows when the other fails, whichever it is', async () => {
      for (const failed of ['sales', 'marketing'] as const) {
        const made = setUp({ strategy: 'merge' });
        made.sales.crm.respond = made.marketing.crm.respond = knows(person('Jane'));
        made[failed].crm.respond = failing;
        const { outcome, source } = await made.ask();
        expect(outcome).to.equal('found');
        expect(source).to.deep.include({ partial: true, missing: [failed] });
      }
    });

    it('shows what there is at the deadline, or when the process shuts down', async () => {
      const late = setUp({ strategy: 'merge' });
      late.time.left = 10;
      late.marketing.crm.respond = knows(person('Jane'));
      expect((await late.ask()).source).to.deep.include({ partial: true, missing: ['sales'] });

      const hurried = setUp({ strategy: 'merge' });
      hurried.marketing.crm.respond = knows(person('Jane'));
      const waited = hurried.ask();
      await new Promise(setImmediate);
      hurried.aborter.abort();
      expect(nameOf(await waited)).to.equal('Jane');
    });

    it('joins missing connections and missing sections', async () => {
      const { ask, plan, sales, marketing, clock } = setUp({ strategy: 'merge' });
      const third = openTestConnection({ name: 'third', clock });
      sales.crm.respond = knows({ ...person('Jane'), missing: ['deals'] });
      marketing.crm.respond = knows({ ...person('Jane'), missing: ['deals', 'company'] });
      third.crm.respond = failing;
      const { source } = await ask(JANE, { connections: [...plan.connections, third.connection] });
      expect(source.missing).to.have.members(['third', 'deals', 'company']);
      expect(source.missing).to.have.lengthOf(3);
    });

    it('is as old and as stale as its oldest part', async () => {
      const { ask, sales, marketing, cache, clock } = setUp({ strategy: 'merge' });
      sales.crm.respond = marketing.crm.respond = knows(person('Jane'));
      await ask();
      const fetchedAt = new Date(clock.now()).toISOString();
      clock.advance(6 * MINUTE);
      await cache.dropPerson([marketing.connection.configuration], JANE.normalized);
      sales.crm.respond = failing;
      const { source } = await ask();
      expect(source).to.include({ fetchedAt, stale: true, ageSeconds: 360, partial: false });
    });

    it('keeps more deals than one connection may show, and says when there are more', async () => {
      const { ask, sales, marketing } = setUp({ strategy: 'merge' });
      const deals = (prefix: string, count: number) =>
        Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}`, open: true }));
      sales.crm.respond = knows({ ...person('Jane'), deals: deals('s', 6) });
      marketing.crm.respond = knows({ ...person('Jane'), deals: deals('m', 5) });
      const { profile } = await ask();
      expect(profile?.deals).to.have.lengthOf(10);
      expect([profile?.moreDeals, profile?.moreTickets]).to.deep.equal([true, false]);
    });
  });

  describe('the company by the domain', () => {
    const owns = (name: string) => (call: ScriptedCall) =>
      call.give(call.operation === 'findCompany' ? { name } : undefined);
    const searches = ({ crm }: TestConnection) =>
      crm.calls
        .filter(({ operation }) => operation === 'findCompany')
        .flatMap(({ asked }) => asked);

    it('is shown when no connection knows the person', async () => {
      const { ask, sales, marketing } = setUp({ companyByDomain: true });
      sales.crm.respond = owns('ACME');
      marketing.crm.respond = owns('Acme Inc');
      const { outcome, company, source } = await ask();
      expect([outcome, company?.name]).to.deep.equal(['not_found', 'ACME']);
      expect(source).to.deep.include({ partial: false, missing: [] });
      expect([searches(sales), searches(marketing)]).to.deep.equal([['acme.example'], []]);
    });

    it('is asked of the next connection when one does not know it or fails', async () => {
      for (const first of [unknown, failing]) {
        const { ask, sales, marketing } = setUp({ companyByDomain: true });
        sales.crm.respond = (call) =>
          call.operation === 'findCompany' ? first(call) : unknown(call);
        marketing.crm.respond = owns('ACME');
        const { company, source } = await ask();
        expect(company?.name).to.equal('ACME');
        expect(source.partial).to.be.false;
      }
    });

    it('passes over connections that cannot look for companies', async () => {
      const { ask, plan, marketing, clock } = setUp({ companyByDomain: true });
      const people = openTestConnection({ name: 'people', clock, respond: unknown });
      marketing.crm.respond = owns('ACME');
      const { company } = await ask(JANE, {
        connections: [people.connection, ...plan.connections.slice(1)],
      });
      expect(company?.name).to.equal('ACME');
      expect(calls(people)).to.equal(1);
    });

    it('is called missing when it may be known all the same', async () => {
      const { ask, sales, marketing } = setUp({ companyByDomain: true });
      sales.crm.respond = (call) =>
        call.operation === 'findCompany' ? failing(call) : unknown(call);
      marketing.crm.respond = unknown;
      const { outcome, company, source } = await ask();
      expect([outcome, company]).to.deep.equal(['not_found', null]);
      expect(source).to.deep.include({ partial: true, missing: ['company'] });
    });

    it('goes into the cache when it is found after the wait', async () => {
      const { ask, sales, marketing, aborter } = setUp({ companyByDomain: true });
      marketing.crm.respond = unknown;
      const search = Promise.withResolvers<ScriptedCall>();
      sales.crm.respond = (call) => {
        if (call.operation === 'lookup') unknown(call);
        else search.resolve(call);
      };
      const asking = ask();
      const call = await search.promise;
      aborter.abort();
      expect((await asking).source.missing).to.deep.equal(['company']);
      expect(call.signal.aborted).to.be.false;
      call.give({ name: 'ACME' });
      await new Promise(setImmediate);
      expect((await ask()).company?.name).to.equal('ACME');
      expect(searches(sales)).to.have.lengthOf(1);
    });

    it('is not asked of any connection when none can look for companies', async () => {
      const { ask, clock } = setUp({ companyByDomain: true });
      const people = openTestConnection({ name: 'people', clock, respond: unknown });
      const { outcome, company, source } = await ask(JANE, { connections: [people.connection] });
      expect([outcome, company, source.missing]).to.deep.equal(['not_found', null, []]);
    });

    it('is not waited for beyond the deadline, nor during a shutdown', async () => {
      for (const end of ['deadline', 'shutdown']) {
        const { ask, sales, marketing, time, aborter } = setUp({ companyByDomain: true });
        marketing.crm.respond = unknown;
        sales.crm.respond = (call) => {
          if (call.operation === 'lookup') unknown(call);
          else if (end === 'deadline') time.left = 5;
          else setImmediate(() => aborter.abort());
        };
        const { outcome, source } = await ask();
        expect(outcome).to.equal('not_found');
        expect(source.missing).to.deep.equal(['company']);
      }
    });

    for (const domain of ['gmail.com', 'web.de', 'outlook.com', 'yahoo.co.jp']) {
      it(`is never searched for ${domain}`, async () => {
        const { ask, sales, marketing } = setUp({ companyByDomain: true });
        sales.crm.respond = marketing.crm.respond = owns('Mail');
        const { outcome, company } = await ask(emailOf(`jane@${domain}`));
        expect([outcome, company]).to.deep.equal(['not_found', null]);
        expect([searches(sales), searches(marketing)]).to.deep.equal([[], []]);
      });
    }

    for (const domain of ['googlemail.com', 'hotmail.co.uk', 'posteo.de', 'mail.stadt.example']) {
      it(`is never searched for ${domain}, in a long list, by rule or configured`, async () => {
        const publicMailDomains = ['mail.stadt.example'];
        const { ask, sales, marketing } = setUp({ companyByDomain: true, publicMailDomains });
        sales.crm.respond = marketing.crm.respond = owns('Miller Family Bakery');
        const { outcome, company } = await ask(emailOf(`jane@${domain}`));
        expect([outcome, company]).to.deep.equal(['not_found', null]);
        expect([searches(sales), searches(marketing)]).to.deep.equal([[], []]);
      });
    }

    it('is not searched when the tenant does not want it', async () => {
      const { ask, sales, marketing } = setUp({ companyByDomain: false });
      sales.crm.respond = marketing.crm.respond = owns('ACME');
      expect((await ask()).company).to.equal(null);
      expect(searches(sales)).to.deep.equal([]);
    });

    it('is not searched when the person is known', async () => {
      const { ask, sales } = setUp({ companyByDomain: true });
      sales.crm.respond = knows(person('Jane'));
      await ask();
      expect(searches(sales)).to.deep.equal([]);
    });

    it('works also for a miss that another tenant put into the cache', async () => {
      const { ask, sales, marketing } = setUp();
      sales.crm.respond = owns('ACME');
      marketing.crm.respond = unknown;
      expect((await ask()).company).to.equal(null);
      const { company, cache } = await ask(JANE, { companyByDomain: true });
      expect(company?.name).to.equal('ACME');
      expect(cache).to.deep.equal({ hit: false, collapsed: false });
    });

    it('is searched once for all people of a domain, and cached', async () => {
      const { ask, sales, marketing } = setUp({ companyByDomain: true });
      sales.crm.respond = owns('ACME');
      marketing.crm.respond = unknown;
      const people = ['a', 'b', 'c'].map((local) => emailOf(`${local}@acme.example`));
      const together = await Promise.all(people.map((email) => ask(email)));
      expect(together.map(({ company }) => company?.name)).to.deep.equal(['ACME', 'ACME', 'ACME']);
      const later = await ask(JANE);
      expect(later.company?.name).to.equal('ACME');
      expect(searches(sales)).to.deep.equal(['acme.example']);
    });

    it('out of the cache is shown with its age when it is stale', async () => {
      const { ask, sales, marketing, clock } = setUp({ companyByDomain: true });
      sales.crm.respond = owns('ACME');
      marketing.crm.respond = unknown;
      await ask();
      const fetchedAt = new Date(clock.now()).toISOString();
      clock.advance(10 * MINUTE);
      const { company, source } = await ask();
      expect(company?.name).to.equal('ACME');
      expect(source).to.include({ stale: true, ageSeconds: 600, fetchedAt });
    });
  });

  describe('the figures for Cache-Status', () => {
    it('a miss, then what is left of ttl in whole seconds', async () => {
      const { ask, sales, clock } = setUp();
      sales.crm.respond = knows(person('Jane'));
      expect((await ask()).cache).to.deep.equal({ hit: false, collapsed: false });
      expect((await ask()).cache).to.deep.equal({ hit: true, ttlSeconds: 300 });
      clock.advance(MINUTE);
      expect((await ask()).cache).to.deep.equal({ hit: true, ttlSeconds: 240 });
      clock.advance(4 * MINUTE - 1);
      expect((await ask()).cache).to.deep.equal({ hit: true, ttlSeconds: 1 });
    });

    it('below zero for a stale answer', async () => {
      const { ask, sales, clock } = setUp();
      sales.crm.respond = knows(person('Jane'));
      await ask();
      sales.crm.respond = failing;
      clock.advance(5 * MINUTE);
      expect((await ask()).cache).to.deep.equal({ hit: true, ttlSeconds: -1 });
      clock.advance(30_000);
      expect((await ask()).cache).to.deep.equal({ hit: true, ttlSeconds: -30 });
    });

    it('collapsed for requests that share the lookup of another', async () => {
      const { ask, sales } = setUp();
      const both = [ask(), ask()];
      (await sales.crm.next()).give(person('Jane'));
      expect((await Promise.all(both)).map(({ cache }) => cache)).to.deep.equal([
        { hit: false, collapsed: false },
        { hit: false, collapsed: true },
      ]);
    });

    it('no collapsed one when one of two lookups was its own', async () => {
      const { ask, sales, marketing, cache } = setUp({ strategy: 'merge' });
      marketing.crm.respond = unknown;
      const first = ask();
      await new Promise(setImmediate);
      await cache.dropPerson([marketing.connection.configuration], JANE.normalized);
      const second = ask();
      (await sales.crm.next()).give(person('Jane'));
      for (const { cache } of await Promise.all([first, second])) {
        expect(cache).to.deep.equal({ hit: false, collapsed: false });
      }
    });

    it('a cached "not found" is a hit, with the least time of all that were asked', async () => {
      const { ask, sales, marketing, clock, cache } = setUp();
      sales.crm.respond = marketing.crm.respond = unknown;
      await ask();
      clock.advance(10_000);
      await cache.dropPerson([marketing.connection.configuration], JANE.normalized);
      expect((await ask()).cache).to.deep.equal({ hit: false, collapsed: false });
      clock.advance(5000);
      expect((await ask()).cache).to.deep.equal({ hit: true, ttlSeconds: 15 });
    });

    it('a miss as soon as any connection had to be asked', async () => {
      const { ask, sales, marketing, cache } = setUp({ strategy: 'merge' });
      sales.crm.respond = marketing.crm.respond = knows(person('Jane'));
      await ask();
      await cache.dropPerson([marketing.connection.configuration], JANE.normalized);
      expect((await ask()).cache).to.deep.equal({ hit: false, collapsed: false });
    });

    it('a miss when nothing was to be had', async () => {
      const { ask, sales, marketing } = setUp();
      sales.crm.respond = marketing.crm.respond = failing;
      expect((await ask()).cache).to.deep.equal({ hit: false, collapsed: false });
    });
  });

  it('never says unknown about a known person, whatever fails: every mixture of two connections', async () => {
    const behaviours = { knows: knows(person('Jane')), unknown, failing };
    const names = Object.keys(behaviours) as (keyof typeof behaviours)[];
    for (const strategy of ['first', 'merge'] as const) {
      for (const one of names) {
        for (const other of names) {
          const { ask, sales, marketing } = setUp({ strategy, companyByDomain: true });
          sales.crm.respond = behaviours[one];
          marketing.crm.respond = behaviours[other];
          const { outcome } = await ask();
          const expected = [one, other].includes('knows')
            ? 'found'
            : [one, other].includes('failing')
              ? 'unavailable'
              : 'not_found';
          expect(outcome, `${strategy}: ${one}, ${other}`).to.equal(expected);
        }
      }
    }
  });
});
