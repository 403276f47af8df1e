import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { currentTrace, runTraced } from '../../src/observe/trace.ts';

/** A clock that is moved by hand. */
function handClock() {
  let now = 1_000_000;
  return { now: () => now, tick: (ms: number) => void (now += ms) };
}

describe('runTraced', () => {
  it('gives the result and the steps with the time they began', async () => {
    const clock = handClock();
    const { result, steps } = await runTraced(clock, async () => {
      currentTrace()?.add({ step: 'normalise', address: 'bob@example.com' });
      clock.tick(130);
      await turn();
      currentTrace()?.add({ step: 'crm request', ms: 120, operation: 'composite', status: 200 });
      return 'found';
    });
    expect(result).to.equal('found');
    expect(steps).to.deep.equal([
      { step: 'normalise', at: 0, address: 'bob@example.com' },
      { step: 'crm request', at: 10, ms: 120, operation: 'composite', status: 200 },
    ]);
  });

  it('orders steps by their beginning, not by their end', async () => {
    const clock = handClock();
    const { steps } = await runTraced(clock, () => {
      clock.tick(100);
      currentTrace()?.add({ step: 'inner', ms: 20 });
      currentTrace()?.add({ step: 'outer', ms: 90 });
      currentTrace()?.add({ step: 'placed', at: 50 });
    });
    expect(steps.map(({ step, at }) => [step, at])).to.deep.equal([
      ['outer', 10],
      ['placed', 50],
      ['inner', 80],
    ]);
  });

  it('rounds times to a tenth of a millisecond and none is before the start', async () => {
    const { steps } = await runTraced(handClock(), () =>
      currentTrace()?.add({ step: 'x', ms: 0.2345 }),
    );
    expect(steps).to.deep.equal([{ step: 'x', at: 0, ms: 0.2 }]);
  });

  it('keeps traces that run side by side apart', async () => {
    const traced = (name: string) =>
      runTraced(handClock(), async () => {
        await turn();
        currentTrace()?.add({ step: name });
      });
    const [a, b] = await Promise.all([traced('a'), traced('b')]);
    expect([a, b].map(({ steps }) => steps.map(({ step }) => step))).to.deep.equal([['a'], ['b']]);
  });

  it('does not keep what happens after the answer', async () => {
    const late = Promise.withResolvers<undefined>();
    let behind: Promise<void> | undefined;
    const { steps } = await runTraced(handClock(), () => {
      const trace = currentTrace();
      behind = late.promise.then(() => trace?.add({ step: 'refresh' }));
    });
    late.resolve(undefined);
    await behind;
    expect(steps).to.deep.equal([]);
  });

  it('passes on what the work throws, at once or later', async () => {
    const failure = new Error('x');
    const works = [
      () => Promise.reject(failure),
      () => {
        throw failure;
      },
    ];
    for (const work of works) {
      const thrown: unknown = await runTraced(handClock(), work).catch((error: unknown) => error);
      expect(thrown).to.equal(failure);
    }
  });
});

describe('currentTrace', () => {
  it('is undefined outside a trace', async () => {
    expect(currentTrace()).to.equal(undefined);
    await runTraced(handClock(), () => undefined);
    expect(currentTrace()).to.equal(undefined);
  });
});
