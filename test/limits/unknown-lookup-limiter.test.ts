import { expect } from 'chai';
import fc from 'fast-check';
import { UnknownLookupLimiter } from '../../src/limits/unknown-lookup-limiter.ts';
import { connectorContext } from '../support/connector-context.ts';

const MINUTE = 60_000;

function setUp(most: number) {
  const { clock } = connectorContext();
  return { clock, strangers: new UnknownLookupLimiter({ most, per: MINUTE }, clock) };
}

describe('Strangers', () => {
  it('lets as many strangers be looked up in a window as configured', () => {
    const { strangers, clock } = setUp(2);
    for (let n = 0; n < 2; n += 1) {
      expect(strangers.acquire()).to.equal(true);
      strangers.release(true);
      clock.advance(1000);
    }
    expect(strangers.acquire()).to.equal(false);
    clock.advance(MINUTE - 2001);
    expect(strangers.acquire()).to.equal(false);
    clock.advance(1);
    expect(strangers.acquire()).to.equal(true);
  });

  it('does not count people who are known', () => {
    const { strangers } = setUp(2);
    for (let n = 0; n < 100; n += 1) {
      expect(strangers.acquire()).to.equal(true);
      strangers.release(false);
    }
  });

  it('counts those under way, so that many at once get no further', () => {
    const { strangers } = setUp(2);
    expect([strangers.acquire(), strangers.acquire(), strangers.acquire()]).to.deep.equal([
      true,
      true,
      false,
    ]);
    strangers.release(false);
    expect(strangers.acquire()).to.equal(true);
  });

  it('never lets more strangers in than the limit, whatever comes when', () => {
    const event = fc.oneof(
      fc.constant('enter' as const),
      fc.constantFrom('known' as const, 'stranger' as const),
      fc.integer({ min: 1, max: MINUTE / 2 }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(event, { maxLength: 200 }),
        (most, events) => {
          const { strangers, clock } = setUp(most);
          let under = 0;
          const met: number[] = [];
          for (const one of events) {
            if (typeof one === 'number') clock.advance(one);
            else if (one === 'enter') under += Number(strangers.acquire());
            else if (under > 0) {
              under -= 1;
              strangers.release(one === 'stranger');
              if (one === 'stranger') met.push(clock.now());
            }
            expect(under).to.be.at.most(most);
          }
          // Two windows may touch, as with any limit of a fixed window.
          for (const at of met) {
            const within = met.filter((other) => other >= at && other < at + MINUTE);
            expect(within.length).to.be.at.most(2 * most);
          }
        },
      ),
    );
  });
});
