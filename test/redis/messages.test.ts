/** Messages of other processes, which may be of another version: a bad one fails alone. */
import { expect } from 'chai';
import { LookupCache } from '../../src/cache/lookup-cache.ts';
import { SharedLevel } from '../../src/cache/shared-level.ts';
import { SharedRests } from '../../src/bridge/shared-rests.ts';
import type { SharedRedis } from '../../src/redis/shared-redis.ts';
import { person } from '../support/scripted-connector.ts';
import { uniquePrefix, until, useRedis, type TestShared } from '../support/shared-redis.ts';
import { CACHE, openTestConnection } from '../support/test-connection.ts';

const JANE = 'jane@acme.example';

/** Of a version that sends other contents. */
const publish = (shared: SharedRedis, kind: string, content: object = {}) =>
  shared.publish({ kind, ...content });

describe('messages over several processes', () => {
  const redis = useRedis();

  async function open(prefix: string, keys?: readonly string[]): Promise<TestShared> {
    const test = redis.open({ prefix, ...(keys === undefined ? {} : { keys }) });
    await test.shared.settled;
    return test;
  }

  /** A process with someone in its memory, and another one that is joined to send it something. */
  async function startTwo() {
    const prefix = uniquePrefix();
    const { connection, crm, clock } = openTestConnection();
    crm.respond = (call) => call.give(person('Jane'));
    const one = redis.open({ prefix });
    const cache = new LookupCache(CACHE, clock, () => undefined, new SharedLevel(one.shared));
    const rests = new SharedRests(one.shared, () => new Map([[connection.name, connection]]));
    await one.shared.settled;
    const read = cache.person(connection, JANE);
    if (read.state === 'miss') await read.entry;
    await until(() => one.entries.includes('written'), 'written');
    const { shared: other } = await open(prefix);
    const prefixOfKeys = connection.configuration.name;
    return { prefix, one, cache, rests, other, prefixOfKeys };
  }

  it('of an unknown kind and with another content are counted, reported once and skipped', async () => {
    const { one, cache, other } = await startTwo();
    for (let turn = 0; turn < 2; turn++) {
      await publish(other, 'later');
      await publish(other, 'constructor');
      await publish(other, 'person', { names: 'jane' });
      await publish(other, 'connection', { prefix: 7 });
      await publish(other, 'rest');
    }
    await until(() => one.messages.length === 10, 'all read');
    const expected = ['unknown', 'unknown', 'invalid', 'invalid', 'invalid'];
    expect(one.messages).to.deep.equal([...expected, ...expected]);
    expect(one.lines().filter((line) => line.includes('skipped'))).to.deep.equal([
      'a message of another process was skipped: this version does not know its kind: let all processes run the same version',
      'a message of another process was skipped: it holds something else than expected: let all processes run the same version',
    ]);
    expect(one.lines().filter((line) => line.includes('joined'))).to.have.lengthOf(1);
    expect(cache.stats().entries).to.equal(1);
    expect(one.shared.status().isJoined).to.equal(true);
  });

  it('that come after a bad one take effect', async () => {
    const { one, cache, other, prefixOfKeys } = await startTwo();
    await publish(other, 'person');
    await publish(other, 'connection', { prefix: `${prefixOfKeys} settings ` });
    await until(() => cache.stats().entries === 0, 'dropped');
    expect(one.messages).to.deep.equal(['invalid', 'applied']);
  });

  it('written with a key that is not known here are counted, reported once and skipped', async () => {
    const { prefix, one } = await startTwo();
    const { shared: stranger } = await open(prefix, [Buffer.alloc(32, 9).toString('base64')]);
    await publish(stranger, 'rest', { name: 'crm', fingerprint: 'settings' });
    await publish(stranger, 'rest', { name: 'crm', fingerprint: 'settings' });
    await until(() => one.messages.length === 2, 'read');
    expect(one.messages).to.deep.equal(['unreadable', 'unreadable']);
    expect(one.lines().filter((line) => line.includes('skipped'))).to.deep.equal([
      'a message of another process was skipped: it was changed, or written with a key that is missing in shared.keys',
    ]);
  });
});
