import { expect } from 'chai';
import fc from 'fast-check';
import { charactersOf, hasSingleUnits } from '../../src/model/characters.ts';

const never = () => undefined;

describe('charactersOf', () => {
  it('gives letters with their accents, emoji and flags whole', () => {
    const text = 'ae\u0301👩‍👩‍👧🇩🇪👍🏽नि';
    expect([...charactersOf(text, never)]).to.deep.equal([
      ...['a', 'e\u0301', '👩‍👩‍👧', '🇩🇪', '👍🏽', 'नि'],
    ]);
  });

  it('stops in a long text when it is told to', () => {
    const read: string[] = [];
    const tick = () => {
      throw new RangeError('enough');
    };
    const run = () => {
      for (const character of charactersOf('漢'.repeat(100_000), tick)) read.push(character);
    };
    expect(run).to.throw(RangeError);
    expect(read.length).to.be.below(1000);
  });

  it('gives the units of a text of single units', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat({ max: 0x3ff }).map(String.fromCharCode) }), (text) => {
        if (hasSingleUnits(text))
          expect([...charactersOf(text, never)]).to.deep.equal(text.split(''));
      }),
      { numRuns: 1000 },
    );
    expect(hasSingleUnits('Jürgen Groß, 5 £')).to.equal(true);
  });
});
