import { expect } from 'chai';
import { alternate, mergeRounds, sideBySide } from '../../bench/rounds.ts';

describe('rounds', () => {
  it('runs every second round backwards, so that none is always the first', async () => {
    const order: string[] = [];
    await alternate(3, ['a', 'b'], (one, round) => {
      order.push(`${one}${round}`);
      return Promise.resolve();
    });
    expect(order).to.deep.equal(['a1', 'b1', 'b2', 'a2', 'a3', 'b3']);
  });

  it('runs one only when the one before has ended', async () => {
    let running = 0;
    let most = 0;
    await alternate(2, [1, 2, 3], async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    });
    expect(most).to.equal(1);
  });

  it('gives what came of each in the order of the contenders', async () => {
    const found = await alternate(2, ['a', 'b'], (one, round) => Promise.resolve(one + round));
    expect(found).to.deep.equal([
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
  });

  it('gives the same shape of one run side by side', async () => {
    const found = await sideBySide(['a', 'b'], (one) => Promise.resolve(one));
    expect(found).to.deep.equal([['a'], ['b']]);
  });

  it('merges numbers to their spread, and keeps words and what does not apply', () => {
    const rows = [1, 3, 2].map((calls) => ({ server: 'one', calls, budget: undefined }));
    expect(mergeRounds(rows)).to.deep.equal({
      server: 'one',
      calls: { median: 2, min: 1, max: 3 },
      budget: undefined,
    });
  });
});
