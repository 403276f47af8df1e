/** How many processes share a Redis, whoever else writes to it and whatever its clock does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { uniquePrefix, until, useRedis } from '../support/shared-redis.ts';

describe('the number of processes that share a Redis', () => {
  const redis = useRedis();
  let name: string;
  beforeEach(async () => {
    const prefix = uniquePrefix();
    name = `${prefix}:processes`;
    for (let n = 0; n < 2; n++) redis.open({ prefix });
    for (const { shared } of redis.opened) await shared.settled;
    await until(() => counts().every((count) => count === 2), 'both seen');
  });

  const counts = () => redis.opened.map(({ shared }) => shared.status().processes);
  /** @param score a Lua expression. */
  const write = (members: number, score = 'now') =>
    redis.server.cli(
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
    const [member = ''] = (await redis.server.cli('zrange', name, '0', '-1')).split('\n');
    const [, mark = ''] = member.split(' ');
    await redis.server.cli('zadd', name, '9999999999999', `other ${mark}`);
    await expectTwoFor(1200);
  });

  it('stays as last seen while there are more than there can be, and Redis does not keep them', async () => {
    for (let turn = 0; turn < 12; turn++) {
      await write(2000);
      await expectTwoFor(100);
    }
    await until(async () => Number(await redis.server.cli('zcard', name)) === 2, 'removed', 2500);
    await expectTwoFor(1200);
  });

  it('holds no process that ended before the clock of Redis was set back', async () => {
    const [, two] = redis.opened;
    two?.shared.close();
    redis.opened.pop();
    // By the new clock it was there an hour later.
    await redis.server.cli(
      'eval',
      `for _, one in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZINCRBY', KEYS[1], 3600000, one) end`,
      '1',
      name,
    );
    await until(() => counts()[0] === 1, 'alone', 2500);
    expect(await redis.server.cli('zcard', name)).to.equal('1');
  });

  it('is found again after somebody has written something else', async () => {
    await redis.server.cli('set', name, 'x');
    await until(
      async () => (await redis.server.cli('type', name)) === 'zset',
      'written again',
      2500,
    );
    await until(() => counts().every((count) => count === 2), 'both seen');
    for (const { shared } of redis.opened) expect(shared.status().isJoined).to.equal(true);
  });
});
