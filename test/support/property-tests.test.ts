import { expect } from 'chai';
import fc from 'fast-check';

describe('a property that fails', () => {
  it('shows its seed, its counterexample and the error', () => {
    const lists = fc.property(fc.array(fc.nat()), (list) => {
      expect(list).to.have.length.below(3);
    });
    expect(() => fc.assert(lists)).to.throw(
      /seed: -?\d+.*Counterexample: \[\[0,0,0\]\].*length below 3 but got 3/s,
    );
  });

  it('shows its seed although one of its runs never ends', async () => {
    const hangs = fc.asyncProperty(fc.nat(), () => new Promise<void>(() => undefined));
    const failure: unknown = await Promise.resolve(
      fc.assert(hangs, { interruptAfterTimeLimit: 20 }),
    ).catch((error: unknown) => error);
    expect(String(failure)).to.match(/interrupted.*seed: -?\d+/s);
  });
});
