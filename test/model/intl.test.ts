import { expect } from 'chai';
import { currencyHint, localeHint, timeZoneHint } from '../../src/model/intl.ts';

describe('hints about the world', () => {
  it('name the locale that is meant', () => {
    expect(localeHint('en_GB.UTF-8')).to.equal('did you mean "en-GB"?');
    expect(localeHint('deutsch')).to.equal('did you mean "de"?');
    expect(localeHint('French')).to.equal('did you mean "fr"?');
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
