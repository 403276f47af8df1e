import { expect } from 'chai';
import fc from 'fast-check';
import { HubSpotError } from '../../../connectors/hubspot/errors.ts';
import {
  RateLimiter,
  SlidingWindow,
  type Budget,
} from '../../../connectors/hubspot/rate-limiter.ts';
import { NotAttemptedError } from '../../../src/connector/index.ts';
import { FakeTime, turns } from '../../support/hubspot/fake-time.ts';
import { failure, never } from '../../support/hubspot/opened.ts';

describe('hubspot: the rate limiter', () => {
  const start = (): { time: FakeTime; limiter: RateLimiter } => {
    const time = new FakeTime();
    return { time, limiter: new RateLimiter(time) };
  };

  const burst = async (limiter: RateLimiter, time: FakeTime, budget: Budget): Promise<number> => {
    let entered = 0;
    const abort = new AbortController();
    const all = Array.from({ length: 300 }, () =>
      limiter.acquire(budget, abort.signal).then(
        (permit) => {
          permit.release();
          entered += 1;
        },
        () => undefined,
      ),
    );
    while (time.sleeping === 0) await turns(1);
    abort.abort();
    await Promise.all(all);
    return entered;
  };

  it('assumes the smallest tier until HubSpot reports its limit, for each budget apart', async () => {
    const { time, limiter } = start();
    expect(await burst(limiter, time, 'general')).to.equal(100);
    expect(await burst(limiter, time, 'associations')).to.equal(100);
    expect(await burst(limiter, time, 'search')).to.equal(4);
  });

  for (const [max, associations] of [
    [100, 100],
    [110, 100],
    [190, 150],
    [250, 200],
  ] as const)
    it(`learns from the headers: ${max}, and ${associations} for associations`, async () => {
      const { time, limiter } = start();
      limiter.updateFromHeaders('general', rates(max, max));
      expect(await burst(limiter, time, 'general')).to.equal(max);
      expect(await burst(limiter, time, 'associations')).to.equal(associations);
    });

  it('leaves out of the window what others with the same token have used', async () => {
    const { time, limiter } = start();
    limiter.updateFromHeaders('general', rates(190, 40));
    expect(await burst(limiter, time, 'general')).to.equal(40);
  });

  it('invalid headers change nothing', async () => {
    const { time, limiter } = start();
    limiter.updateFromHeaders('general', { ...rates(0, 0), 'x-hubspot-ratelimit-daily': 'x' });
    limiter.updateFromHeaders('general', { 'x-hubspot-ratelimit-max': '-5' });
    limiter.updateFromHeaders('search', rates(9, 0));
    expect(await burst(limiter, time, 'general')).to.equal(100);
    expect(limiter.quota(undefined)).to.be.undefined;
  });

  it('no place before the deadline is rate_limited, with the time there will be one', async () => {
    const { time, limiter } = start();
    await burst(limiter, time, 'general');
    time.advance(4_000);
    const abort = new AbortController();
    const waiting = failure(limiter.acquire('general', abort.signal));
    await turns(2);
    abort.abort();
    const error = await waiting;
    expect(error).to.include({ kind: 'rate_limited', retryAfterMs: 6_250 });
    expect(error).to.be.instanceOf(NotAttemptedError);
  });

  it('lets a burst of lookups begin at once, then one for each four of its requests, and recovers', async () => {
    const { time, limiter } = start();
    const lookUp = async (): Promise<void> => {
      for (let i = 0; i < 4; i += 1)
        (await limiter.acquire('general', never(), { weight: i === 0 ? 4 : 0 })).release();
    };
    let begun = 0;
    for (; limiter.pauseMs() === 0; begun += 1) await lookUp();
    expect(begun, 'at once').to.be.within(6, 8);
    for (; time.now() < 60_000; time.advance(10))
      if (limiter.pauseMs() === 0) {
        await lookUp();
        begun += 1;
      }
    expect(begun / 60, 'a second').to.be.within(1.5, 1.8);
    time.advance(10_000);
    for (begun = 0; limiter.pauseMs() === 0; begun += 1) await lookUp();
    expect(begun, 'after a quiet time').to.be.within(6, 8);
  });

  it('pauses for at most a second, however many requests a lookup takes', async () => {
    const { limiter } = start();
    (await limiter.acquire('general', never(), { weight: 90 })).release();
    expect(limiter.pauseMs()).to.equal(1_000);
  });

  it('names, associations and searches do not slow lookups down', async () => {
    const { limiter } = start();
    for (let i = 0; i < 40; i += 1) {
      (await limiter.acquire('general', never(), { isBackground: true })).release();
      (await limiter.acquire('associations', never())).release();
    }
    expect(limiter.pauseMs()).to.equal(0);
  });

  it('the pacing follows the reported limit', async () => {
    const { limiter } = start();
    limiter.updateFromHeaders('general', rates(250, 250));
    (await limiter.acquire('general', never(), { weight: 60 })).release();
    expect(limiter.pauseMs()).to.equal(0);
  });

  it('pauses while the window is full', async () => {
    const { time, limiter } = start();
    limiter.updateFromHeaders('general', rates(100, 0));
    expect(limiter.pauseMs()).to.be.greaterThan(10_000);
    time.advance(10_250);
    expect(limiter.pauseMs()).to.equal(0);
  });

  it('believes a time that HubSpot names more than its own window, and no other time', async () => {
    for (const isTimeNamed of [true, false]) {
      const { time, limiter } = start();
      limiter.updateFromHeaders('general', rates(100, 0));
      const options = { status: 429, retryAfterMs: 3_000, isTimeNamed };
      limiter.onLimited('general', new HubSpotError('rate_limited', 'refused', options));
      time.advance(3_000);
      expect(limiter.pauseMs() === 0).to.equal(isTimeNamed);
    }
  });

  it('an abort while there is room is a timeout, not a limit', async () => {
    const { limiter } = start();
    const error = await failure(limiter.acquire('general', AbortSignal.abort()));
    expect(error).to.include({ kind: 'timeout' });
  });

  it('pauses after a 429, only the budget it was about, and only so long', async () => {
    const { time, limiter } = start();
    limiter.onLimited('associations', refused('rate_limited', 429, 10_000));
    const error = await failure(limiter.acquire('associations', never()));
    expect(error).to.include({ kind: 'rate_limited', retryAfterMs: 10_000 });
    expect(error.message).to.equal('HubSpot asked not to be called for another 10 s');
    await limiter.acquire('general', never());
    time.advance(10_000);
    await limiter.acquire('associations', never());
  });

  it('pauses all budgets after 477 and after the day’s calls are spent', async () => {
    for (const error of [refused('rate_limited', 477, 60_000), refused('quota', 429, 60_000)]) {
      const { time, limiter } = start();
      limiter.onLimited('search', error);
      for (const budget of ['general', 'associations', 'search'] as const)
        expect((await failure(limiter.acquire(budget, never()))).kind).to.equal(error.kind);
      time.advance(60_000);
      await limiter.acquire('general', never());
    }
  });

  it('a day whose end is not known is tried again after a minute', async () => {
    const { time, limiter } = start();
    limiter.onLimited('general', refused('quota', 429, undefined));
    time.advance(59_000);
    expect((await failure(limiter.acquire('general', never()))).kind).to.equal('quota');
    time.advance(1_000);
    await limiter.acquire('general', never());
  });

  it('reports the day’s calls, when HubSpot does', () => {
    const { limiter } = start();
    const daily = {
      'x-hubspot-ratelimit-daily': '250000',
      'x-hubspot-ratelimit-daily-remaining': '249000',
    };
    limiter.updateFromHeaders('associations', daily);
    expect(limiter.quota(undefined)).to.deep.equal({ used: 1_000, limit: 250_000 });
    expect(limiter.quota(7)).to.deep.equal({ used: 1_000, limit: 250_000, resetsAt: 7 });
  });
});

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

function rates(max: number, remaining: number): Record<string, string> {
  return {
    'x-hubspot-ratelimit-max': `${max}`,
    'x-hubspot-ratelimit-remaining': `${remaining}`,
    'x-hubspot-ratelimit-interval-milliseconds': '10000',
  };
}

function refused(
  kind: 'rate_limited' | 'quota',
  status: number,
  retryAfterMs: number | undefined,
): HubSpotError {
  return new HubSpotError(kind, 'refused', { status, retryAfterMs });
}
