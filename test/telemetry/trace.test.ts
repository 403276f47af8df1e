import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { currentTrace, combineTraces, runTraced, runWithTrace } from '../../src/telemetry/trace.ts';

/** A clock that is moved by hand. */
function handClock() {
  let time = 1_000_000;
  return { now: () => time, tick: (ms: number) => void (time += ms) };
}

describe('runTraced', () => {
  it('gives the result and the steps with the time they began', async () => {
    const { now, tick } = handClock();
    const { result, steps } = await runTraced(now, async () => {
      currentTrace()?.add({ step: 'normalise', address: 'bob@example.com' });
      tick(130);
      await turn();
      currentTrace()?.add({ step: 'crm request', ms: 120, operation: 'composite', status: 200 });
      return 'found';
    });
    expect(result).to.equal('found');
    expect(steps).to.deep.equal([
      { step: 'normalise', depth: 0, at: 0, ms: 0, address: 'bob@example.com' },
      { step: 'crm request', depth: 0, at: 10, ms: 120, operation: 'composite', status: 200 },
    ]);
  });

  it('orders steps by their beginning, each followed by its parts', async () => {
    const { now, tick } = handClock();
    const { steps } = await runTraced(now, () => {
      const sales = currentTrace()?.begin({ step: 'sales' });
      const marketing = currentTrace()?.begin({ step: 'marketing' });
      tick(100);
      marketing?.child.add({ step: 'm', ms: 90 });
      sales?.child.add({ step: 's2', ms: 50 });
      sales?.child.add({ step: 's1', ms: 60 });
    });
    expect(steps.map(({ step, depth, at }) => [step, depth, at])).to.deep.equal([
      ['sales', 0, 0],
      ['s1', 1, 40],
      ['s2', 1, 50],
      ['marketing', 0, 0],
      ['m', 1, 10],
    ]);
  });

  it('knows parts of parts', async () => {
    const { now, tick } = handClock();
    const { steps } = await runTraced(now, () => {
      const outer = currentTrace()?.begin({ step: 'outer' });
      const inner = outer?.child.begin({ step: 'inner' });
      tick(100);
      inner?.child.add({ step: 'innermost', ms: 20 });
      inner?.end({ result: 'found' });
      outer?.child.add({ step: 'late', ms: 0 });
      tick(5);
      outer?.end({});
    });
    expect(steps).to.deep.equal([
      { step: 'outer', depth: 0, at: 0, ms: 105 },
      { step: 'inner', depth: 1, at: 0, ms: 100, result: 'found' },
      { step: 'innermost', depth: 2, at: 80, ms: 20 },
      { step: 'late', depth: 1, at: 100, ms: 0 },
    ]);
  });

  it('lets no part begin before its whole, whatever clock it was timed with', async () => {
    const { now, tick } = handClock();
    const { steps } = await runTraced(now, () => {
      tick(50);
      const outer = currentTrace()?.begin({ step: 'outer' });
      tick(10);
      outer?.child.add({ step: 'request', ms: 11 });
      outer?.end({});
    });
    expect(steps.map(({ step, at }) => [step, at])).to.deep.equal([
      ['outer', 50],
      ['request', 50],
    ]);
  });

  it('shows what had not ended by then as unfinished', async () => {
    const { now, tick } = handClock();
    const { steps } = await runTraced(now, () => {
      tick(10);
      currentTrace()?.begin({ step: 'connector', connection: 'crm' });
      tick(90);
    });
    expect(steps).to.deep.equal([
      { step: 'connector', depth: 0, at: 10, ms: 90, connection: 'crm', unfinished: true },
    ]);
  });

  it('leaves out details that are not known', async () => {
    const { steps } = await runTraced(handClock().now, () =>
      currentTrace()?.add({ step: 'x', ms: 1, correlationId: undefined, name: null }),
    );
    expect(steps).to.deep.equal([{ step: 'x', depth: 0, at: 0, ms: 1, name: null }]);
  });

  it('rounds times to a tenth of a millisecond and none is before the start', async () => {
    const { steps } = await runTraced(handClock().now, () =>
      currentTrace()?.add({ step: 'x', ms: 0.2345 }),
    );
    expect(steps).to.deep.equal([{ step: 'x', depth: 0, at: 0, ms: 0.2 }]);
  });

  it('keeps traces that run side by side apart', async () => {
    const traced = (name: string) =>
      runTraced(handClock().now, async () => {
        await turn();
        currentTrace()?.add({ step: name });
      });
    const [a, b] = await Promise.all([traced('a'), traced('b')]);
    expect([a, b].map(({ steps }) => steps.map(({ step }) => step))).to.deep.equal([['a'], ['b']]);
  });

  it('does not keep what happens after the answer', async () => {
    const late = Promise.withResolvers<undefined>();
    let behind: Promise<void> | undefined;
    const { steps } = await runTraced(handClock().now, () => {
      const trace = currentTrace();
      const open = trace?.begin({ step: 'refresh' });
      behind = late.promise.then(() => {
        trace?.add({ step: 'late' });
        open?.end({ result: 'found' });
      });
    });
    late.resolve(undefined);
    await behind;
    expect(steps).to.deep.equal([{ step: 'refresh', depth: 0, at: 0, ms: 0, unfinished: true }]);
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
      const thrown: unknown = await runTraced(handClock().now, work).catch(
        (error: unknown) => error,
      );
      expect(thrown).to.equal(failure);
    }
  });
});

describe('everyTrace', () => {
  it('records the work that several lookups wait for in each of them', async () => {
    const { now, tick } = handClock();
    const second = Promise.withResolvers<ReturnType<typeof currentTrace>>();
    const end = Promise.withResolvers<undefined>();
    const other = runTraced(now, async () => {
      second.resolve(currentTrace());
      await end.promise;
    });
    const joined = await second.promise;
    const { steps } = await runTraced(now, () => {
      const current = currentTrace();
      if (current === undefined || joined === undefined) throw new Error('not traced');
      const call = combineTraces([current, joined]).begin({ step: 'connector' });
      runWithTrace(call.child, () => {
        tick(7);
        currentTrace()?.add({ step: 'crm request', ms: 7 });
      });
      call.end({ result: 'found' });
    });
    end.resolve(undefined);
    const expected = [
      { step: 'connector', depth: 0, at: 0, ms: 7, result: 'found' },
      { step: 'crm request', depth: 1, at: 0, ms: 7 },
    ];
    expect(steps).to.deep.equal(expected);
    expect((await other).steps).to.deep.equal(expected);
  });
});

describe('currentTrace', () => {
  it('is undefined outside a trace', async () => {
    expect(currentTrace()).to.equal(undefined);
    await runTraced(handClock().now, () => undefined);
    expect(currentTrace()).to.equal(undefined);
  });
});
