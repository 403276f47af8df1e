/** How many processes share a Redis, whoever else writes to it and whatever its clock does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { openShared, uniquePrefix, until, type TestShared } from '../support/shared-redis.ts';

describe('the number of processes that share a Redis', () => {
  let server: RedisServer;
  let name: string;
  const opened: TestShared[] = [];
  before(async function () {
    server = await startRedis(this);
  });
  after(() => server.remove());
  beforeEach(async () => {
    const prefix = uniquePrefix();
    name = `${prefix}:processes`;
    for (let n = 0; n < 2; n++) opened.push(openShared({ url: server.url, prefix }));
    for (const { shared } of opened) await shared.settled;
    await until(() => counts().every((count) => count === 2), 'both seen');
  });
  afterEach(() => {
    for (const { shared } of opened.splice(0)) shared.close();
  });

  const counts = () => opened.map(({ shared }) => shared.status().processes);
  /** @param score a Lua expression. */
  const write = (members: number, score = 'now') =>
    server.cli(
      'eval',
      `local now = redis.call('TIME')[1] * 1000
for i = 1, ARGV[1] do redis.call('ZADD', KEYS[1], ${score}, 'x' .. i) end`,
      '1',
      name,
      String(members),
    );
  const expectTwoFor = async (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(20))
      expect(counts()).to.deep.equal([2, 2]);
  };

  it('holds none that somebody without the key has written', async () => {
    await write(500);
    await expectTwoFor(1200);
    const [member = ''] = (await server.cli('zrange', name, '0', '-1')).split('\n');
    const [, mark = ''] = member.split(' ');
    await server.cli('zadd', name, '9999999999999', `other ${mark}`);
    await expectTwoFor(1200);
  });

  it('stays as last seen while there are more than there can be, and Redis does not keep them', async () => {
    for (let turn = 0; turn < 12; turn++) {
      await write(2000);
      await expectTwoFor(100);
    }
    await until(async () => Number(await server.cli('zcard', name)) === 2, 'removed', 2500);
    await expectTwoFor(1200);
  });

  it('holds no process that ended before the clock of Redis was set back', async () => {
    const [, two] = opened;
    two?.shared.close();
    opened.pop();
    // By the new clock it was there an hour later.
    await server.cli(
      'eval',
      `for _, one in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZINCRBY', KEYS[1], 3600000, one) end`,
      '1',
      name,
    );
    await until(() => counts()[0] === 1, 'alone', 2500);
    expect(await server.cli('zcard', name)).to.equal('1');
  });

  it('is found again after somebody has written something else', async () => {
    await server.cli('set', name, 'x');
    await until(async () => (await server.cli('type', name)) === 'zset', 'written again', 2500);
    await until(() => counts().every((count) => count === 2), 'both seen');
    for (const { shared } of opened) expect(shared.status().isJoined).to.equal(true);
  });
});
