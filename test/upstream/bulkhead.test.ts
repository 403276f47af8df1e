import { expect } from 'chai';
import { Bulkhead } from '../../src/upstream/bulkhead.ts';
import { failureOf } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

const never = new AbortController().signal;
const calm = () => false;
const turn = () => new Promise(setImmediate);

/** Calls that end when the test says so. */
function held(bulkhead: Bulkhead) {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const work = (name: string) => () => {
    started.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  return {
    started,
    run: (name: string) => bulkhead.run(work(name)),
    inTurn: (name: string, urgent = calm, signal = never) =>
      bulkhead.runQueued(work(name), urgent, signal),
    end: async (name: string) => {
      ends.get(name)?.resolve(name);
      await turn();
    },
  };
}

describe('Bulkhead', () => {
  expectNoUnhandledRejections();

  it('is full when as many calls run as it has places', async () => {
    const bulkhead = new Bulkhead(2);
    const { run, end } = held(bulkhead);
    const one = run('one');
    expect([bulkhead.running, bulkhead.full]).to.deep.equal([1, false]);
    const two = run('two');
    expect([bulkhead.running, bulkhead.full]).to.deep.equal([2, true]);
    await end('one');
    expect([bulkhead.running, bulkhead.full]).to.deep.equal([1, false]);
    await end('two');
    expect(await Promise.all([one, two])).to.deep.equal(['one', 'two']);
  });

  it('releases after a call that fails, and calls the listener', async () => {
    const bulkhead = new Bulkhead(1);
    let freed = 0;
    bulkhead.onRelease(() => (freed += 1));
    const failing = bulkhead.run(() => Promise.reject(new Error('x'))).catch(() => 'failed');
    expect(await failing).to.equal('failed');
    expect([bulkhead.running, freed]).to.deep.equal([0, 1]);
  });

  describe('runQueued', () => {
    it('runs at once when there is a place', () => {
      const { inTurn, started } = held(new Bulkhead(1));
      void inTurn('one');
      expect(started).to.deep.equal(['one']);
    });

    it('waits for a place, in the order of asking, never more at once than there are places', async () => {
      const bulkhead = new Bulkhead(2);
      const { inTurn, started, end } = held(bulkhead);
      const names = ['a', 'b', 'c', 'd', 'e'];
      const all = names.map((name) => inTurn(name));
      for (const name of names) {
        expect(bulkhead.running).to.be.at.most(2);
        await end(name);
      }
      expect(await Promise.all(all)).to.deep.equal(names);
      expect(started).to.deep.equal(names);
    });

    it('lets go first what is urgent', async () => {
      let urgent = true;
      const { run, inTurn, started, end } = held(new Bulkhead(2));
      void run('call');
      const waited = inTurn('search', () => urgent);
      await turn();
      expect(started).to.deep.equal(['call']);
      urgent = false;
      await end('call');
      expect(started).to.deep.equal(['call', 'search']);
      await end('search');
      await waited;
    });

    it('goes when what was urgent has gone without a call', async () => {
      let urgent = true;
      const bulkhead = new Bulkhead(1);
      const { inTurn, started } = held(bulkhead);
      void inTurn('search', () => urgent);
      await turn();
      expect(started).to.deep.equal([]);
      urgent = false;
      bulkhead.wake();
      await turn();
      expect(started).to.deep.equal(['search']);
    });

    it('gives up when the signal aborts, and then takes no place', async () => {
      const bulkhead = new Bulkhead(1);
      const { run, inTurn, started, end } = held(bulkhead);
      const aborter = new AbortController();
      void run('call');
      const waited = inTurn('search', calm, aborter.signal);
      aborter.abort();
      expect((await failureOf(waited)).kind).to.equal('timeout');
      await end('call');
      expect([started, bulkhead.running]).to.deep.equal([['call'], 0]);
    });
  });
});
