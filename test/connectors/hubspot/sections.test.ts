import { expect } from 'chai';
import fc from 'fast-check';
import { HubSpotError } from '../../../connectors/hubspot/errors.ts';
import {
  chooseCompany,
  compareIds,
  distribute,
  Sections,
} from '../../../connectors/hubspot/sections.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';

describe('hubspot: associated records', () => {
  const people = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 9_999 }), { maxLength: 60 }), {
    minLength: 1,
    maxLength: 20,
  });

  it('places are never exceeded, and none stays empty while a person has records left', () => {
    fc.assert(
      fc.property(people, fc.integer({ min: 0, max: 300 }), (lists, places) => {
        const wanted = new Map(lists.map((ids, i) => [i, { ids: ids.map(String), more: false }]));
        const shared = distribute(wanted, places);
        const kept = [...shared.values()].map(({ ids }) => ids.length);
        const total = kept.reduce((sum, n) => sum + n, 0);
        const asked = lists.reduce((sum, ids) => sum + ids.length, 0);
        expect(total).to.equal(Math.min(places, asked));
        // A person with records left has as many as any other, save one for the remainder.
        const short = lists.flatMap((ids, i) => {
          const own = shared.get(i)?.ids.length ?? 0;
          return own < ids.length ? [own] : [];
        });
        if (short.length > 0) expect(Math.min(...short)).to.be.at.least(Math.max(...kept) - 1);
      }),
    );
  });

  it('the newest are kept, and that there are more is reported', () => {
    const shared = distribute(new Map([['a', { ids: ['9', '10', '2'], more: false }]]), 2);
    expect(shared.get('a')).to.deep.equal({ ids: ['10', '9'], more: true });
    const all = distribute(new Map([['a', { ids: ['9'], more: true }]]), 2);
    expect(all.get('a')).to.deep.equal({ ids: ['9'], more: true });
  });

  it('the company is the same whatever the order', () => {
    const candidates = fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 50 }).map(String), isPrimary: fc.boolean() }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(candidates, (list) => {
        const company = chooseCompany(list).ids[0];
        expect(chooseCompany(list.toReversed()).ids[0]).to.equal(company);
        const primary = list.filter((candidate) => candidate.isPrimary).map(({ id }) => id);
        if (primary.length > 0) expect(primary).to.include(company);
      }),
    );
    expect(chooseCompany([]).ids).to.deep.equal([]);
  });

  it('a refusal that names no scope is reported with the scope of the section', async () => {
    const context = connectorContext();
    const refused = new HubSpotError('misconfigured', 'refused', { status: 403, scopes: [] });
    const deals = await new Sections(context).read('deals', new AbortController().signal, () =>
      Promise.reject(refused),
    );
    expect(deals).to.equal(undefined);
    expect(context.notices.get('deals')).to.equal(
      'the token may not read deals: add the scope crm.objects.deals.read',
    );
  });

  it('ids compare as numbers, even where numbers are no longer exact', () => {
    const ids = ['9007199254740993', '9007199254740992', '10', '9'];
    expect(ids.sort(compareIds)).to.deep.equal(['9', '10', '9007199254740992', '9007199254740993']);
  });
});
