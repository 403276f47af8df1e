import { expect } from 'chai';
import fc from 'fast-check';
import { SlidingWindow } from '../../../connectors/hubspot/rate-limiter.ts';
import { FakeTime, turns } from '../../support/hubspot/fake-time.ts';
import { failure, never } from '../../support/hubspot/opened.ts';

describe('hubspot: the sliding window', () => {
  it('never lets more than its limit through within its length, however long requests take', async () => {
    const requests = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 4, maxLength: 14 });
    const pauses = fc.infiniteStream(fc.integer({ min: 50, max: 900 }));
    await fc.assert(
      fc.asyncProperty(
        requests,
        pauses,
        fc.integer({ min: 1, max: 5 }),
        async (lengths, pause, limit) => {
          const time = new FakeTime();
          const window = new SlidingWindow(time, limit, 1_000);
          const done: { readonly sent: number; readonly answered: number }[] = [];
          for (const takes of lengths)
            void window.acquire(never()).then(async (permit) => {
              const sent = time.now();
              await time.sleep(takes, never());
              permit.release();
              done.push({ sent, answered: time.now() });
            });
          while (done.length < lengths.length) {
            await turns(1);
            time.advance(Number(pause.next().value));
          }
          // HubSpot may have counted each at any moment between sending and answer.
          for (const { sent } of done) {
            const counted = done.filter(
              (other) => other.sent <= sent && other.answered > sent - 1_000,
            );
            expect(counted.length).to.be.at.most(limit);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('the first ones do not wait', async () => {
    const time = new FakeTime();
    const window = new SlidingWindow(time, 3, 1_000);
    for (let i = 0; i < 3; i += 1) await window.acquire(never());
    expect(time.sleeping).to.equal(0);
    expect(window.waitMs()).to.be.greaterThan(0);
  });

  it('requests go in order of arrival', async () => {
    const time = new FakeTime();
    const window = new SlidingWindow(time, 1, 1_000);
    const order: number[] = [];
    const all = [0, 1, 2, 3].map(async (n) => {
      (await window.acquire(never())).release();
      order.push(n);
    });
    for (let i = 0; i < 4; i += 1) {
      await turns(2);
      time.advance(1_250);
    }
    await Promise.all(all);
    expect(order).to.deep.equal([0, 1, 2, 3]);
  });

  it('an aborted request makes room for the next in the queue', async () => {
    const time = new FakeTime();
    const window = new SlidingWindow(time, 1, 1_000);
    (await window.acquire(never())).release();
    const [first, second] = [new AbortController(), new AbortController()];
    const given = [failure(window.acquire(first.signal)), failure(window.acquire(second.signal))];
    const last = window.acquire(never());
    second.abort();
    first.abort();
    await Promise.all(given);
    await turns(2);
    time.advance(1_250);
    (await last).release();
    expect(window.used).to.equal(1);
  });

  it('a request that was never sent does not count', async () => {
    const window = new SlidingWindow(new FakeTime(), 1, 1_000);
    (await window.acquire(never())).release(false);
    expect(window.used).to.equal(0);
  });

  it('background work leaves half to others, and delays none', async () => {
    const time = new FakeTime();
    const window = new SlidingWindow(time, 4, 1_000);
    const abort = new AbortController();
    for (let i = 0; i < 2; i += 1) await window.acquire(never(), 0.5);
    const third = failure(window.acquire(abort.signal, 0.5));
    await turns(2);
    expect(time.sleeping).to.equal(1);
    for (let i = 0; i < 2; i += 1) await window.acquire(never());
    abort.abort();
    await third;
  });

  it('what others sent with the same token counts', () => {
    const window = new SlidingWindow(new FakeTime(), 10, 1_000);
    window.syncUsed(7);
    window.syncUsed(5);
    expect(window.used).to.equal(7);
  });
});
