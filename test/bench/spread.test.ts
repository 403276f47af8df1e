import { expect } from 'chai';
import fc from 'fast-check';
import { percentile, spreadOf } from '../../bench/spread.ts';

describe('spread of rounds', () => {
  it('is the middle one, the least and the most, in whatever order they came', () => {
    expect(spreadOf([30, 10, 20])).to.deep.equal({ median: 20, min: 10, max: 30 });
  });

  it('has the mean of the middle as the median of an even number', () => {
    expect(spreadOf([4, 1, 2, 9]).median).to.equal(3);
  });

  it('does not count numbers as text', () => {
    expect(spreadOf([100, 20, 3])).to.deep.equal({ median: 20, min: 3, max: 100 });
  });

  it('leaves the values as they are', () => {
    const values = [3, 1, 2];
    spreadOf(values);
    expect(values).to.deep.equal([3, 1, 2]);
  });

  it('takes the nearest rank as the percentile', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(percentile(hundred, 0.99)).to.equal(99);
    expect(percentile([5], 0.99)).to.equal(5);
  });

  it('has no percentile of nothing', () => {
    expect(percentile([], 0.5)).to.be.NaN;
  });

  it('has its median between the least and the most', () => {
    const some = fc.array(fc.integer(), { minLength: 1 });
    fc.assert(
      fc.property(some, (values) => {
        const { median, min, max } = spreadOf(values);
        expect(median).to.be.within(min, max);
      }),
    );
  });
});
