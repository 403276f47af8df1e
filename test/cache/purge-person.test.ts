/** A purge of one address forgets the person, whatever address was asked for. */
import { expect } from 'chai';
import { Entry } from '../../src/cache/entry.ts';
import type { LookupCache } from '../../src/cache/lookup-cache.ts';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import {
  CACHE,
  createTestCache,
  openTestConnection,
  type TestConnection,
} from '../support/test-connection.ts';

const [PRIMARY, SECOND, THIRD] = ['jane@acme.example', 'jd@old.example', 'j.doe@acme.example'];
const OTHER = 'joe@acme.example';

const record = (id: string, email: string, more: object = {}) => ({
  contact: { id, email, name: `No. ${id}`, url: `https://crm.example/${id}` },
  ...more,
});
const JANE = record('1', PRIMARY);
const JOE = record('2', OTHER);

/** A connection that knows Jane by three addresses and Joe by one. */
function connectionNamed(
  name: string,
  known: Readonly<Record<string, object>>,
  cacheOf?: TestConnection,
) {
  const respond: TestConnection['crm']['respond'] = (call) => call.answer(known);
  const clock = cacheOf?.clock;
  return openTestConnection({
    name,
    maxBatch: 1,
    respond,
    ...(clock === undefined ? {} : { clock }),
  });
}

function setUp(
  known: Readonly<Record<string, object>> = {
    [PRIMARY]: JANE,
    [SECOND]: JANE,
    [THIRD]: JANE,
    [OTHER]: JOE,
  },
) {
  const sales = connectionNamed('sales', known);
  const { cache } = createTestCache(sales.clock);
  return { sales, cache, identities: [sales.connection.configuration] };
}

async function ask(
  cache: LookupCache,
  { connection }: TestConnection,
  ...emails: readonly string[]
) {
  const states: string[] = [];
  for (const email of emails) {
    const read = cache.person(connection, email);
    states.push(read.state);
    if (read.state === 'miss') await read.entry;
  }
  return states;
}

