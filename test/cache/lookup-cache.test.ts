import { once } from 'node:events';
import { expect } from 'chai';
import type { LookupOptions, PersonRecord } from '../../src/connector/index.ts';
import { ConnectorError } from '../../src/connector/errors.ts';
import type { CacheRead, LookupCache } from '../../src/cache/lookup-cache.ts';
import type { ConnectionConfiguration } from '../../src/config/configuration.ts';
import type { Entry } from '../../src/cache/entry.ts';
import { createMemoryLimiter } from '../../src/limits/memory-limiter.ts';
import type { PersonResult } from '../../src/upstream/connection.ts';
import { everybody, person, unavailable } from '../support/scripted-connector.ts';
import {
  createTestCache,
  openTestConnection,
  failureOf,
  failuresOf,
  MINUTE,
  valueOf,
} from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

type Identity = ConnectionConfiguration;

const JANE = 'jane@acme.example';

function setUp(settings: Parameters<typeof createTestCache>[1] = {}, timeoutMs = MINUTE) {
  const one = openTestConnection({ findsCompanies: true, timeoutMs });
  return { ...one, ...createTestCache(one.clock, settings) };
}

/** The entry, waiting for it on a miss. */
function entryOf<T>(asked: CacheRead<T>): Promise<Entry<T>> {
  return asked.state === 'miss' ? asked.entry : Promise.resolve(asked.entry);
}

async function nameIn(asked: CacheRead<PersonResult>): Promise<string | null | undefined> {
  return valueOf(await entryOf(asked))?.profile.contact.name;
}

