import { expect } from 'chai';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { RedisTime, passedMs } from '../../src/redis/redis-time.ts';

const HOUR = 3_600_000;

describe('RedisTime', () => {
  /** Of Redis and of the process, which advance together. */
  function open() {
    const { clock } = connectorContext();
    let redisMs = 1_000_000_000;
    const time = new RedisTime(clock);
    let setBack = 0;
    time.onSetBack(() => (setBack += 1));
    const advance = (ms: number) => {
      redisMs += ms;
      clock.advance(ms);
    };
    /** @param delayMs of the answer. */
    const ask = (delayMs: number) => {
      const learn = time.ask();
      const answer = redisMs;
      advance(delayMs);
      learn(answer);
    };
    const behindMs = () => redisMs - (time.now() ?? NaN);
    return {
      time,
      ask,
      advance,
      behindMs,
      step: (ms: number) => (redisMs += ms),
      setBack: () => setBack,
    };
  }

  it('is unknown before the first answer', () => {
    expect(open().time.now()).to.equal(undefined);
  });

  it('is that of the fastest answer, and never later than that of Redis', () => {
    const { ask, advance, behindMs } = open();
    ask(400);
    expect(behindMs()).to.be.within(400, 401);
    advance(1000);
    ask(2);
    expect(behindMs()).to.be.within(2, 3);
    for (let n = 0; n < 10; n++) {
      advance(1000);
      ask(900);
      expect(behindMs()).to.be.within(2, 25);
    }
  });

  it('follows a clock that was set, back or forward', () => {
    const { ask, advance, behindMs, step, setBack } = open();
    ask(2);
    for (const ms of [-HOUR, HOUR, -5000, 5000]) {
      advance(1000);
      step(ms);
      ask(2);
      expect(behindMs()).to.be.within(2, 5);
    }
    expect(setBack()).to.equal(2);
    ask(30_000);
    expect(setBack()).to.equal(2);
  });

  it('does not say how long ago something was that is yet to come', () => {
    expect(passedMs(1000, 3500)).to.equal(2500);
    expect(passedMs(3500, 3000)).to.equal(0);
    expect(passedMs(3500, 1000)).to.equal(undefined);
  });
});
