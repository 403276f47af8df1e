import { expect } from 'chai';
import { Latencies } from '../../src/upstream/stats.ts';

function after(...ms: number[]) {
  const latencies = new Latencies();
  for (const one of ms) latencies.add(one);
  return latencies.percentiles();
}

describe('Latencies', () => {
  it('knows nothing before the first call', () => {
    expect(after()).to.deep.equal({ p50: null, p95: null });
  });

  it('gives the only call for both', () => {
    expect(after(12.34)).to.deep.equal({ p50: 12.3, p95: 12.3 });
  });

  it('gives the middle and the slow end, whatever the order', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(after(...hundred)).to.deep.equal({ p50: 51, p95: 96 });
  });

  it('forgets what was long ago', () => {
    const { p50, p95 } = after(
      ...new Array<number>(256).fill(5000),
      ...new Array<number>(256).fill(7),
    );
    expect([p50, p95]).to.deep.equal([7, 7]);
  });
});
