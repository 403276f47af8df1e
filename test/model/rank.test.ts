import { expect } from 'chai';
import fc from 'fast-check';
import { compareMatches, type Match } from '../../src/connector/index.ts';

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

  it('then the latest activity, whatever was changed since', () => {
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
