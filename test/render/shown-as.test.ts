import { expect } from 'chai';
import { sampleContext } from '../../src/render/sample-context.ts';
import { contextAs, SHOWN_AS } from '../../src/render/shown-as.ts';
import { emptyView, fullView } from '../support/views.ts';

const AT = Date.parse('2026-12-24T17:00:00.000Z');

describe('a context shown otherwise', () => {
  it('moves the time, and the data with it', () => {
    const { now, source } = contextAs(fullView(), 'found', AT) ?? fullView();
    expect(now).to.equal('2026-12-24T17:00:00.000Z');
    expect(source).to.include({
      fetchedAt: '2026-12-24T16:57:00.000Z',
      ageSeconds: 180,
      stale: false,
    });
  });

  it('is stale with data that is at least 20 minutes old', () => {
    const source = contextAs(fullView(), 'stale', AT)?.source;
    expect(source).to.include({
      fetchedAt: '2026-12-24T16:40:00.000Z',
      ageSeconds: 1200,
      stale: true,
    });
  });

  it('has nobody outside of found, and at most the company with not_found', () => {
    for (const as of ['not_found', 'no_email', 'unavailable'] as const) {
      const shown = contextAs(fullView(), as, AT, ['sales', 'files']);
      expect(shown).to.include({ outcome: as, contact: null, moreDeals: false });
      expect(shown?.deals).to.deep.equal([]);
      expect(shown?.company === null).to.equal(as !== 'not_found');
    }
    expect(contextAs(fullView(), 'no_email', AT)?.visitor.email).to.equal(null);
    const missing = contextAs(fullView(), 'unavailable', AT, ['sales', 'files'])?.source.missing;
    expect(missing).to.deep.equal(['sales', 'files']);
  });

  it('is not found when nobody is known', () => {
    expect(contextAs(emptyView('not_found'), 'found', AT)).to.equal(undefined);
    expect(contextAs(emptyView('not_found'), 'stale', AT)).to.equal(undefined);
    expect(contextAs(emptyView('not_found'), 'unavailable', AT)?.outcome).to.equal('unavailable');
  });

  for (const person of ['customer', 'lead'] as const) {
    it(`there is one for each of the sample ${person}`, () => {
      const sample = sampleContext(person, { now: AT, tenant: { id: 'acme', name: 'ACME' } });
      const outcomes = SHOWN_AS.map((as) => contextAs(sample, as, AT)?.outcome);
      expect(outcomes).to.deep.equal(['found', 'found', 'not_found', 'no_email', 'unavailable']);
    });
  }
});
