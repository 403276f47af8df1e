import { mock } from 'node:test';
import { expect } from 'chai';
import { createLimiter, type Limiter } from '../../src/limits/limiter.ts';

async function takeTimes(limiter: Limiter, key: string, times: number) {
  const answers: (number | undefined)[] = [];
  for (let n = 0; n < times; n += 1) answers.push(await limiter.consume(key));
  return answers;
}

describe('createLimiter', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 }));
  afterEach(() => mock.timers.reset());

  it('lets as many through as configured, then tells the seconds to wait', async () => {
    const limiter = createLimiter({ requests: 3, per: 60_000 });
    expect(await takeTimes(limiter, 'acme', 5)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      60,
      60,
    ]);
  });

  it('rounds the wait up and never says 0', async () => {
    const limiter = createLimiter({ requests: 1, per: 10_000 });
    await limiter.consume('acme');
    mock.timers.setTime(1_000_000 + 1);
    expect(await limiter.consume('acme')).to.equal(10);
    mock.timers.setTime(1_000_000 + 9_999);
    expect(await limiter.consume('acme')).to.equal(1);
  });

  it('starts anew when the window is over', async () => {
    const limiter = createLimiter({ requests: 1, per: 500 });
    await takeTimes(limiter, 'acme', 9);
    mock.timers.tick(500);
    expect(await takeTimes(limiter, 'acme', 2)).to.deep.equal([undefined, 1]);
  });

  it('does not block after the window even while its timer is late', async () => {
    const limiter = createLimiter({ requests: 1, per: 1000 });
    await limiter.consume('acme');
    mock.timers.reset();
    mock.timers.enable({ apis: ['Date'], now: 1_001_000 });
    expect(await limiter.consume('acme')).to.equal(undefined);
  });

  it('counts each key for itself', async () => {
    const limiter = createLimiter({ requests: 1, per: 60_000 });
    await takeTimes(limiter, 'acme', 2);
    expect(await limiter.consume('other')).to.equal(undefined);
  });

  it('counts events at the same moment', async () => {
    const limiter = createLimiter({ requests: 3, per: 60_000 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => limiter.consume('acme')));
    expect(answers.filter((wait) => wait === undefined)).to.have.lengthOf(3);
  });

  it('forgets the key that was unused for longest when there are too many', async () => {
    const limiter = createLimiter({ requests: 1, per: 60_000, maxKeys: 2 });
    for (const key of ['a', 'b', 'a', 'c']) await limiter.consume(key);
    expect(await limiter.consume('a')).to.equal(60);
    expect(await limiter.consume('c')).to.equal(60);
    expect(await limiter.consume('b')).to.equal(undefined);
  });

  it('keeps to the limit in a window longer than a timer can run', async () => {
    const limiter = createLimiter({ requests: 1, per: 60 * 24 * 3_600_000 });
    await limiter.consume('acme');
    mock.timers.tick(1000);
    expect(await limiter.consume('acme')).to.be.greaterThan(24 * 24 * 3600 - 10);
  });
});
