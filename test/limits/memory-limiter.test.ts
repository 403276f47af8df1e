import { expect } from 'chai';
import type { Limiter } from '../../src/limits/limiter.ts';
import { createMemoryLimiter } from '../../src/limits/memory-limiter.ts';
import { connectorContext, type TestClock } from '../../src/connector/testing/context.ts';

/** @returns the seconds to wait, `undefined` within the limit. */
async function consume(limiter: Limiter, key: string): Promise<number | undefined> {
  return (await limiter.consume(key)).retryAfterSeconds;
}

async function consumeTimes(limiter: Limiter, key: string, times: number) {
  const waits: (number | undefined)[] = [];
  for (let n = 0; n < times; n += 1) waits.push(await consume(limiter, key));
  return waits;
}

describe('createMemoryLimiter', () => {
  let clock: TestClock;
  beforeEach(() => ({ clock } = connectorContext()));

  it('grants as many as configured, then returns the seconds to wait', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 3, windowMs: 60_000, clock });
    expect(await consumeTimes(limiter, 'acme', 5)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      60,
      60,
    ]);
  });

  it('rounds the wait up and never to 0', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 10_000, clock });
    await consume(limiter, 'acme');
    clock.advance(1);
    expect(await consume(limiter, 'acme')).to.equal(10);
    clock.advance(9_998);
    expect(await consume(limiter, 'acme')).to.equal(1);
  });

  it('starts a new count when the window is over', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 500, clock });
    await consumeTimes(limiter, 'acme', 9);
    clock.advance(500);
    expect(await consumeTimes(limiter, 'acme', 2)).to.deep.equal([undefined, 1]);
  });

  it('ends a window after its time, whichever way the wall clock steps', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 60_000, clock });
    await consume(limiter, 'acme');
    for (const hours of [-1, 2, -24]) {
      clock.step(hours * 3_600_000);
      expect(await consume(limiter, 'acme')).to.equal(60);
    }
    clock.advance(59_999);
    expect(await consume(limiter, 'acme')).to.equal(1);
    clock.advance(1);
    expect(await consume(limiter, 'acme')).to.equal(undefined);
  });

  it('counts each key separately', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 60_000, clock });
    await consumeTimes(limiter, 'acme', 2);
    expect(await consume(limiter, 'other')).to.equal(undefined);
  });

  it('counts concurrent events', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 3, windowMs: 60_000, clock });
    const waits = await Promise.all(Array.from({ length: 10 }, () => consume(limiter, 'acme')));
    expect(waits.filter((wait) => wait === undefined)).to.have.lengthOf(3);
  });

  it('removes the least recently used key when there are too many', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 60_000, maxKeys: 2, clock });
    for (const key of ['a', 'b', 'a', 'c']) await consume(limiter, key);
    expect(await consume(limiter, 'a')).to.equal(60);
    expect(await consume(limiter, 'c')).to.equal(60);
    expect(await consume(limiter, 'b')).to.equal(undefined);
  });

  it('keeps the limit in a window of months', async () => {
    const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 60 * 24 * 3_600_000, clock });
    await consume(limiter, 'acme');
    clock.advance(1000);
    expect(await consume(limiter, 'acme')).to.equal(60 * 24 * 3600 - 1);
  });

  describe('refund', () => {
    it('takes an event back', async () => {
      const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 60_000, clock });
      for (let n = 0; n < 10; n += 1) {
        const consumption = await limiter.consume('acme');
        expect(consumption.retryAfterSeconds).to.equal(undefined);
        await limiter.refund('acme', consumption);
      }
    });

    it('of a granted event is not outweighed by refused ones', async () => {
      const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 60_000, clock });
      const granted = await limiter.consume('acme');
      expect(await consumeTimes(limiter, 'acme', 5)).to.deep.equal([60, 60, 60, 60, 60]);
      await limiter.refund('acme', granted);
      expect(await consumeTimes(limiter, 'acme', 2)).to.deep.equal([undefined, 60]);
    });

    it('has no effect on a later window', async () => {
      const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 1000, clock });
      const consumption = await limiter.consume('acme');
      clock.advance(1000);
      await limiter.refund('acme', consumption);
      expect(await consumeTimes(limiter, 'acme', 2)).to.deep.equal([undefined, 1]);
      await limiter.refund('acme', consumption);
      expect(await consume(limiter, 'acme')).to.equal(1);
    });

    it('has an effect within the window, whichever way the wall clock steps', async () => {
      const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 1000, clock });
      const consumption = await limiter.consume('acme');
      clock.step(-3_600_000);
      await limiter.refund('acme', consumption);
      expect(await consumeTimes(limiter, 'acme', 2)).to.deep.equal([undefined, 1]);
    });

    it('has no effect on a key that was removed since', async () => {
      const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: 60_000, maxKeys: 1, clock });
      const consumption = await limiter.consume('a');
      await limiter.consume('b');
      await limiter.refund('a', consumption);
      expect(await consumeTimes(limiter, 'a', 2)).to.deep.equal([undefined, 60]);
    });
  });
});
