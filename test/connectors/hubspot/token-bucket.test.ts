import { expect } from 'chai';
import { TokenBucket } from '../../../connectors/hubspot/token-bucket.ts';
import { FakeTime, turns } from '../../support/hubspot/fake-time.ts';
import { failure, never } from '../../support/hubspot/opened.ts';

describe('hubspot: the flow of lookups', () => {
  it('a burst passes at once, then so many as keep below the limit, and nobody waits for long', async () => {
    const time = new FakeTime();
    const flow = new TokenBucket(time, 100, 10_000, 4);
    const begun: number[] = [];
    let longest = 0;
    // Four callers, each with one lookup after the other, of four requests each.
    const callers = Array.from({ length: 4 }, async () => {
      while (time.now() < 30_000) {
        const since = time.now();
        await flow.acquire(never());
        longest = Math.max(longest, time.now() - since);
        begun.push(time.now());
        for (let i = 0; i < 3; i += 1) flow.consume();
        await turns(1);
      }
    });
    while (time.now() < 40_000) {
      await turns(2);
      time.advance(50);
    }
    await Promise.all(callers);
    for (const at of begun) {
      const inWindow = begun.filter((other) => other > at - 10_000 && other <= at);
      expect(inWindow.length * 4).to.be.at.most(100);
    }
    expect(begun.filter((at) => at === 0)).to.have.length.of.at.least(6);
    expect(begun.length * 4, 'requests in thirty seconds').to.be.at.least(180);
    expect(longest).to.be.below(3_000);
  });

  it('a quiet time fills the bucket again, but not beyond a burst', () => {
    const time = new FakeTime();
    const flow = new TokenBucket(time, 100, 10_000, 4);
    time.advance(60_000);
    for (let i = 0; i < 25; i += 1) flow.consume();
    expect(flow.waitMs()).to.be.greaterThan(0);
    time.advance(10_000);
    expect(flow.waitMs()).to.equal(0);
  });

  it('grows with the limit', () => {
    const flow = new TokenBucket(new FakeTime(), 100, 10_000, 4);
    flow.resize(200, 10_000);
    for (let i = 0; i < 49; i += 1) flow.consume();
    expect(flow.waitMs()).to.equal(0);
    flow.consume();
    expect(flow.waitMs()).to.be.greaterThan(0);
  });

  it('more callers than the bridge has do not wait', async () => {
    const time = new FakeTime();
    const flow = new TokenBucket(time, 4, 10_000, 2);
    flow.consume();
    const abort = new AbortController();
    const waiting = [failure(flow.acquire(abort.signal)), failure(flow.acquire(abort.signal))];
    await flow.acquire(never());
    abort.abort();
    await Promise.all(waiting);
  });
});
