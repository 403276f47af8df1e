import { expect } from 'chai';
import { closestMatch } from '../../src/model/closest-match.ts';

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

  it('makes no guess at words that are like none', () => {
    for (const word of ['x', 'metrics', 'host', ''])
      expect(closestMatch(word, keys), word).to.equal(undefined);
  });
});
