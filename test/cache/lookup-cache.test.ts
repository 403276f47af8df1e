import { expect } from 'chai';
import { ConnectorError } from '../../src/connector/errors.ts';
import type { CacheRead } from '../../src/cache/lookup-cache.ts';
import type { Entry } from '../../src/cache/memory-store.ts';
import type { PersonResult } from '../../src/upstream/connection.ts';
import { everybody, person, unavailable } from '../support/scripted-connector.ts';
import { cached, connected, failureOf, failuresOf, MINUTE } from '../upstream/connected.ts';
import { expectNoUnhandledRejections } from '../upstream/rejections.ts';

const JANE = 'jane@acme.example';

function setUp(settings: Parameters<typeof cached>[1] = {}) {
  const one = connected({ findsCompanies: true });
  return { ...one, ...cached(one.clock, settings) };
}

/** The entry, waiting for it on a miss. */
function entryOf<T>(asked: CacheRead<T>): Promise<Entry<T>> {
  return asked.state === 'miss' ? asked.entry : Promise.resolve(asked.entry);
}

async function nameIn(asked: CacheRead<PersonResult>): Promise<string | null | undefined> {
  return (await entryOf(asked)).value?.profile.contact.name;
}

/** Lets everything that is ready happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

const refused = () => new ConnectorError('bad_response', 'HTML');

describe('Answers', () => {
  expectNoUnhandledRejections();

  it('asks for an unknown person and remembers the answer', async () => {
    const { answers, connection, crm, events, clock } = setUp();
    crm.respond = everybody;
    const first = answers.person(connection, JANE);
    expect(first).to.include({ state: 'miss', collapsed: false });
    expect(await nameIn(first)).to.equal(JANE);
    clock.advance(MINUTE);
    const second = answers.person(connection, JANE);
    expect(second).to.include({ state: 'fresh', ttl: 4 * MINUTE });
    expect(await nameIn(second)).to.equal(JANE);
    expect(crm.calls).to.have.lengthOf(1);
    expect(events).to.deep.equal(['sales miss', 'sales hit']);
  });

  it('makes one lookup for 100 who ask for one person at once', async () => {
    const { answers, connection, crm, events } = setUp();
    const asked = Array.from({ length: 100 }, () => answers.person(connection, JANE));
    expect(asked.map((one) => one.state === 'miss' && one.collapsed)).to.deep.equal([
      false,
      ...new Array<boolean>(99).fill(true),
    ]);
    (await crm.next()).answer({ [JANE]: person('Jane') });
    expect(await Promise.all(asked.map(nameIn))).to.deep.equal(new Array(100).fill('Jane'));
    expect(crm.calls).to.have.lengthOf(1);
    expect(events.filter((event) => event === 'sales collapsed')).to.have.lengthOf(99);
  });

  it('tells all 100 when that lookup fails, and remembers nothing', async () => {
    const { answers, connection, crm, cache } = setUp();
    const asked = Array.from({ length: 100 }, () => answers.person(connection, JANE));
    (await crm.next()).fail(refused());
    for (const { kind } of await failuresOf(asked.map(entryOf))) {
      expect(kind).to.equal('bad_response');
    }
    expect(cache.stats().entries).to.equal(0);
    crm.respond = everybody;
    expect(await nameIn(answers.person(connection, JANE))).to.equal(JANE);
  });

  it('leaves no rejection alone when nobody waits for the answer any more', async () => {
    const { answers, connection, crm } = setUp();
    const asked = answers.person(connection, JANE);
    if (asked.state === 'miss') asked.entry.catch(() => undefined);
    answers.person(connection, JANE);
    (await crm.next()).fail(refused());
    await settle();
  });

  it('remembers a miss for notFoundTtl, then asks again', async () => {
    const { answers, connection, crm, clock } = setUp();
    crm.respond = (call) => call.answer();
    expect(await nameIn(answers.person(connection, JANE))).to.equal(undefined);
    clock.advance(29_999);
    expect(answers.person(connection, JANE).state).to.equal('fresh');
    clock.advance(1);
    expect(answers.person(connection, JANE).state).to.equal('miss');
    await settle();
    expect(crm.calls).to.have.lengthOf(2);
  });

  it('keeps a partial answer no longer than a miss', async () => {
    const { answers, connection, crm, clock } = setUp();
    crm.respond = (call) => call.give({ ...person('Jane'), missing: ['deals'] });
    expect((await entryOf(answers.person(connection, JANE))).partial).to.be.true;
    clock.advance(30_000);
    const again = answers.person(connection, JANE);
    expect(again.state).to.equal('miss');
    await entryOf(again);
  });

  it('keeps apart two connections that ask for the same person, also of the same name', async () => {
    const { answers, connection, crm, clock } = setUp();
    const other = connected({ name: 'marketing', clock });
    crm.respond = (call) => call.answer({ [JANE]: person('Jane of sales') });
    other.crm.respond = (call) => call.answer({ [JANE]: person('Jane of marketing') });
    const asked = [answers.person(connection, JANE), answers.person(other.connection, JANE)];
    expect(await Promise.all(asked.map(nameIn))).to.deep.equal([
      'Jane of sales',
      'Jane of marketing',
    ]);
    expect(await nameIn(answers.person(other.connection, JANE))).to.equal('Jane of marketing');
    expect([crm.calls.length, other.crm.calls.length]).to.deep.equal([1, 1]);
    expect(answers.dropConnection(connection)).to.equal(1);
    expect(answers.person(other.connection, JANE).state).to.equal('fresh');
  });

  it('keeps apart people and companies', async () => {
    const { answers, connection, crm } = setUp();
    crm.respond = (call) =>
      call.give(call.operation === 'findCompany' ? { name: 'ACME' } : person('Jane'));
    const company = await entryOf(answers.company(connection, 'acme.example'));
    expect(company.value?.name).to.equal('ACME');
    expect(await nameIn(answers.person(connection, '@acme.example'.slice(1)))).to.equal('Jane');
  });

  it('remembers companies like people, known or not', async () => {
    const { answers, connection, crm, clock } = setUp();
    crm.respond = (call) =>
      call.answer({ 'acme.example': { name: 'ACME' }, 'none.example': undefined });
    for (const domain of ['acme.example', 'none.example']) {
      await entryOf(answers.company(connection, domain));
      expect(answers.company(connection, domain).state).to.equal('fresh');
    }
    clock.advance(30_000);
    expect(answers.company(connection, 'acme.example').state).to.equal('fresh');
    expect(answers.company(connection, 'none.example').state).to.equal('miss');
    await settle();
    expect(crm.calls).to.have.lengthOf(3);
  });

  describe('a stale answer', () => {
    async function stale(settings: Parameters<typeof cached>[1] = {}) {
      const made = setUp(settings);
      made.crm.respond = (call) => call.answer({ [JANE]: person('Jane') });
      await entryOf(made.answers.person(made.connection, JANE));
      made.crm.respond = undefined;
      await made.crm.next();
      made.clock.advance(6 * MINUTE);
      return made;
    }

    it('is given at once, and refreshed behind exactly once however many ask', async () => {
      const { answers, connection, crm, events } = await stale();
      for (let count = 0; count < 100; count += 1) {
        const asked = answers.person(connection, JANE);
        expect(asked).to.include({ state: 'stale', ttl: -MINUTE });
        expect(await nameIn(asked)).to.equal('Jane');
      }
      (await crm.next()).answer({ [JANE]: person('Jane Doe') });
      await settle();
      const fresh = answers.person(connection, JANE);
      expect(fresh).to.include({ state: 'fresh', ttl: 5 * MINUTE });
      expect(await nameIn(fresh)).to.equal('Jane Doe');
      expect(crm.calls).to.have.lengthOf(2);
      expect(events.filter((event) => event === 'sales refresh')).to.have.lengthOf(1);
    });

    it('makes way for a miss when the refresh finds the person gone', async () => {
      const { answers, connection, crm } = await stale();
      answers.person(connection, JANE);
      (await crm.next()).answer();
      await settle();
      const asked = answers.person(connection, JANE);
      expect(asked.state).to.equal('fresh');
      expect(await nameIn(asked)).to.equal(undefined);
    });

    it('also when misses are not remembered', async () => {
      const { answers, connection, crm } = await stale({ notFoundTtl: 0 });
      answers.person(connection, JANE);
      (await crm.next()).answer();
      await settle();
      const asked = answers.person(connection, JANE);
      expect(asked.state).to.equal('miss');
      (await crm.next()).answer();
      expect(await nameIn(asked)).to.equal(undefined);
    });

    it('stays when the refresh fails', async () => {
      const { answers, connection, crm, events } = await stale();
      answers.person(connection, JANE);
      (await crm.next()).fail(refused());
      await settle();
      expect(await nameIn(answers.person(connection, JANE))).to.equal('Jane');
      expect(events).to.include('sales refresh_failed');
    });

    it('is not refreshed again and again while the CRM fails: 10 s, 20 s, … up to 5 min', async () => {
      const { answers, connection, crm, clock } = await stale({ staleTtl: 100 * MINUTE });
      const start = crm.calls.length;
      const gaps: number[] = [];
      let last: number | undefined;
      // One asks every second for 25 minutes; calls are spread so that the circuit stays closed.
      crm.respond = (call) => call.fail(new ConnectorError('misconfigured', 'x'));
      for (let second = 0; second < 1500; second += 1) {
        const before = crm.calls.length;
        expect(await nameIn(answers.person(connection, JANE))).to.equal('Jane');
        await settle();
        if (crm.calls.length > before) {
          if (last !== undefined) gaps.push(second - last);
          last = second;
        }
        clock.advance(1000);
      }
      expect(gaps.slice(0, 6)).to.deep.equal([10, 20, 40, 80, 160, 300]);
      expect(Math.max(...gaps)).to.equal(300);
      expect(crm.calls.length - start).to.be.at.most(10);
    });

    it('is refreshed without delay again once the CRM has answered', async () => {
      const { answers, connection, crm, clock } = await stale();
      const failRefresh = async () => {
        answers.person(connection, JANE);
        (await crm.next()).fail(refused());
        await settle();
      };
      await failRefresh();
      clock.advance(10_000);
      await failRefresh();
      clock.advance(20_000);
      answers.person(connection, JANE);
      (await crm.next()).answer({ [JANE]: person('Jane') });
      await settle();
      clock.advance(6 * MINUTE);
      await failRefresh();
      clock.advance(10_000);
      answers.person(connection, JANE);
      everybody(await crm.next());
      expect(crm.calls).to.have.lengthOf(6);
    });

    it('has forgotten its failures when it was found anew after it had gone', async () => {
      const { answers, connection, crm, clock } = await stale();
      for (const wait of [10_000, 20_000]) {
        answers.person(connection, JANE);
        (await crm.next()).fail(refused());
        await settle();
        clock.advance(wait);
      }
      clock.advance(70 * MINUTE);
      const found = answers.person(connection, JANE);
      expect(found.state).to.equal('miss');
      (await crm.next()).answer({ [JANE]: person('Jane') });
      await entryOf(found);
      clock.advance(6 * MINUTE);
      answers.person(connection, JANE);
      (await crm.next()).fail(refused());
      await settle();
      clock.advance(10_000);
      answers.person(connection, JANE);
      everybody(await crm.next());
    });

    it('is gone after staleTtl, and an error is then an error', async () => {
      const { answers, connection, crm, clock } = await stale();
      clock.advance(60 * MINUTE);
      const asked = answers.person(connection, JANE);
      expect(asked.state).to.equal('miss');
      (await crm.next()).fail(refused());
      await failureOf(entryOf(asked));
    });

    it('is still there while the circuit is open, without a call', async () => {
      const { answers, connection, crm, clock } = await stale();
      answers.person(connection, JANE);
      (await crm.next()).fail(new ConnectorError('rate_limited', 'x', { retryAfterMs: MINUTE }));
      await settle();
      clock.advance(20_000);
      expect(await nameIn(answers.person(connection, JANE))).to.equal('Jane');
      await settle();
      expect(crm.calls).to.have.lengthOf(2);
    });
  });

  it('forgets failures of long ago, so that they add up to nothing', async () => {
    const { answers, connection, crm, clock } = setUp();
    // A record that makes no sense: the CRM is well, so no circuit opens.
    crm.respond = (call) => call.answer({ [JANE]: { contact: { name: { no: 'text' } } } });
    const fail = () => failureOf(entryOf(answers.person(connection, JANE)));
    for (let n = 0; n < 4; n += 1) await fail();
    clock.advance(11 * MINUTE);
    await fail();
    await fail();
    expect(crm.calls).to.have.lengthOf(6);
  });

  it('counts no failure of a person for whom there was no turn', async () => {
    const one = connected({ limits: { concurrency: 1 } });
    const { answers } = cached(one.clock);
    const busy = answers.person(one.connection, 'busy@acme.example');
    one.connection.timeLimit = 40;
    for (let n = 0; n < 6; n += 1) {
      const { kind, message } = await failureOf(entryOf(answers.person(one.connection, JANE)));
      expect({ kind, message }).to.deep.equal({
        kind: 'unavailable',
        message: 'more lookups are waiting than the CRM can answer in time',
      });
    }
    expect(one.connection.status().lastError?.kind).to.equal('unavailable');
    one.crm.release();
    await entryOf(busy).catch(() => undefined);
  });

  describe('a purge', () => {
    it('drops one person', async () => {
      const { answers, connection, crm } = setUp();
      crm.respond = everybody;
      await entryOf(answers.person(connection, JANE));
      expect(answers.dropPerson(connection, JANE)).to.equal(1);
      expect(answers.dropPerson(connection, JANE)).to.equal(0);
      const asked = answers.person(connection, JANE);
      expect(asked.state).to.equal('miss');
      await entryOf(asked);
    });

    it('drops all people and companies of a connection', async () => {
      const { answers, connection, crm, cache } = setUp();
      crm.respond = (call) =>
        call.give(call.operation === 'findCompany' ? { name: 'ACME' } : undefined);
      await entryOf(answers.person(connection, JANE));
      await entryOf(answers.company(connection, 'acme.example'));
      expect(answers.dropConnection(connection)).to.equal(2);
      expect(cache.stats().entries).to.equal(0);
    });

    for (const [what, purge] of [
      ['one person', 'dropPerson'],
      ['a connection', 'dropConnection'],
    ] as const) {
      it(`of ${what} is not undone by an answer that was under way`, async () => {
        const { answers, connection, crm, cache } = setUp();
        const before = answers.person(connection, JANE);
        const old = await crm.next();
        answers[purge](connection, JANE);
        const after = answers.person(connection, JANE);
        expect(after, 'a lookup of its own').to.include({ state: 'miss', collapsed: false });
        old.answer({ [JANE]: person('old') });
        expect(await nameIn(before), 'whoever asked before still has an answer').to.equal('old');
        await settle();
        expect(cache.stats().entries).to.equal(0);
        (await crm.next()).answer({ [JANE]: person('new') });
        expect(await nameIn(after)).to.equal('new');
        expect(await nameIn(answers.person(connection, JANE))).to.equal('new');
      });
    }

    it('also when the old answer comes after the new one', async () => {
      const { answers, connection, crm } = setUp();
      const before = answers.person(connection, JANE);
      const old = await crm.next();
      answers.dropPerson(connection, JANE);
      const after = answers.person(connection, JANE);
      (await crm.next()).answer({ [JANE]: person('new') });
      await entryOf(after);
      old.answer({ [JANE]: person('old') });
      await entryOf(before);
      await settle();
      expect(await nameIn(answers.person(connection, JANE))).to.equal('new');
    });
  });

  it('lets an answer that comes late fill the cache', async () => {
    const { answers, connection, crm } = setUp();
    answers.person(connection, JANE);
    const call = await crm.next();
    await settle();
    everybody(call);
    await settle();
    expect(answers.person(connection, JANE).state).to.equal('fresh');
  });

  it('asks twice for a person when the first read fails at once, and all have the answer', async () => {
    const { answers, connection, crm } = setUp();
    const asked = Array.from({ length: 10 }, () => answers.person(connection, JANE));
    (await crm.next()).fail(unavailable());
    everybody(await crm.next());
    expect(await Promise.all(asked.map(nameIn))).to.deep.equal(new Array(10).fill(JANE));
    expect(crm.calls).to.have.lengthOf(2);
  });
});
