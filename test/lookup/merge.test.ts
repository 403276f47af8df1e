import { expect } from 'chai';
import fc from 'fast-check';
import type { PersonRecord } from '../../src/connector/index.ts';

import { mergeProfiles } from '../../src/lookup/merge.ts';
import type { Profile } from '../../src/model/profile.ts';
import { parsePerson } from '../../src/upstream/parse-person.ts';

const profile = (answer: PersonRecord): Profile => parsePerson(answer).profile;
const merged = (first: PersonRecord, ...rest: PersonRecord[]): Profile =>
  mergeProfiles([profile(first), ...rest.map(profile)]);

describe('mergeProfiles', () => {
  it('leaves one profile as it is', () => {
    const one = profile({ contact: { name: 'Jane' }, company: { name: 'ACME' } });
    expect(mergeProfiles([one])).to.deep.equal(one);
  });

  it('takes each word from the first connection that has a value', () => {
    const { contact } = merged(
      { contact: { kind: 'lead', name: 'Jane', phone: null } },
      { contact: { kind: 'contact', name: 'J. Doe', phone: '1', city: 'Bonn' } },
      { contact: { phone: '2', country: 'DE' } },
    );
    expect(contact).to.include({
      kind: 'lead',
      name: 'Jane',
      phone: '1',
      city: 'Bonn',
      country: 'DE',
    });
  });

  it('does the same for the company, and takes whichever one there is', () => {
    expect(
      merged(
        { contact: {}, company: { name: 'ACME' } },
        { contact: {}, company: { name: 'Acme Inc', employees: 0, domain: 'acme.example' } },
      ).company,
    ).to.include({ name: 'ACME', employees: 0, domain: 'acme.example' });
    expect(merged({ contact: {} }, { contact: {}, company: { name: 'B' } }).company?.name).to.equal(
      'B',
    );
    expect(merged({ contact: {}, company: { name: 'A' } }, { contact: {} }).company?.name).to.equal(
      'A',
    );
    expect(merged({ contact: {} }, { contact: {} }).company).to.equal(null);
  });

  it('takes 0 and false for values', () => {
    const { company } = merged(
      { contact: {}, company: { employees: 0 } },
      { contact: {}, company: { employees: 9 } },
    );
    expect(company?.employees).to.equal(0);
    const { contact } = merged(
      { contact: { fields: { vip: false, n: 0 } } },
      { contact: { fields: { vip: true, n: 1 } } },
    );
    expect(contact.fields).to.deep.equal({ vip: false, n: 0 });
  });

  it('takes each field from the first connection that has a value, and keeps all names', () => {
    const { contact, company } = merged(
      { contact: { fields: { tier: null, a: 'A' } }, company: { fields: { plan: 'Gold' } } },
      { contact: { fields: { tier: 'Gold', b: 'B' } }, company: { fields: { plan: 'Iron' } } },
    );
    expect(contact.fields).to.deep.equal({ tier: 'Gold', a: 'A', b: 'B' });
    expect(company?.fields).to.deep.equal({ plan: 'Gold' });
  });

  it("never mixes two colleagues: an owner is one connection's", () => {
    const { contact } = merged(
      { contact: { owner: { name: 'Ann', email: null } } },
      { contact: { owner: { name: 'Bob', email: 'bob@example.com' } } },
    );
    expect(contact.owner).to.deep.equal({ name: 'Ann', email: null });
  });

  it('takes a revenue and its currency from one connection', () => {
    const inEuro = { contact: {}, company: { currency: 'EUR' } };
    const inDollar = { contact: {}, company: { annualRevenue: 5, currency: 'USD' } };
    const unnamed = { contact: {}, company: { annualRevenue: 5 } };
    for (const [first, next, annualRevenue, currency] of [
      [inEuro, inDollar, 5, 'USD'],
      [inDollar, inEuro, 5, 'USD'],
      [unnamed, inEuro, 5, null],
      [inEuro, unnamed, 5, null],
      [inEuro, inEuro, null, 'EUR'],
    ] as const) {
      expect(merged(first, next).company).to.include({ annualRevenue, currency });
    }
  });

  it('puts deals, tickets and further records together', () => {
    const both = merged(
      {
        contact: {},
        deals: [{ id: 'd1' }],
        tickets: [{ id: 't1' }],
        others: [{ name: 'o1' }],
        moreTickets: true,
      },
      {
        contact: {},
        deals: [{ id: 'd2' }],
        tickets: [{ id: 't2' }],
        others: [{ name: 'o2' }],
        moreOthers: true,
      },
    );
    expect(both.deals.map(({ id }) => id)).to.deep.equal(['d1', 'd2']);
    expect(both.tickets.map(({ id }) => id)).to.deep.equal(['t1', 't2']);
    expect(both.others.map(({ name }) => name)).to.deep.equal(['o1', 'o2']);
    expect([both.moreDeals, both.moreTickets, both.moreOthers]).to.deep.equal([false, true, true]);
  });

  it('knows all open deals and tickets when both connections do', () => {
    const all = { contact: {}, moreOpenDeals: false, moreOpenTickets: false };
    const flagsOf = ({ moreOpenDeals, moreOpenTickets }: ReturnType<typeof merged>) => [
      moreOpenDeals,
      moreOpenTickets,
    ];
    expect(flagsOf(merged(all, all))).to.deep.equal([false, false]);
    expect(flagsOf(merged(all, { ...all, moreOpenDeals: true }))).to.deep.equal([true, false]);
    expect(flagsOf(merged({ ...all, moreOpenTickets: true }, all))).to.deep.equal([false, true]);
  });

  it('pollutes nothing when a field is called __proto__', () => {
    const contact = { fields: JSON.parse('{"__proto__": "x"}') as Record<string, string> };
    const both = merged({ contact }, { contact: { fields: { a: 'A' } } });
    expect(Object.keys(both.contact.fields).sort()).to.deep.equal(['__proto__', 'a']);
    expect(Object.getPrototypeOf(both.contact.fields)).to.equal(Object.prototype);
  });

  it('follows the order of the connections word by word', () => {
    const word = fc.constantFrom(null, 'a', 'b', 'c');
    const person = fc.record({ name: word, phone: word, city: word });
    fc.assert(
      fc.property(fc.array(person, { minLength: 1, maxLength: 4 }), (people) => {
        const [first = {}, ...rest] = people.map((contact) => ({ contact }));
        const { contact } = merged(first as PersonRecord, ...rest);
        for (const key of ['name', 'phone', 'city'] as const) {
          const expected = people.find((one) => one[key] !== null)?.[key] ?? null;
          expect(contact[key]).to.equal(expected);
        }
      }),
    );
  });
});
