import { expect } from 'chai';
import fc from 'fast-check';
import { WrongPersonError } from '../../src/connector/errors.ts';
import { limitUnknown, UnknownLimitError } from '../../src/limits/limiter.ts';
import { createMemoryLimiter } from '../../src/limits/memory-limiter.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';

const MINUTE = 60_000;

type Result = 'known' | 'unknown' | 'failed' | 'wrong person';

/** Lookups that end when the test says so. */
function setUp(maxEvents: number) {
  const { clock } = connectorContext();
  const limiter = createMemoryLimiter({ maxEvents, windowMs: MINUTE, clock });
  const inFlight: ((result: Result) => Promise<void>)[] = [];
  const start = async (): Promise<boolean> => {
    const lookup = Promise.withResolvers<{ readonly found: boolean }>();
    let started = false;
    const ended = limitUnknown(
      limiter,
      'crm',
      () => {
        started = true;
        return lookup.promise;
      },
      ({ found }) => found,
    ).catch((thrown: unknown) => thrown);
    await new Promise(setImmediate);
    if (!started) expect(await ended).to.be.instanceOf(UnknownLimitError);
    else {
      inFlight.push(async (result) => {
        if (result === 'failed') lookup.reject(new Error('down'));
        else if (result === 'wrong person') lookup.reject(new WrongPersonError('another'));
        else lookup.resolve({ found: result === 'known' });
        await ended;
      });
    }
    return started;
  };
  const lookUp = async (result: Result): Promise<boolean> => {
    const started = await start();
    await inFlight.shift()?.(result);
    return started;
  };
  return { clock, inFlight, start, lookUp };
}

describe('limitUnknown', () => {
  it('runs as many lookups of unknown people in a window as configured', async () => {
    const { clock, lookUp } = setUp(2);
    for (let n = 0; n < 2; n += 1) {
      expect(await lookUp('unknown')).to.equal(true);
      clock.advance(1000);
    }
    expect(await lookUp('unknown')).to.equal(false);
    clock.advance(MINUTE - 2001);
    expect(await lookUp('unknown')).to.equal(false);
    clock.advance(1);
    expect(await lookUp('unknown')).to.equal(true);
  });

  it('counts people for whom the CRM gives another: nobody is found', async () => {
    const { lookUp } = setUp(1);
    expect(await lookUp('wrong person')).to.equal(true);
    expect(await lookUp('unknown')).to.equal(false);
  });

  it('does not count people who are known, nor lookups that fail', async () => {
    const { lookUp } = setUp(2);
    for (let n = 0; n < 100; n += 1) {
      expect(await lookUp(n % 2 === 0 ? 'known' : 'failed')).to.equal(true);
    }
  });

  it('counts lookups in flight, so that many at once get no further', async () => {
    const { start, inFlight } = setUp(2);
    expect([await start(), await start(), await start()]).to.deep.equal([true, true, false]);
    await inFlight.shift()?.('known');
    expect(await start()).to.equal(true);
  });

  it('throws what the lookup throws', async () => {
    const { clock } = setUp(1);
    const limiter = createMemoryLimiter({ maxEvents: 1, windowMs: MINUTE, clock });
    const down = new Error('down');
    const lookup = () => Promise.reject(down);
    const thrown = await limitUnknown(limiter, 'crm', lookup, () => true).catch((e: unknown) => e);
    expect(thrown).to.equal(down);
  });

  it('never runs more than the limit, whatever comes when', async () => {
    const event = fc.oneof(
      fc.constant('start' as const),
      fc.constantFrom<Result>('known', 'unknown', 'failed'),
      fc.integer({ min: 1, max: MINUTE / 2 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(event, { maxLength: 100 }),
        async (maxEvents, events) => {
          const { clock, start, inFlight } = setUp(maxEvents);
          const unknownAt: number[] = [];
          const startedAt: number[] = [];
          for (const one of events) {
            if (typeof one === 'number') clock.advance(one);
            else if (one === 'start') {
              if (await start()) startedAt.push(clock.now());
            } else if (inFlight.length > 0) {
              const at = startedAt.shift();
              await inFlight.shift()?.(one);
              if (one === 'unknown' && at !== undefined) unknownAt.push(at);
            }
            // Two windows may touch, as with any limit of a fixed window.
            const recent = startedAt.filter((at) => at > clock.now() - MINUTE);
            expect(recent.length).to.be.at.most(2 * maxEvents);
          }
          for (const at of unknownAt) {
            const within = unknownAt.filter((other) => other >= at && other < at + MINUTE);
            expect(within.length).to.be.at.most(2 * maxEvents);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
