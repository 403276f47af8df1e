import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { runInSlices, TimeSlice } from '../../src/model/time-slice.ts';

describe('long work in slices', () => {
  it('lets one part run in each turn of the event loop, however many have work', async () => {
    let parts = 0;
    const work = async () => {
      const slice = new TimeSlice();
      for (let part = 0; part < 5; part += 1) {
        await slice.next();
        parts += 1;
      }
    };
    const all = Promise.all(Array.from({ length: 10 }, work));
    let most = 0;
    for (let before = 0; parts < 50; before = parts) {
      await nextTurn();
      most = Math.max(most, parts - before);
    }
    await all;
    expect(most).to.be.at.most(2);
  });

  it('returns what the work returns, and throws what it throws', async () => {
    const count = function* (end: number) {
      for (let n = 0; n < end; n += 1) yield;
      if (end === 7) throw new Error('seven');
      return end;
    };
    expect(await runInSlices(count(1000))).to.equal(1000);
    expect(await runInSlices(count(7)).catch(String)).to.equal('Error: seven');
  });
});
