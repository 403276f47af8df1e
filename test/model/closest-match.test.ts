import { expect } from 'chai';
import { closestMatch, didYouMean } from '../../src/model/closest-match.ts';
import { cpuMsOf } from '../support/longest-turn.ts';

describe('closestMatch', () => {
  const keys = ['connections', 'connector', 'port', 'per', 'timeZone', 'rateLimit'];

  for (const [word, meant] of [
    ['conections', 'connections'],
    ['conector', 'connector'],
    ['prot', 'port'],
    ['time_zone', 'timeZone'],
    ['RATELIMIT', 'rateLimit'],
  ] as const) {
    it(`takes ${word} for ${meant}`, () => {
      expect(closestMatch(word, keys)).to.equal(meant);
    });
  }

  it('takes no time for words of any length', () => {
    const long = 'x'.repeat(50_000);
    expect(cpuMsOf(() => closestMatch(`${long}y`, [long, 'port']))).to.be.below(20);
    expect(cpuMsOf(() => closestMatch('port', Array<string>(100).fill(long)))).to.be.below(20);
  });

  it('makes no guess at words that are like none', () => {
    for (const word of ['x', 'metrics', 'host', ''])
      expect(closestMatch(word, keys), word).to.equal(undefined);
  });

  it('does not suggest a word as itself', () => {
    expect(didYouMean('port', keys)).to.equal(undefined);
    expect(didYouMean('Port', keys)).to.equal('did you mean "port"?');
  });
});