describe('a purge of one address', () => {
  for (const purged of [PRIMARY, SECOND, THIRD]) {
    it(`forgets the record under all of its addresses, and nobody else: ${purged}`, async () => {
      const { cache, sales, identities } = setUp();
      await ask(cache, sales, PRIMARY, SECOND, THIRD, OTHER);
      expect(await cache.dropPerson(identities, purged)).to.equal(3);
      expect(await ask(cache, sales, PRIMARY, SECOND, THIRD, OTHER)).to.deep.equal([
        ...['miss', 'miss', 'miss', 'fresh'],
      ]);
    });
  }

  it('finds the address that an entry shows, although that was never asked for', async () => {
    const { cache, sales, identities } = setUp();
    await ask(cache, sales, SECOND);
    expect(await cache.dropPerson(identities, PRIMARY)).to.equal(1);
    expect(await ask(cache, sales, SECOND)).to.deep.equal(['miss']);
  });

  it('needs no id: the address that is shown is enough', async () => {
    const nameless = { contact: { email: PRIMARY } };
    const { cache, sales, identities } = setUp({ [PRIMARY]: nameless, [SECOND]: nameless });
    await ask(cache, sales, PRIMARY, SECOND);
    expect(await cache.dropPerson(identities, SECOND)).to.equal(2);
  });

  it('takes a contact and a lead of one id for two', async () => {
    const lead = { contact: { kind: 'lead', id: '1', name: 'Lead' } };
    const { cache, sales, identities } = setUp({ [PRIMARY]: JANE, [OTHER]: lead });
    await ask(cache, sales, PRIMARY, OTHER);
    expect(await cache.dropPerson(identities, PRIMARY)).to.equal(1);
  });

  it('forgets what the other connections of the tenant know under those addresses: a merged answer shows it', async () => {
    const { cache, sales, identities } = setUp({ [PRIMARY]: JANE, [SECOND]: JANE });
    const marketing = connectionNamed(
      'marketing',
      { [PRIMARY]: record('a', THIRD), [THIRD]: record('a', THIRD) },
      sales,
    );
    const both = [...identities, marketing.connection.configuration];
    await ask(cache, sales, PRIMARY, SECOND);
    await ask(cache, marketing, PRIMARY, SECOND, THIRD);
    // Five entries: "not found" of the second address in the other connection, too.
    expect(await cache.dropPerson(both, SECOND)).to.equal(5);
    expect(await ask(cache, marketing, THIRD)).to.deep.equal(['miss']);
  });

  it('forgets an entry that lists the person beside another, and not the other entries of that one', async () => {
    const others = [{ kind: 'contact', name: 'No. 2', url: 'https://crm.example/2' }];
    const shared = 'office@acme.example';
    const { cache, sales, identities } = setUp({
      ...{ [shared]: record('1', PRIMARY, { others }), [PRIMARY]: JANE, [OTHER]: JOE },
    });
    await ask(cache, sales, shared, PRIMARY, OTHER);
    expect(await cache.dropPerson(identities, OTHER)).to.equal(2);
    expect(await ask(cache, sales, PRIMARY, shared)).to.deep.equal(['fresh', 'miss']);
  });

  for (const [what, key, listed] of [
    ['the id', { id: '2' }, { kind: 'contact', id: '2', name: 'J.' }],
    ['the address', { id: '2' }, { kind: 'lead', email: OTHER.toUpperCase() }],
    ['name and company', {}, { name: 'NO. 2', company: 'ACME' }],
    ['the name, if the company is not known', { company: null }, { name: 'No. 2' }],
  ] as const) {
    it(`finds who is listed without a url, by ${what}`, async () => {
      const joe = {
        contact: { email: OTHER, name: 'No. 2', ...('id' in key ? key : {}) },
        company: 'company' in key ? null : { name: 'ACME' },
      };
      const namesake = { kind: 'contact', id: '3', name: 'No. 2', company: 'ACME' };
      const { cache, sales, identities } = setUp({
        [PRIMARY]: record('1', PRIMARY, { others: [namesake, listed] }),
        [SECOND]: record('4', SECOND, { others: [namesake] }),
        [OTHER]: joe,
      });
      await ask(cache, sales, PRIMARY, SECOND, OTHER);
      expect(await cache.dropPerson(identities, OTHER)).to.equal(2);
      expect(await ask(cache, sales, SECOND, PRIMARY)).to.deep.equal(['fresh', 'miss']);
    });
  }

  it('finds who is listed with an address, although that was never asked for', async () => {
    const others = [{ kind: 'contact', name: 'Joe', email: OTHER }];
    const { cache, sales, identities } = setUp({ [PRIMARY]: record('1', PRIMARY, { others }) });
    await ask(cache, sales, PRIMARY);
    expect(await cache.dropPerson(identities, OTHER)).to.equal(1);
  });

  it('forgets an entry that lists the person and shows the person, too', async () => {
    const others = [{ kind: 'lead', name: 'No. 1', email: PRIMARY }];
    const known = { [PRIMARY]: JANE, [SECOND]: { ...JANE, others }, [THIRD]: JANE };
    const { cache, sales, identities } = setUp(known);
    await ask(cache, sales, SECOND, THIRD);
    expect(await cache.dropPerson(identities, PRIMARY)).to.equal(2);
  });

  for (const [what, contact] of [
    ['name and company', { name: 'Jane Doe' }],
    ['what the record shows', { phone: '+1 555 0100', fields: { plan: 'gold' } }],
  ] as const) {
    it(`finds a second address of a record without an id that shows each address asked for, by ${what}`, async () => {
      const shownBy = (email: string) => ({ contact: { email, ...contact } });
      const { cache, sales, identities } = setUp({
        [PRIMARY]: shownBy(PRIMARY),
        [SECOND]: shownBy(SECOND),
        [OTHER]: { contact: { email: OTHER, name: 'Joe', phone: '+1 555 0199' } },
      });
      await ask(cache, sales, PRIMARY, SECOND, OTHER);
      expect(await cache.dropPerson(identities, PRIMARY)).to.equal(2);
      expect(await ask(cache, sales, OTHER, SECOND)).to.deep.equal(['fresh', 'miss']);
    });
  }

  for (const [what, cached] of [
    ['the purged one is in the cache', [PRIMARY]],
    ['nothing is in the cache', []],
  ] as const) {
    it(`keeps a lookup in flight under another address from being cached: ${what}`, async () => {
      const { cache, sales, identities } = setUp();
      await ask(cache, sales, ...cached);
      sales.crm.respond = undefined;
      const inFlight = cache.person(sales.connection, SECOND);
      const joe = cache.person(sales.connection, OTHER);
      const calls = sales.crm.calls.filter(({ asked }) => asked[0] !== PRIMARY);
      await cache.dropPerson(identities, PRIMARY);
      for (const call of calls) call.answer({ [SECOND]: JANE, [OTHER]: JOE });
      if (inFlight.state === 'miss') expect((await inFlight.entry).found).to.equal(true);
      if (joe.state === 'miss') await joe.entry;
      expect(await ask(cache, sales, OTHER)).to.deep.equal(['fresh']);
      sales.crm.respond = (call) => call.answer({ [SECOND]: JANE });
      expect(await ask(cache, sales, SECOND, SECOND)).to.deep.equal(['miss', 'fresh']);
    });
  }

  it('finds changed entries by what they show now', async () => {
    const { cache, sales, identities } = setUp();
    await ask(cache, sales, PRIMARY, SECOND);
    await cache.dropPerson(identities, SECOND);
    sales.crm.respond = (call) => call.answer({ [PRIMARY]: JANE, [SECOND]: JOE });
    await ask(cache, sales, PRIMARY, SECOND);
    expect(await cache.dropPerson(identities, PRIMARY)).to.equal(1);
  });

  it('works also after the cache was given other settings', async () => {
    const { cache, sales, identities } = setUp();
    await ask(cache, sales, PRIMARY, SECOND);
    cache.configure({ ...CACHE, maxEntries: 10, ttl: 60_000, notFoundTtl: 1000, staleTtl: 1000 });
    expect(await cache.dropPerson(identities, PRIMARY)).to.equal(2);
  });
});

describe('MemoryStore', () => {
  it('has no links to what it has evicted', async () => {
    const store = new MemoryStore({ ...CACHE, maxEntries: 2 }, connectorContext().clock);
    const entry = Entry.of(undefined, { fetchedAt: 1, partial: false }).kept;
    for (const key of ['a', 'b', 'c']) store.set(key, entry, 1000, { links: ['all', key] });
    expect([...(await store.keysOf('all'))].sort()).to.deep.equal(['b', 'c']);
    expect(await store.keysOf('a')).to.deep.equal([]);
  });
});