/** Lets everything that is ready happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

const refused = () => new ConnectorError('bad_response', 'HTML');

describe('LookupCache', () => {
  expectNoUnhandledRejections();

  it('looks an uncached person up and caches the result', async () => {
    const { cache, connection, crm, events, clock } = setUp();
    crm.respond = everybody;
    const first = cache.person(connection, JANE);
    expect(first).to.include({ state: 'miss', collapsed: false });
    expect(await nameIn(first)).to.equal(JANE);
    clock.advance(MINUTE);
    const second = cache.person(connection, JANE);
    expect(second).to.include({ state: 'fresh', ttlMs: 4 * MINUTE });
    expect(await nameIn(second)).to.equal(JANE);
    expect(crm.calls).to.have.lengthOf(1);
    expect(events).to.deep.equal(['sales miss', 'sales hit']);
  });

  it('goes past what is cached when asked to, and caches what comes', async () => {
    const { cache, connection, crm } = setUp();
    crm.respond = (call) => call.give(person('old'));
    await nameIn(cache.person(connection, JANE));
    crm.respond = (call) => call.give(person('new'));
    expect(await nameIn(cache.person(connection, JANE, { pastCache: true }))).to.equal('new');
    expect(await nameIn(cache.person(connection, JANE))).to.equal('new');
    expect(crm.calls).to.have.lengthOf(2);
  });

  it('keeps what is cached when the CRM fails the one who went past it', async () => {
    const { cache, connection, crm } = setUp();
    crm.respond = (call) => call.give(person('old'));
    await nameIn(cache.person(connection, JANE));
    crm.respond = (call) => call.fail(refused());
    const past = cache.person(connection, JANE, { pastCache: true });
    await entryOf(past).catch(() => undefined);
    expect(await nameIn(cache.person(connection, JANE))).to.equal('old');
  });

  it('keeps the whole person that is cached when the one who went past it gets a part', async () => {
    const { cache, connection, crm } = setUp();
    crm.respond = (call) => call.give(person('whole'));
    await nameIn(cache.person(connection, JANE));
    crm.respond = (call) => call.give({ ...person('part'), missing: ['deals'] });
    expect(await nameIn(cache.person(connection, JANE, { pastCache: true }))).to.equal('part');
    expect(await nameIn(cache.person(connection, JANE))).to.equal('whole');
  });

  it('makes one lookup for 100 who ask for one person at once', async () => {
    const { cache, connection, crm, events } = setUp();
    const asked = Array.from({ length: 100 }, () => cache.person(connection, JANE));
    expect(asked.map((one) => one.state === 'miss' && one.collapsed)).to.deep.equal([
      false,
      ...new Array<boolean>(99).fill(true),
    ]);
    (await crm.next()).answer({ [JANE]: person('Jane') });
    expect(await Promise.all(asked.map(nameIn))).to.deep.equal(new Array(100).fill('Jane'));
    expect(crm.calls).to.have.lengthOf(1);
    expect(events.filter((event) => event === 'sales collapsed')).to.have.lengthOf(99);
  });

  it('fails for all 100 when that lookup fails, and caches nothing', async () => {
    const { cache, connection, crm } = setUp();
    const asked = Array.from({ length: 100 }, () => cache.person(connection, JANE));
    (await crm.next()).fail(refused());
    for (const { kind } of await failuresOf(asked.map(entryOf))) {
      expect(kind).to.equal('bad_response');
    }
    expect(cache.stats().entries).to.equal(0);
    crm.respond = everybody;
    expect(await nameIn(cache.person(connection, JANE))).to.equal(JANE);
  });

  it('handles a rejection that no request waits for any more', async () => {
    const { cache, connection, crm } = setUp();
    const asked = cache.person(connection, JANE);
    if (asked.state === 'miss') asked.entry.catch(() => undefined);
    cache.person(connection, JANE);
    (await crm.next()).fail(refused());
    await settle();
  });

  it('caches "not found" for notFoundTtl, then asks again', async () => {
    const { cache, connection, crm, clock } = setUp();
    crm.respond = (call) => call.answer();
    expect(await nameIn(cache.person(connection, JANE))).to.equal(undefined);
    clock.advance(29_999);
    expect(cache.person(connection, JANE).state).to.equal('fresh');
    clock.advance(1);
    expect(cache.person(connection, JANE).state).to.equal('miss');
    await settle();
    expect(crm.calls).to.have.lengthOf(2);
  });

  it('keeps a partial entry no longer than "not found"', async () => {
    const { cache, connection, crm, clock } = setUp();
    crm.respond = (call) => call.give({ ...person('Jane'), missing: ['deals'] });
    expect((await entryOf(cache.person(connection, JANE))).partial).to.be.true;
    clock.advance(30_000);
    const again = cache.person(connection, JANE);
    expect(again.state).to.equal('miss');
    await entryOf(again);
  });

  describe('when the time is over', () => {
    const late = ({ signal }: LookupOptions) => once(signal, 'abort');
    const lookUpLate = (part: unknown, rest: (options: LookupOptions) => unknown = late) => {
      const { cache, connection, crm } = setUp({}, 50);
      Object.assign(crm.connector, {
        async lookup(email: string, options: LookupOptions) {
          options.onPartial?.(email, () => part as PersonRecord);
          await rest(options);
        },
      });
      return { cache, connection, asked: cache.person(connection, JANE) };
    };

    it('takes what is known of the person, and keeps it as a part', async () => {
      const { cache, connection, asked } = lookUpLate(person('Jane'));
      const { partial, value } = await entryOf(asked);
      expect([partial, value.profile.contact.name, value.missing]).to.deep.equal([
        ...[true, 'Jane'],
        ['details'],
      ]);
      expect(cache.person(connection, JANE)).to.include({ state: 'fresh', ttlMs: 30_000 });
    });

    it('takes what is known of the person, too, when the CRM refuses the rest', async () => {
      for (const kind of [
        'rate_limited',
        'quota',
        'auth',
        'bad_response',
        'unavailable',
      ] as const) {
        const { asked } = lookUpLate(person('Jane'), () => {
          throw new ConnectorError(kind, 'no');
        });
        expect([kind, await nameIn(asked)]).to.deep.equal([kind, 'Jane']);
      }
    });

    it('knows who is unknown, and who is complete', async () => {
      const unknown = lookUpLate(undefined);
      expect((await entryOf(unknown.asked)).found).to.equal(false);
      const whole = lookUpLate({ ...person('Jane'), missing: [] });
      expect((await entryOf(whole.asked)).partial).to.equal(false);
    });

    it('counts those who are known to be unknown against the limit for such addresses', async () => {
      const { cache, connection, crm, clock } = setUp({}, 50);
      Object.assign(crm.connector, {
        async lookup(email: string, options: LookupOptions) {
          options.onPartial?.(email, () => undefined);
          await late(options);
        },
      });
      const unknownLookups = createMemoryLimiter({ maxEvents: 2, windowMs: MINUTE, clock });
      const guess = (email: string) => entryOf(cache.person(connection, email, { unknownLookups }));
      for (const email of ['a@acme.example', 'b@acme.example'])
        expect((await guess(email)).found).to.equal(false);
      expect((await failureOf(guess('c@acme.example'))).kind).to.equal('rate_limited');
    });

    it('has one part for all who ask at once', async () => {
      const { cache, connection, asked } = lookUpLate(person('Jane'));
      const parts = [asked, cache.person(connection, JANE)].map(
        (one) => one.state === 'miss' && one.partial(),
      );
      expect(parts[0]).to.equal(parts[1]).and.not.equal(undefined);
      await entryOf(asked);
    });

    it('fails when what is known is invalid', async () => {
      for (const part of [{ contact: 1 }, new ConnectorError('bad_response', 'x')]) {
        const { cache, asked } = lookUpLate(part);
        expect((await failureOf(entryOf(asked))).kind).to.equal('timeout');
        expect(cache.stats().entries).to.equal(0);
      }
    });
  });

  it('does not keep a provisional entry, nor let it replace an older one', async () => {
    const { cache, connection, crm, clock } = setUp();
    const provisional = { ...person('customer'), provisional: true };
    const company = { name: 'ACME', industry: 'RETAIL', provisional: true };
    crm.respond = (call) => call.give(call.operation === 'findCompany' ? company : provisional);
    expect(await nameIn(cache.person(connection, JANE))).to.equal('customer');
    await entryOf(cache.company(connection, 'acme.example'));
    expect(cache.company(connection, 'acme.example').state).to.equal('miss');
    crm.respond = (call) => call.give(person('Customer'));
    const again = cache.person(connection, JANE);
    expect(again.state).to.equal('miss');
    expect(await nameIn(again)).to.equal('Customer');
    crm.respond = (call) => call.give(provisional);
    clock.advance(6 * MINUTE);
    expect(cache.person(connection, JANE).state).to.equal('stale');
    await settle();
    expect(await nameIn(cache.person(connection, JANE))).to.equal('Customer');
  });

  const others = {
    'another name and equal settings': { name: 'marketing' },
    'the same name and other settings': { fingerprint: 'changed' },
  };
  for (const [what, other] of Object.entries(others)) {
    it(`keeps apart a connection of ${what}`, async () => {
      const { cache, connection, crm, clock } = setUp();
      const second = openTestConnection({ ...other, clock });
      crm.respond = (call) => call.answer({ [JANE]: person('Jane of one') });
      second.crm.respond = (call) => call.answer({ [JANE]: person('Jane of another') });
      const reads = [cache.person(connection, JANE), cache.person(second.connection, JANE)];
      expect(await Promise.all(reads.map(nameIn))).to.deep.equal([
        'Jane of one',
        'Jane of another',
      ]);
      expect(await nameIn(cache.person(second.connection, JANE))).to.equal('Jane of another');
      expect([crm.calls.length, second.crm.calls.length]).to.deep.equal([1, 1]);
      expect(await cache.dropConnection(connection.configuration)).to.equal(1);
      expect(cache.person(second.connection, JANE).state).to.equal('fresh');
    });
  }

  it('reads what a connection of the same name and settings has left', async () => {
    const { cache, connection, crm, clock } = setUp();
    crm.respond = everybody;
    await entryOf(cache.person(connection, JANE));
    const reopened = openTestConnection({ clock });
    expect(await nameIn(cache.person(reopened.connection, JANE))).to.equal(JANE);
    expect(reopened.crm.calls).to.deep.equal([]);
  });

  it('returns from the cache what the lookup returned, found or not', async () => {
    const { cache, connection, crm } = setUp();
    crm.respond = (call) => call.answer({ [JANE]: person('Jane \u{1f600} Доу') });
    for (const email of [JANE, 'unknown@acme.example']) {
      const looked = await entryOf(cache.person(connection, email));
      const cached = await entryOf(cache.person(connection, email));
      expect(cached.found).to.equal(email === JANE);
      expect(valueOf(cached)).to.deep.equal(valueOf(looked));
      expect(cached.kept).to.equal(looked.kept);
    }
  });

  it('keeps apart people and companies', async () => {
    const { cache, connection, crm } = setUp();
    crm.respond = (call) =>
      call.give(call.operation === 'findCompany' ? { name: 'ACME' } : person('Jane'));
    const company = await entryOf(cache.company(connection, 'acme.example'));
    expect(valueOf(company)?.name).to.equal('ACME');
    expect(await nameIn(cache.person(connection, '@acme.example'.slice(1)))).to.equal('Jane');
  });

  it('caches companies like people, known or not', async () => {
    const { cache, connection, crm, clock } = setUp();
    crm.respond = (call) =>
      call.answer({ 'acme.example': { name: 'ACME' }, 'none.example': undefined });
    for (const domain of ['acme.example', 'none.example']) {
      await entryOf(cache.company(connection, domain));
      expect(cache.company(connection, domain).state).to.equal('fresh');
    }
    clock.advance(30_000);
    expect(cache.company(connection, 'acme.example').state).to.equal('fresh');
    expect(cache.company(connection, 'none.example').state).to.equal('miss');
    await settle();
    expect(crm.calls).to.have.lengthOf(3);
  });

  describe('a stale entry', () => {
    async function stale(settings: Parameters<typeof createTestCache>[1] = {}) {
      const made = setUp(settings);
      made.crm.respond = (call) => call.answer({ [JANE]: person('Jane') });
      await entryOf(made.cache.person(made.connection, JANE));
      made.crm.respond = undefined;
      await made.crm.next();
      made.clock.advance(6 * MINUTE);
      return made;
    }

    it('is returned at once, and refreshed in the background exactly once for any number of requests', async () => {
      const { cache, connection, crm, events } = await stale();
      for (let count = 0; count < 100; count += 1) {
        const asked = cache.person(connection, JANE);
        expect(asked).to.include({ state: 'stale', ttlMs: -MINUTE });
        expect(await nameIn(asked)).to.equal('Jane');
      }
      (await crm.next()).answer({ [JANE]: person('Jane Doe') });
      await settle();
      const fresh = cache.person(connection, JANE);
      expect(fresh).to.include({ state: 'fresh', ttlMs: 5 * MINUTE });
      expect(await nameIn(fresh)).to.equal('Jane Doe');
      expect(crm.calls).to.have.lengthOf(2);
      expect(events.filter((event) => event === 'sales refresh')).to.have.lengthOf(1);
    });

    it('is replaced by "not found" when the refresh finds the person gone', async () => {
      const { cache, connection, crm } = await stale();
      cache.person(connection, JANE);
      (await crm.next()).answer();
      await settle();
      const asked = cache.person(connection, JANE);
      expect(asked.state).to.equal('fresh');
      expect(await nameIn(asked)).to.equal(undefined);
    });

    it('also when "not found" is not cached', async () => {
      const { cache, connection, crm } = await stale({ notFoundTtl: 0 });
      cache.person(connection, JANE);
      (await crm.next()).answer();
      await settle();
      const asked = cache.person(connection, JANE);
      expect(asked.state).to.equal('miss');
      (await crm.next()).answer();
      expect(await nameIn(asked)).to.equal(undefined);
    });

    it('stays when the refresh fails', async () => {
      const { cache, connection, crm, events } = await stale();
      cache.person(connection, JANE);
      (await crm.next()).fail(refused());
      await settle();
      expect(await nameIn(cache.person(connection, JANE))).to.equal('Jane');
      expect(events).to.include('sales refresh_failed');
    });

    it('stays when the refresh brings a part only, which is tried again after 10 s, 20 s, …', async () => {
      const { cache, connection, crm, events, clock } = await stale({ staleTtl: 4 * MINUTE });
      crm.respond = (call) => call.give({ ...person('part'), missing: ['deals'] });
      for (let second = 0; second < 180; second += 1) {
        expect(await nameIn(cache.person(connection, JANE))).to.equal('Jane');
        await settle();
        clock.advance(1000);
      }
      expect(events.filter((event) => event === 'sales refresh_failed')).to.have.lengthOf(5);
      // Too old, it is no longer better.
      expect(await nameIn(cache.person(connection, JANE))).to.equal('part');
      expect(cache.person(connection, JANE).state).to.equal('fresh');
    });

    it('is not refreshed again and again while the CRM fails: 10 s, 20 s, … up to 5 min', async () => {
      const { cache, connection, crm, clock } = await stale({ staleTtl: 100 * MINUTE });
      const start = crm.calls.length;
      const gaps: number[] = [];
      let last: number | undefined;
      // One asks every second for 25 minutes; calls are spread so that the circuit stays closed.
      crm.respond = (call) => call.fail(new ConnectorError('misconfigured', 'x'));
      for (let second = 0; second < 1500; second += 1) {
        const before = crm.calls.length;
        expect(await nameIn(cache.person(connection, JANE))).to.equal('Jane');
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
      const { cache, connection, crm, clock } = await stale();
      const failRefresh = async () => {
        cache.person(connection, JANE);
        (await crm.next()).fail(refused());
        await settle();
      };
      await failRefresh();
      clock.advance(10_000);
      await failRefresh();
      clock.advance(20_000);
      cache.person(connection, JANE);
      (await crm.next()).answer({ [JANE]: person('Jane') });
      await settle();
      clock.advance(6 * MINUTE);
      await failRefresh();
      clock.advance(10_000);
      cache.person(connection, JANE);
      everybody(await crm.next());
      expect(crm.calls).to.have.lengthOf(6);
    });

    it('has no failures when it was found again after it had expired', async () => {
      const { cache, connection, crm, clock } = await stale();
      for (const wait of [10_000, 20_000]) {
        cache.person(connection, JANE);
        (await crm.next()).fail(refused());
        await settle();
        clock.advance(wait);
      }
      clock.advance(70 * MINUTE);
      const found = cache.person(connection, JANE);
      expect(found.state).to.equal('miss');
      (await crm.next()).answer({ [JANE]: person('Jane') });
      await entryOf(found);
      clock.advance(6 * MINUTE);
      cache.person(connection, JANE);
      (await crm.next()).fail(refused());
      await settle();
      clock.advance(10_000);
      cache.person(connection, JANE);
      everybody(await crm.next());
    });

    it('is gone after staleTtl, and an error is then an error', async () => {
      const { cache, connection, crm, clock } = await stale();
      clock.advance(60 * MINUTE);
      const asked = cache.person(connection, JANE);
      expect(asked.state).to.equal('miss');
      (await crm.next()).fail(refused());
      await failureOf(entryOf(asked));
    });

    it('is still there while the circuit is open, without a call', async () => {
      const { cache, connection, crm, clock } = await stale();
      cache.person(connection, JANE);
      (await crm.next()).fail(new ConnectorError('rate_limited', 'x', { retryAfterMs: MINUTE }));
      await settle();
      clock.advance(20_000);
      expect(await nameIn(cache.person(connection, JANE))).to.equal('Jane');
      await settle();
      expect(crm.calls).to.have.lengthOf(2);
    });
  });

  it('forgets old failures, so that they do not add up', async () => {
    const { cache, connection, crm, clock } = setUp();
    // An invalid record: the CRM works, so no circuit opens.
    crm.respond = (call) => call.answer({ [JANE]: { contact: { name: { no: 'text' } } } });
    const fail = () => failureOf(entryOf(cache.person(connection, JANE)));
    for (let n = 0; n < 4; n += 1) await fail();
    clock.advance(11 * MINUTE);
    await fail();
    await fail();
    expect(crm.calls).to.have.lengthOf(6);
  });

  it('does not count a failure for a person whose lookup stayed in the queue', async () => {
    const one = openTestConnection({ limits: { concurrency: 1 } });
    const { cache } = createTestCache(one.clock);
    const busy = cache.person(one.connection, 'busy@acme.example');
    one.connection.timeoutMs = 40;
    for (let n = 0; n < 6; n += 1) {
      const { kind, message } = await failureOf(entryOf(cache.person(one.connection, JANE)));
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
      const { cache, connection, crm } = setUp();
      crm.respond = everybody;
      await entryOf(cache.person(connection, JANE));
      expect(await cache.dropPerson([connection.configuration], JANE)).to.equal(1);
      expect(await cache.dropPerson([connection.configuration], JANE)).to.equal(0);
      const asked = cache.person(connection, JANE);
      expect(asked.state).to.equal('miss');
      await entryOf(asked);
    });

    it('drops all people and companies of a connection', async () => {
      const { cache, connection, crm } = setUp();
      crm.respond = (call) =>
        call.give(call.operation === 'findCompany' ? { name: 'ACME' } : undefined);
      await entryOf(cache.person(connection, JANE));
      await entryOf(cache.company(connection, 'acme.example'));
      expect(await cache.dropConnection(connection.configuration)).to.equal(2);
      expect(cache.stats().entries).to.equal(0);
    });

    for (const [what, purge] of [
      ['one person', (cache: LookupCache, one: Identity) => cache.dropPerson([one], JANE)],
      ['a connection', (cache: LookupCache, one: Identity) => cache.dropConnection(one)],
    ] as const) {
      it(`of ${what} is not undone by a lookup in flight`, async () => {
        const { cache, connection, crm } = setUp();
        const before = cache.person(connection, JANE);
        const old = await crm.next();
        void purge(cache, connection.configuration);
        const after = cache.person(connection, JANE);
        expect(after, 'a lookup of its own').to.include({ state: 'miss', collapsed: false });
        old.answer({ [JANE]: person('old') });
        expect(await nameIn(before), 'the request before still gets its result').to.equal('old');
        await settle();
        expect(cache.stats().entries).to.equal(0);
        (await crm.next()).answer({ [JANE]: person('new') });
        expect(await nameIn(after)).to.equal('new');
        expect(await nameIn(cache.person(connection, JANE))).to.equal('new');
      });
    }

    it('also when the old result comes after the new one', async () => {
      const { cache, connection, crm } = setUp();
      const before = cache.person(connection, JANE);
      const old = await crm.next();
      void cache.dropPerson([connection.configuration], JANE);
      const after = cache.person(connection, JANE);
      (await crm.next()).answer({ [JANE]: person('new') });
      await entryOf(after);
      old.answer({ [JANE]: person('old') });
      await entryOf(before);
      await settle();
      expect(await nameIn(cache.person(connection, JANE))).to.equal('new');
    });
  });

  it('caches a result that comes late', async () => {
    const { cache, connection, crm } = setUp();
    cache.person(connection, JANE);
    const call = await crm.next();
    await settle();
    everybody(call);
    await settle();
    expect(cache.person(connection, JANE).state).to.equal('fresh');
  });

  it('asks twice for a person when the first read fails at once, and all have the answer', async () => {
    const { cache, connection, crm } = setUp();
    const asked = Array.from({ length: 10 }, () => cache.person(connection, JANE));
    (await crm.next()).fail(unavailable());
    everybody(await crm.next());
    expect(await Promise.all(asked.map(nameIn))).to.deep.equal(new Array(10).fill(JANE));
    expect(crm.calls).to.have.lengthOf(2);
  });
});
