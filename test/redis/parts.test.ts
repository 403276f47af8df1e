/** A part of a person, such as one without the deals that came too late, replaces nothing that processes share. */
import { expect } from 'chai';
import { Entry } from '../../src/cache/entry.ts';
import { LookupCache } from '../../src/cache/lookup-cache.ts';
import { SharedLevel } from '../../src/cache/shared-level.ts';
import { uniquePrefix, until, useRedis } from '../support/shared-redis.ts';
import { CACHE, MINUTE, openTestConnection } from '../support/test-connection.ts';

const JANE = 'jane@acme.example';
const WHOLE = { contact: { id: '7', name: 'Jane', email: JANE }, deals: [{ id: '1' }] };
const PART = { contact: WHOLE.contact, missing: ['deals'] };

describe('parts of people over several processes', () => {
  const redis = useRedis();

  async function startProcess(prefix: string) {
    const test = redis.open({ prefix });
    const level = new SharedLevel(test.shared);
    const { connection, crm, clock } = openTestConnection();
    const cache = new LookupCache(CACHE, clock, () => undefined, level);
    await test.shared.settled;
    const look = async () => {
      const read = cache.person(connection, JANE);
      const { partial } = await read.entry;
      const isShared = read.state === 'miss' && read.sharedHit() !== undefined;
      return `${partial ? 'part' : 'whole'} of ${isShared ? 'Redis' : 'the CRM'}`;
    };
    const wrote = (event: 'written' | 'refused') =>
      until(() => test.entries.includes(event), event);
    return { level, clock, crm, look, wrote };
  }

  it('replace no whole person whom another process has looked up meanwhile', async () => {
    const prefix = uniquePrefix();
    const [one, two, three] = [
      await startProcess(prefix),
      await startProcess(prefix),
      await startProcess(prefix),
    ];
    const late = two.look();
    const call = await two.crm.next();
    one.crm.respond = ({ give }) => give(WHOLE);
    expect(await one.look()).to.equal('whole of the CRM');
    await one.wrote('written');
    call.give(PART);
    expect(await late).to.equal('part of the CRM');
    await two.wrote('refused');
    expect(await three.look()).to.equal('whole of Redis');
  });

  it('are shared until there is all of the person', async () => {
    const prefix = uniquePrefix();
    const [one, two, three, four] = [
      await startProcess(prefix),
      await startProcess(prefix),
      await startProcess(prefix),
      await startProcess(prefix),
    ];
    const late = two.look();
    const call = await two.crm.next();
    one.crm.respond = ({ give }) => give(PART);
    await one.look();
    await one.wrote('written');
    expect(await three.look()).to.equal('part of Redis');
    call.give(WHOLE);
    await late;
    await two.wrote('written');
    expect(await four.look()).to.equal('whole of Redis');
  });

  it('are no answer to a refresh of all of the person', async () => {
    const prefix = uniquePrefix();
    const [one, two] = [await startProcess(prefix), await startProcess(prefix)];
    one.crm.respond = ({ give }) => give(WHOLE);
    await one.look();
    await one.wrote('written');
    await one.level.clear('sales settings ');
    two.crm.respond = ({ give }) => give(PART);
    expect(await two.look()).to.equal('part of the CRM');
    await two.wrote('written');
    one.clock.advance(6 * MINUTE);
    await one.look();
    await until(() => one.crm.calls.length === 2, 'the CRM is asked');
  });

  it('delete nothing when they have no lifetime', async () => {
    const { level, wrote } = await startProcess(uniquePrefix());
    const [whole, part] = [false, true].map(
      (partial) => Entry.of(WHOLE, { fetchedAt: 1, partial }).kept,
    );
    if (whole === undefined || part === undefined) throw new Error('expected two entries');
    level.write('crm 0a a', whole, 60_000);
    level.write('crm 0a a', part, 0);
    level.write('crm 0a b', part, 60_000);
    await wrote('written');
    await until(async () => (await level.get('crm 0a b')) !== undefined, 'the last is written');
    expect((await level.get('crm 0a a'))?.entry).to.deep.equal(whole);
  });
});
