import { expect } from 'chai';
import { nearest } from '../../src/model/closest-match.ts';

describe('nearest', () => {
  const keys = ['connections', 'connector', 'port', 'per', 'timeZone', 'rateLimit'];

  for (const [word, meant] of [
    ['conections', 'connections'],
    ['conector', 'connector'],
    ['prot', 'port'],
    ['time_zone', 'timeZone'],
    ['RATELIMIT', 'rateLimit'],
  ] as const) {
    it(`takes ${word} for ${meant}`, () => {
      expect(nearest(word, keys)).to.equal(meant);
    });
  }

  it('makes no guess at words that are like none', () => {
    for (const word of ['x', 'metrics', 'host', ''])
      expect(nearest(word, keys), word).to.equal(undefined);
  });
});
