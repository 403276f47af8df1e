import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { Limiter, LimitOptions } from '../../src/limits/limiter.ts';
import { createRedisLimiter } from '../../src/limits/redis-limiter.ts';
import { SYSTEM_CLOCK } from '../../src/model/clock.ts';
import { startRelay } from '../support/redis-relay.ts';
import { uniquePrefix, until, useRedis, type TestShared } from '../support/shared-redis.ts';

describe('createRedisLimiter', () => {
  const redis = useRedis();
  let prefix: string;
  beforeEach(() => {
    prefix = uniquePrefix();
  });

  /** The limiter of one process. */
  async function open(options: Partial<LimitOptions> = {}): Promise<Limiter> {
    const test = redis.open({ prefix });
    await until(() => test.shared.status().isJoined, 'joined');
    const limit = { maxEvents: 10, windowMs: 60_000, clock: SYSTEM_CLOCK, ...options };
    return createRedisLimiter(test.shared, 'requests acme', limit);
  }

  const take = async (limiter: Limiter, key = 'acme') =>
    (await limiter.consume(key)).retryAfterSeconds === undefined;

  it('counts over all processes', async () => {
    const [one, two, three] = [await open(), await open(), await open()];
    const taken: boolean[] = [];
    for (let turn = 0; turn < 5; turn++)
      for (const limiter of [one, two, three]) {
        taken.push(await take(limiter));
        await sleep(5);
      }
    expect(taken.filter(Boolean)).to.have.lengthOf(10);
    expect((await two.consume('acme')).retryAfterSeconds).to.be.within(1, 60);
    expect(await take(one, 'other')).to.equal(true);
  });

  it('lets no more through when all come at once', async () => {
    const [one, two] = [await open({ maxEvents: 40 }), await open({ maxEvents: 40 })];
    const takes = Array.from({ length: 60 }, (_, n) => take(n % 2 === 0 ? one : two));
    expect((await Promise.all(takes)).filter(Boolean)).to.have.lengthOf(40);
  });

  it('decides at once far below the limit, and adds the events afterwards', async () => {
    const [one, two] = [await open({ maxEvents: 1000 }), await open({ maxEvents: 1000 })];
    await take(one);
    const calls = () => redis.opened[0]?.calls.filter((call) => call === 'limit ok').length ?? 0;
    const before = calls();
    await Promise.all(Array.from({ length: 400 }, () => take(one)));
    expect(calls() - before).to.be.below(20);
    await sleep(100);
    await take(two);
    const name =
      (await redis.server.cli('--scan', '--pattern', `${prefix}:c:*`)).split('\n')[0] ?? '';
    expect(await redis.server.cli('get', name)).to.equal('402');
    expect(Number(await redis.server.cli('pttl', name))).to.be.within(1, 60_000);
  });

  it('takes back what turned out not to count', async () => {
    const [one, two] = [await open({ maxEvents: 1 }), await open({ maxEvents: 1 })];
    const consumption = await one.consume('acme');
    expect(await take(two)).to.equal(false);
    await one.refund('acme', consumption);
    await until(() => take(two), 'refunded', 1000);
    expect(await take(one)).to.equal(false);
  });

  it('begins a new window with the first event after the last', async () => {
    const limiter = await open({ maxEvents: 1, windowMs: 300 });
    expect([await take(limiter), await take(limiter)]).to.deep.equal([true, false]);
    await sleep(350);
    expect(await take(limiter)).to.equal(true);
  });

  it('gives each process its share while Redis is away', async () => {
    const [one, two] = [await open(), await open()];
    const processes = () => redis.opened.map(({ shared }) => shared.status().processes);
    await until(() => processes().every((count) => count === 2), 'both seen');
    await redis.server.stop();
    try {
      await until(() => redis.opened.every(({ shared }) => !shared.status().isJoined), 'away');
      for (const limiter of [one, two]) {
        const taken = await Promise.all(Array.from({ length: 10 }, () => take(limiter)));
        expect(taken.filter(Boolean)).to.have.lengthOf(5);
      }
    } finally {
      await redis.server.start();
    }
  });

  it('refuses nothing because of an answer that is none', async () => {
    const relay = await startRelay(redis.server.port);
    const test = redis.open({ url: relay.url, prefix });
    try {
      for (const garbage of ['+OK\r\n', ':1\r\n', '*3\r\n:1\r\n:2\r\n+x\r\n']) {
        await until(() => test.shared.status().isJoined, 'joined');
        const limit = { maxEvents: 10, windowMs: 60_000, clock: SYSTEM_CLOCK };
        const limiter = createRedisLimiter(test.shared, garbage, limit);
        relay.garble(garbage);
        expect(await take(limiter), garbage).to.equal(true);
        relay.restore();
      }
    } finally {
      await relay.close();
    }
  });

  const counterName = async () =>
    (await redis.server.cli('--scan', '--pattern', `${prefix}:c:*`)).split('\n')[0] ?? '';

  it('never refuses longer than a window, also after the clock of Redis was set back', async () => {
    const limiter = await open({ maxEvents: 2, windowMs: 5000 });
    for (let n = 0; n < 2; n++) await take(limiter);
    expect((await limiter.consume('acme')).retryAfterSeconds).to.be.within(1, 5);
    // By a clock that was set back an hour it still has that hour.
    await redis.server.cli('pexpire', await counterName(), '3605000');
    const taken = [await take(limiter), await take(limiter), await take(limiter)];
    expect(taken.filter(Boolean)).to.have.lengthOf(3);
    expect((await limiter.consume('acme')).retryAfterSeconds).to.be.within(1, 5);
    expect(Number(await redis.server.cli('pttl', await counterName()))).to.be.within(1, 5000);
  });

  it('gives each process its share when a counter is none that it can have written', async () => {
    const [one, two] = [await open(), await open()];
    await until(
      () => redis.opened.every(({ shared }) => shared.status().processes === 2),
      'both seen',
    );
    await take(two);
    const name = await counterName();
    const taken: boolean[] = [];
    for (const [command, value, ...expiry] of [
      ['set', '999999', 'px', '864000000'],
      ['set', '{}', 'px', '5000'],
      ['lpush', 'x'],
      ['set', '999999', 'px', '864000000'],
      ['set', '999999', 'px', '864000000'],
      ['set', '999999', 'px', '864000000'],
    ] as const) {
      await redis.server.cli('del', name);
      await redis.server.cli(command, name, value, ...expiry);
      taken.push(await take(one));
    }
    expect(taken).to.deep.equal([true, true, true, true, true, false]);
    const [{ calls, lines }] = redis.opened as [TestShared];
    expect(calls.filter((call) => call === 'limit invalid')).to.have.lengthOf(6);
    expect(lines().filter((line) => line.includes('has failed'))).to.have.lengthOf(1);
  });

  it('shows no name of what is counted', async () => {
    const limiter = await open();
    await limiter.consume('203.0.113.7');
    expect(await redis.server.dump()).not.to.match(/203\.0|acme\.|requests/);
  });
});
