import { expect } from 'chai';
import { currencyHint, localeHint, timeZoneHint } from '../../src/config/intl.ts';
import { nearest } from '../../src/config/nearest.ts';

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

describe('hints about the world', () => {
  it('name the locale that is meant', () => {
    expect(localeHint('en_GB.UTF-8')).to.equal('did you mean "en-GB"?');
    expect(localeHint('de-')).to.equal('did you mean "de"?');
  });

  it('name the time zone by its city', () => {
    expect(timeZoneHint('New York')).to.equal('did you mean "America/New_York"?');
  });

  it('name the currency', () => {
    expect(currencyHint('usd')).to.equal('did you mean "USD"?');
    expect(currencyHint('Dollar')).to.equal(undefined);
  });
});
