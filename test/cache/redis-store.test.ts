import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Entry } from '../../src/cache/entry.ts';
import { SYSTEM_CLOCK } from '../../src/model/clock.ts';
import { RedisStore } from '../../src/cache/redis-store.ts';
import { KEY, uniquePrefix, until, useRedis } from '../support/shared-redis.ts';
import { describeStore } from './describe-store.ts';

const JANE = Entry.of(
  { profile: { contact: { name: 'Jane Doe', email: 'jane@acme.example' } } },
  { fetchedAt: 1, partial: false },
).kept;
const KEY_OF_JANE = 'sales 0a jane@acme.example';
const OTHER_KEY = Buffer.alloc(32, 9).toString('base64');

describe('RedisStore', () => {
  const redis = useRedis();

  async function open(
    options: { readonly prefix?: string; readonly keys?: readonly string[] } = {},
  ) {
    const test = redis.open(options);
    await test.shared.settled;
    return { ...test, store: new RedisStore(test.shared) };
  }

  describeStore('RedisStore', async () => {
    const prefix = uniquePrefix();
    return {
      store: (await open({ prefix })).store,
      advance: (ms) => redis.server.advance(prefix, ms),
      slackMs: 600,
    };
  });

  it('is read by another process with the same key, not by one with another', async () => {
    const prefix = uniquePrefix();
    const [one, two, three] = [
      await open({ prefix }),
      await open({ prefix }),
      await open({ prefix, keys: [OTHER_KEY] }),
    ];
    await one.store.set(KEY_OF_JANE, JANE, 60_000, { ageMs: 1000 });
    expect((await two.store.get(KEY_OF_JANE))?.entry).to.deep.equal(JANE);
    expect((await two.store.get(KEY_OF_JANE))?.ageMs).to.be.within(1000, 1500);
    expect(await three.store.get(KEY_OF_JANE)).to.equal(undefined);
  });

  it('reads what was written with the old key while it is listed, and deletes it, too', async () => {
    const prefix = uniquePrefix();
    const [before, during] = [
      await open({ prefix }),
      await open({ prefix, keys: [OTHER_KEY, KEY] }),
    ];
    await before.store.set(KEY_OF_JANE, JANE, 60_000, { links: ['sales 0a shows id 1'] });
    expect((await during.store.get(KEY_OF_JANE))?.entry).to.deep.equal(JANE);
    expect(await during.store.keysOf('sales 0a shows id 1')).to.deep.equal([KEY_OF_JANE]);
    expect(await during.store.delete(KEY_OF_JANE)).to.equal(true);
    expect(await before.store.get(KEY_OF_JANE)).to.equal(undefined);
    await before.store.set(KEY_OF_JANE, JANE, 60_000);
    expect(await during.store.clear('sales 0a ')).to.equal(1);
  });

  it('writes a partial entry only where there is none, with its links', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await open({ prefix }), await open({ prefix, keys: [OTHER_KEY, KEY] })];
    const part = { ...JANE, partial: true };
    await one.store.set(KEY_OF_JANE, JANE, 60_000, { links: ['sales 0a shows id 1'] });
    for (const { store, entries } of [one, two]) {
      await store.set(KEY_OF_JANE, part, 1000, { links: ['sales 0a shows id 2'] });
      expect(entries.at(-1)).to.equal('refused');
    }
    expect((await one.store.get(KEY_OF_JANE))?.entry).to.deep.equal(JANE);
    expect(await one.store.keysOf('sales 0a shows id 1')).to.deep.equal([KEY_OF_JANE]);
    expect(await redis.server.cli('--scan', '--pattern', `${prefix}:l:*`)).not.to.include('\n');

    await one.store.publish({ kind: 'person' }, [KEY_OF_JANE]);
    await until(() => one.shared.messages.lastId === two.shared.messages.lastId, 'read');
    await one.store.set(KEY_OF_JANE, part, 60_000, { links: ['sales 0a shows id 2'] });
    expect((await one.store.get(KEY_OF_JANE))?.entry).to.deep.equal(part);
    expect(await one.store.keysOf('sales 0a shows id 2')).to.deep.equal([KEY_OF_JANE]);
    await two.store.set(KEY_OF_JANE, JANE, 60_000);
    expect((await two.store.get(KEY_OF_JANE))?.entry).to.deep.equal(JANE);
  });

  it('shows nothing readable in Redis, and every name has a lifetime', async () => {
    const prefix = uniquePrefix();
    const { store } = await open({ prefix });
    await store.set(KEY_OF_JANE, JANE, 60_000, {
      links: ['sales 0a shows address jane@acme.example'],
    });
    expect(await redis.server.dump())
      .to.include(prefix)
      .and.not.match(/jane@|jane doe|acme\.example|sales 0a/i);
    const names = (await redis.server.cli('--scan', '--pattern', `${prefix}:*`)).split('\n');
    expect(names).to.have.lengthOf(3);
    for (const name of names)
      expect(Number(await redis.server.cli('pttl', name)), name).to.be.above(0);
  });

  it('takes a changed or swapped entry for a miss, counts each and logs one line', async () => {
    const prefix = uniquePrefix();
    const { store, entries, lines } = await open({ prefix });
    await store.set(KEY_OF_JANE, JANE, 60_000);
    await store.set('sales 0a joe@acme.example', Entry.of('Joe', JANE).kept, 60_000);
    const [one = '', two = ''] = (
      await redis.server.cli('--scan', '--pattern', `${prefix}:e:*`)
    ).split('\n');
    await redis.server.cli('rename', one, 'kept');
    await redis.server.cli('copy', two, one);
    await redis.server.cli('setrange', two, '40', 'x');
    expect(await store.get(KEY_OF_JANE)).to.equal(undefined);
    expect(await store.get('sales 0a joe@acme.example')).to.equal(undefined);
    expect(entries.filter((event) => event === 'unreadable')).to.have.lengthOf(2);
    expect(lines().filter((line) => line.includes('cannot be read'))).to.have.lengthOf(1);
  });

  it('claims an entry for no longer than that, also after the clock of Redis was set back', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await open({ prefix }), await open({ prefix })];
    expect(await one.store.claim(KEY_OF_JANE, 10_000)).to.equal(true);
    expect(await two.store.claim(KEY_OF_JANE, 10_000)).to.equal(false);
    const name = await redis.server.cli('--scan', '--pattern', `${prefix}:k:*`);
    await redis.server.cli('pexpire', name, '3600000');
    expect(await two.store.claim(KEY_OF_JANE, 10_000)).to.equal(true);
    expect(await one.store.claim(KEY_OF_JANE, 10_000)).to.equal(false);
  });

  const nameOf = (prefix: string) => redis.server.cli('--scan', '--pattern', `${prefix}:e:*`);

  it('reads an entry no longer than its lifetime, however long Redis keeps it', async () => {
    const prefix = uniquePrefix();
    const { store } = await open({ prefix });
    await store.set(KEY_OF_JANE, JANE, 3000, { ageMs: 300 });
    await redis.server.cli('pexpire', await nameOf(prefix), '3600000');
    const before = await store.get(KEY_OF_JANE);
    expect(before?.ageMs).to.be.within(300, 3300);
    await until(async () => (await store.get(KEY_OF_JANE)) === undefined, 'over', 5000);
    expect(await redis.server.cli('exists', await nameOf(prefix))).to.equal('1');
    expect(await store.peek(KEY_OF_JANE)).to.deep.equal(JANE);
  });

  it('does not read an entry whose age is unknown, since the clock of Redis was set back', async () => {
    const prefix = uniquePrefix();
    const { store, shared } = await open({ prefix });
    await store.clear('sales 0a ');
    shared.time.ask()(SYSTEM_CLOCK.now() + 3_600_000);
    await store.set(KEY_OF_JANE, JANE, 60_000, { links: ['sales 0a shows id 1'] });
    expect(await store.get(KEY_OF_JANE)).to.equal(undefined);
    // The process has learned the new time, has dropped what was there, and writes by that.
    await until(
      async () => (await redis.server.cli('--scan', '--pattern', `${prefix}:[eld]:*`)) === '',
      'dropped',
    );
    await store.set(KEY_OF_JANE, JANE, 60_000);
    expect((await store.get(KEY_OF_JANE))?.entry).to.deep.equal(JANE);
  });

  it('does not read what was purged and put back, but what was written since', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await open({ prefix }), await open({ prefix })];
    const purges = [
      () => one.store.publish({ kind: 'person' }, [KEY_OF_JANE]),
      () => one.store.clear('sales 0a '),
    ];
    for (const purge of purges) {
      await two.store.set(KEY_OF_JANE, JANE, 60_000);
      const name = await nameOf(prefix);
      await redis.server.cli('copy', name, `${prefix}-copy`);
      await sleep(20);
      await purge();
      await redis.server.cli('rename', `${prefix}-copy`, name);
      for (const { store } of [one, two, await open({ prefix })])
        expect(await store.get(KEY_OF_JANE)).to.equal(undefined);
      await until(() => one.shared.messages.lastId === two.shared.messages.lastId, 'read');
      await two.store.set(KEY_OF_JANE, JANE, 60_000);
      expect((await one.store.get(KEY_OF_JANE))?.entry).to.deep.equal(JANE);
    }
  });

  it('works with a Redis whose memory is used up: what is there is read and deleted', async () => {
    const prefix = uniquePrefix();
    const { store, shared } = await open({ prefix });
    await store.set(KEY_OF_JANE, JANE, 60_000);
    await redis.server.cli('config', 'set', 'maxmemory', '1');
    try {
      const failed = await store.set('sales 0a b', JANE, 60_000).catch((error: unknown) => error);
      expect(failed).to.include({ failure: 'full' });
      expect(shared.status()).to.deep.include({ isJoined: true });
      expect(shared.status().problem).to.match(/no more writes/);
      expect((await store.get(KEY_OF_JANE))?.entry).to.deep.equal(JANE);
      expect(await store.delete(KEY_OF_JANE)).to.equal(true);
    } finally {
      await redis.server.cli('config', 'set', 'maxmemory', '0');
    }
    await store.set('sales 0a b', JANE, 60_000);
    await until(() => shared.status().problem === undefined, 'writes again');
  });
});
