import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { Notifier } from '../../src/lookup/notifier.ts';
import { expectNoUnhandledRejections } from '../upstream/rejections.ts';

const LONG = 60_000;

describe('AnySettled', () => {
  expectNoUnhandledRejections();
  const never = new AbortController().signal;

  it('does not wait when there is enough already', async () => {
    await new Notifier().wait(LONG, never, () => true);
  });

  it('does not wait without time', async () => {
    await new Notifier().wait(0, never, () => false);
    await new Notifier().wait(-5, never, () => false);
  });

  it('does not wait once the signal has aborted', async () => {
    await new Notifier().wait(LONG, AbortSignal.abort(), () => false);
  });

  it('wakes when a notice makes it enough, and not before', async () => {
    const settled = new Notifier();
    let count = 0;
    let woke = false;
    const waited = settled.wait(LONG, never, () => count >= 2).then(() => (woke = true));
    for (const expected of [false, true]) {
      count += 1;
      settled.notify();
      await new Promise(setImmediate);
      expect(woke).to.equal(expected);
    }
    await waited;
  });

  it('wakes when the signal aborts', async () => {
    const aborter = new AbortController();
    const waited = new Notifier().wait(LONG, aborter.signal, () => false);
    aborter.abort();
    await waited;
  });

  it('wakes when the time is over', async () => {
    await new Notifier().wait(5, never, () => false);
  });

  it('leaves no listener on the signal and takes notices that nobody waits for', async () => {
    const settled = new Notifier();
    const { signal } = new AbortController();
    await settled.wait(1, signal, () => false);
    settled.notify();
    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });
});
