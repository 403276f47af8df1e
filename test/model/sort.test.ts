import { expect } from 'chai';
import fc from 'fast-check';
import { compareMatches, sortAndLimit, type Match } from '../../src/model/sort.ts';
import type { PersonRecord } from '../../src/connector/index.ts';
import { parsePerson } from '../../src/upstream/parse-person.ts';

const LIMITS = { deals: 5, tickets: 5 };

function arranged(answer: Omit<PersonRecord, 'contact'>, limits = LIMITS) {
  return sortAndLimit(parsePerson({ contact: {}, ...answer }).profile, limits);
}

const deals = (given: NonNullable<PersonRecord['deals']>) =>
  arranged({ deals: given }).deals.map(({ id }) => id);
const tickets = (given: NonNullable<PersonRecord['tickets']>) =>
  arranged({ tickets: given }).tickets.map(({ id }) => id);

describe('sortAndLimit', () => {
  it('puts open deals first, the nearest close date before', () => {
    expect(
      deals([
        { id: 'won', open: false, closeDate: '2026-01-01' },
        { id: 'later', open: true, closeDate: '2027-05-01' },
        { id: 'soon', open: true, closeDate: '2026-12-01' },
      ]),
    ).to.deep.equal(['soon', 'later', 'won']);
  });

  it('takes no date for one whose day and month could be mixed up: it comes last', () => {
    expect(
      deals([
        { id: 'guessed', open: true, closeDate: '01.12.2026' },
        { id: 'guessed too', open: true, closeDate: '1/12/26' },
        { id: 'later', open: true, closeDate: '2027-05-01' },
        { id: 'soon', open: true, closeDate: 'Tue, 01 Dec 2026 09:00:00 GMT' },
      ]),
    ).to.deep.equal(['soon', 'later', 'guessed', 'guessed too']);
  });

  it('puts the latest of the closed deals first', () => {
    expect(
      deals([
        { id: 'old', open: false, closeDate: '2020-01-01' },
        { id: 'recent', open: false, closeDate: '2026-01-01' },
      ]),
    ).to.deep.equal(['recent', 'old']);
  });

  it('puts a deal of unknown state between open and closed ones', () => {
    expect(
      deals([{ id: 'closed', open: false }, { id: 'unknown' }, { id: 'open', open: true }]),
    ).to.deep.equal(['open', 'unknown', 'closed']);
  });

  it('puts deals without a close date, or with none that can be read, behind dated ones', () => {
    for (const open of [true, false]) {
      expect(
        deals([
          { id: 'a', open },
          { id: 'b', open, closeDate: 'some day' },
          { id: 'c', open, closeDate: '2026-12-01' },
        ]),
      ).to.deep.equal(['c', 'a', 'b']);
    }
  });

  it('compares dates as moments, not as texts', () => {
    expect(
      deals([
        { id: 'late', open: true, closeDate: '2026-12-01T00:00:00-05:00' },
        { id: 'early', open: true, closeDate: '2026-12-01T04:00:00Z' },
      ]),
    ).to.deep.equal(['early', 'late']);
  });

  it('puts open tickets first, the newest before', () => {
    expect(
      tickets([
        { id: 'closed', open: false, createdAt: '2026-11-23' },
        { id: 'old', open: true, createdAt: '2025-01-01' },
        { id: 'new', open: true, createdAt: '2026-11-20' },
        { id: 'undated', open: true },
      ]),
    ).to.deep.equal(['new', 'old', 'undated', 'closed']);
  });

  it('keeps the first ones up to the limits, and reports that there are more', () => {
    const many = Array.from({ length: 4 }, (_, index) => ({
      id: `${index}`,
      open: true,
      closeDate: `2026-12-0${4 - index}`,
      createdAt: `2026-10-0${index + 1}`,
    }));
    const cut = arranged({ deals: many, tickets: many }, { deals: 3, tickets: 2 });
    expect(cut.deals.map(({ id }) => id)).to.deep.equal(['3', '2', '1']);
    expect(cut.tickets.map(({ id }) => id)).to.deep.equal(['3', '2']);
    expect([cut.moreDeals, cut.moreTickets]).to.deep.equal([true, true]);
  });

  it('reports no more when all fit exactly, for each list', () => {
    const three = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    const exact = arranged({ deals: three, tickets: three }, { deals: 3, tickets: 2 });
    expect([exact.moreDeals, exact.moreTickets]).to.deep.equal([false, true]);
  });

  it("believes the connector's own word that there are more", () => {
    const sorted = arranged({ deals: [{ id: 'a' }], moreDeals: true, moreTickets: true });
    expect([sorted.moreDeals, sorted.moreTickets]).to.deep.equal([true, true]);
  });

  it('reports that open ones may be missing unless it is known that they are not', () => {
    const openTo = (count: number) =>
      Array.from({ length: 6 }, (_, index) => ({ id: `${index}`, open: index < count }));
    const flags = (open: number, given: object = {}, limits = LIMITS) => {
      const lists = { deals: openTo(open), tickets: openTo(open), ...given };
      const { moreOpenDeals, moreOpenTickets } = arranged(lists, limits);
      expect(moreOpenTickets).to.equal(moreOpenDeals);
      return moreOpenDeals;
    };
    const all = { moreOpenDeals: false, moreOpenTickets: false };
    expect(flags(4, all), 'the first of those left out is closed').to.equal(false);
    expect(flags(5, all), 'likewise').to.equal(false);
    expect(flags(6, all), 'it is open').to.equal(true);
    const unknown = Array.from({ length: 6 }, (_, index) => ({ id: `${index}` }));
    expect(flags(0, { ...all, deals: unknown, tickets: unknown }), 'not known').to.equal(true);
    expect(flags(4), 'the connector does not say').to.equal(true);
    expect(flags(4, {}, { deals: 6, tickets: 6 }), 'none is left out').to.equal(false);
    const more = { moreDeals: true, moreTickets: true, deals: [], tickets: [] };
    expect(flags(0, { ...more, ...all }), 'the CRM has closed ones').to.equal(false);
    expect(flags(0, more), 'the CRM has any').to.equal(true);
  });

  it('shows none where the limit is 0', () => {
    const none = arranged({ deals: [{ id: 'a' }] }, { deals: 0, tickets: 0 });
    expect([none.deals.length, none.moreDeals, none.moreTickets]).to.deep.equal([0, true, false]);
  });

  it('changes nothing but the lists', () => {
    const profile = parsePerson({ contact: { name: 'Jane' }, company: { name: 'ACME' } }).profile;
    const known = { moreOpenDeals: false, moreOpenTickets: false };
    expect(sortAndLimit(profile, LIMITS)).to.deep.equal({ ...profile, ...known });
  });

  const date = fc.constantFrom(null, 'no date', '2026-12-01', '2026-12-01T10:00:00Z', '2025-01-01');
  const text = fc.constantFrom(null, 'a', 'b', '');
  const deal = fc.record({
    id: text,
    name: text,
    closeDate: date,
    open: fc.constantFrom(true, false, null),
    amount: fc.constantFrom(null, 1, 2),
  });
  const ticket = fc.record({
    id: text,
    number: text,
    subject: text,
    createdAt: date,
    open: fc.constantFrom(true, false, null),
  });

  it('gives the same whatever order the CRM answers in', () => {
    const lists = fc.tuple(fc.array(deal), fc.array(ticket));
    const shuffled = lists.chain(([one, two]) =>
      fc.tuple(
        fc.constant({ deals: one, tickets: two }),
        fc.record({
          deals: fc.shuffledSubarray(one, { minLength: one.length }),
          tickets: fc.shuffledSubarray(two, { minLength: two.length }),
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(arranged(one)).to.deep.equal(arranged(other));
      }),
      { numRuns: 500 },
    );
  });

  it('arranged once more, nothing moves', () => {
    fc.assert(
      fc.property(fc.array(deal), fc.array(ticket), (some, others) => {
        const once = arranged({ deals: some, tickets: others });
        expect(sortAndLimit(once, LIMITS)).to.deep.equal(once);
      }),
    );
  });
});

const first = (...matches: Match[]) => matches.toSorted(compareMatches)[0]?.id;

describe('compareMatches', () => {
  it('puts a contact before a lead, whatever the lead has done lately', () => {
    expect(
      first(
        { kind: 'lead', id: '1', lastActivityAt: '2026-11-24', updatedAt: '2026-11-24' },
        { kind: 'contact', id: '2' },
      ),
    ).to.equal('2');
  });

  it('then the latest activity, regardless of later changes', () => {
    expect(
      first(
        { kind: 'contact', id: '1', lastActivityAt: '2026-01-01', updatedAt: '2026-11-24' },
        { kind: 'contact', id: '2', lastActivityAt: '2026-01-02' },
      ),
    ).to.equal('2');
  });

  it('then the latest change', () => {
    expect(
      first(
        { kind: 'contact', id: '1', updatedAt: '2026-01-01T10:00:00Z' },
        { kind: 'contact', id: '2', updatedAt: '2026-01-01T10:00:01Z' },
      ),
    ).to.equal('2');
  });

  it('then the id', () => {
    expect(first({ kind: 'contact', id: 'b' }, { kind: 'contact', id: 'a' })).to.equal('a');
  });

  it('takes a record without dates, or with none that can be read, for the oldest', () => {
    expect(
      first(
        { kind: 'contact', id: '1', lastActivityAt: null, updatedAt: 'never' },
        { kind: 'contact', id: '2', lastActivityAt: '2001-01-01' },
      ),
    ).to.equal('2');
  });

  it('gives the same order whatever order the CRM answers in', () => {
    const date = fc.constantFrom(undefined, null, 'x', '2026-01-01', '2026-01-01T00:00:00Z');
    const match = fc.record({
      kind: fc.constantFrom('contact' as const, 'lead' as const),
      id: fc.string({ maxLength: 2 }),
      lastActivityAt: date,
      changedAt: date,
    });
    const matches = fc.uniqueArray(match, { selector: ({ id }) => id, maxLength: 8 });
    const pairs = matches.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const ids = (list: readonly Match[]) => list.toSorted(compareMatches).map(({ id }) => id);
        expect(ids(one)).to.deep.equal(ids(other));
      }),
    );
  });
});
