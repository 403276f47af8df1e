/** A purge reaches all processes, also those that were cut off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { LookupCache } from '../../src/cache/lookup-cache.ts';
import { SharedLevel } from '../../src/cache/shared-level.ts';
import { person } from '../support/scripted-connector.ts';
import { startRelay, type Relay } from '../support/redis-relay.ts';
import { uniquePrefix, until, useRedis } from '../support/shared-redis.ts';
import { CACHE, openTestConnection } from '../support/test-connection.ts';

const JANE = 'jane@acme.example';
const HOME = 'jane@home.example';

/** A person with one record under two addresses. */
const twoAddresses = { contact: { id: '7', name: 'Jane', email: JANE } };

describe('purges over several processes', () => {
  const redis = useRedis();
  const relays: Relay[] = [];
  afterEach(async () => {
    for (const relay of relays.splice(0)) await relay.close();
  });

  /** A process that answers from its memory and Redis; `cut` separates it from Redis. */
  async function startProcess(prefix: string, fingerprint = 'settings') {
    const relay = await startRelay(redis.server.port);
    relays.push(relay);
    const { connection, crm, clock } = openTestConnection({ fingerprint });
    crm.respond = (call) =>
      call.give(call.asked[0]?.startsWith('jane') ? twoAddresses : person('Other'));
    const test = redis.open({ url: relay.url, prefix });
    const cache = new LookupCache(CACHE, clock, () => undefined, new SharedLevel(test.shared));
    await test.shared.settled;
    const look = async (email: string) => {
      const read = cache.person(connection, email);
      if (read.state !== 'miss') return 'memory';
      await read.entry;
      return read.sharedHit() === undefined ? 'crm' : 'shared';
    };
    return {
      ...{ cache, crm, relay, connection, ...test },
      look,
      /** Whether its memory has an entry. */
      has: (email: string) => cache.person(connection, email).state !== 'miss',
      forget: (email: string) => cache.dropPerson([connection.configuration], email),
      written: () => until(() => test.entries.includes('written'), 'written'),
      joined: () => until(() => test.shared.status().isJoined, 'joined'),
    };
  }

  it('reach the memory of others within a second, under the other addresses, too', async () => {
    const prefix = uniquePrefix();
    const [one, two, three] = [
      await startProcess(prefix),
      await startProcess(prefix),
      await startProcess(prefix),
    ];
    await one.look(JANE);
    await one.written();
    expect(await two.look(JANE)).to.equal('shared');
    // Only the third knows the other address.
    await three.look(HOME);
    await three.written();
    await three.look('joe@acme.example');
    // The third may be the first to find its entry in Redis.
    expect(await one.forget(JANE)).to.be.within(1, 2);
    await until(() => three.cache.stats().entries === 1, 'the third has forgotten', 1000);
    expect(two.cache.stats().entries).to.equal(0);
    for (const process of [one, two]) process.crm.respond = (call) => call.answer();
    expect(await one.look(HOME)).to.equal('crm');
    expect(await two.look(JANE)).not.to.equal('memory');
    expect(await three.look('joe@acme.example')).to.equal('memory');
  });

  it('find further addresses by what another process alone has', async () => {
    const prefix = uniquePrefix();
    const [one, two, three] = [
      await startProcess(prefix),
      await startProcess(prefix),
      await startProcess(prefix),
    ];
    await two.look(JANE);
    await two.look(HOME);
    await three.look(HOME);
    await until(() => two.entries.filter((event) => event === 'written').length === 2, 'written');
    // What is shared has been evicted.
    for (const name of (await redis.server.cli('--scan', '--pattern', `${prefix}:[el]:*`)).split(
      '\n',
    ))
      await redis.server.cli('del', name);
    await one.forget(JANE);
    await until(
      () => two.cache.stats().entries + three.cache.stats().entries === 0,
      'forgotten',
      1500,
    );
  });

  it('reach one that was cut off within 1.5 s of being back', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await startProcess(prefix), await startProcess(prefix)];
    await one.look(JANE);
    await one.written();
    await two.look(JANE);
    two.relay.cut();
    await until(() => !two.shared.status().isJoined, 'cut off');
    await one.forget(JANE);
    await sleep(300);
    expect(two.cache.stats().entries).to.equal(1);
    two.relay.restore();
    await until(() => two.cache.stats().entries === 0, 'forgotten', 1500);
  });

  it('of one that is cut off take effect in it at once, and in Redis and the others when it is back', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await startProcess(prefix), await startProcess(prefix)];
    await one.look(JANE);
    await one.written();
    await two.look(JANE);
    two.relay.cut();
    await until(() => !two.shared.status().isJoined, 'cut off');
    expect(await two.forget(JANE)).to.equal(1);
    expect(one.cache.stats().entries).to.equal(1);
    two.relay.restore();
    await until(() => one.cache.stats().entries === 0, 'forgotten', 1500);
    await two.joined();
    expect(await two.look(JANE)).to.equal('crm');
  });

  it('are not lost when Redis restarts empty before one that was cut off is back', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await startProcess(prefix), await startProcess(prefix)];
    await one.look(JANE);
    await one.written();
    await two.look(JANE);
    two.relay.cut();
    await until(() => !two.shared.status().isJoined, 'cut off');
    await one.forget(JANE);
    await redis.server.cli('flushall');
    await sleep(1500);
    two.relay.restore();
    await until(() => two.cache.stats().entries === 0, 'forgotten', 3000);
  });

  it('are not undone by a lookup that had begun before, in whatever process', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await startProcess(prefix), await startProcess(prefix)];
    two.crm.respond = undefined;
    const late = two.look(HOME);
    const call = await two.crm.next();
    await one.look(JANE);
    await one.written();
    await one.forget(JANE);
    await sleep(200);
    call.give(twoAddresses);
    await late;
    await sleep(200);
    expect(two.cache.stats().entries).to.equal(0);
    expect(await one.look(HOME)).to.equal('crm');
  });

  it('of a connection reach all, whatever its settings are there', async () => {
    const prefix = uniquePrefix();
    const [one, two, three] = [
      await startProcess(prefix),
      await startProcess(prefix),
      await startProcess(prefix, 'other settings'),
    ];
    await one.look(JANE);
    await one.written();
    await two.look(JANE);
    await three.look(JANE);
    await three.written();
    expect(await one.cache.dropConnection(one.connection.configuration)).to.equal(1);
    await until(
      () => two.cache.stats().entries + three.cache.stats().entries === 0,
      'dropped',
      1000,
    );
    await until(
      async () => (await redis.server.cli('--scan', '--pattern', `${prefix}:e:*`)) === '',
      'in Redis',
    );
  });

  it('name nothing in Redis: the messages are encrypted, and have a lifetime', async () => {
    const prefix = uniquePrefix();
    const one = await startProcess(prefix);
    await one.look(JANE);
    await one.forget(JANE);
    expect(await redis.server.cli('xlen', `${prefix}:messages`)).not.to.equal('0');
    expect(await redis.server.cli('xrange', `${prefix}:messages`, '-', '+')).not.to.match(
      /jane|acme|sales|person/,
    );
    expect(Number(await redis.server.cli('pttl', `${prefix}:messages`))).to.be.above(0);
  });

  it('that were missed beyond what the stream holds empty the memory', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await startProcess(prefix), await startProcess(prefix)];
    await one.forget(JANE);
    await two.look(JANE);
    await two.look('joe@acme.example');
    await sleep(300);
    two.relay.cut();
    await until(() => !two.shared.status().isJoined, 'cut off');
    const fill = `for i = 1, 10050 do redis.call('XADD', KEYS[1], 'MAXLEN', 10000, '*', 'm', 'x') end`;
    await redis.server.cli('eval', fill, '1', `${prefix}:messages`);
    two.relay.restore();
    await until(() => two.cache.stats().entries === 0, 'emptied', 3000);
  });
});
