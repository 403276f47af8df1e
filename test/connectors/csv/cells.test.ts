import { expect } from 'chai';
import fc from 'fast-check';
import { parseCell, type CellKind } from '../../../connectors/csv/cells.ts';

const good: readonly (readonly [CellKind, string, unknown])[] = [
  ['number', '0', 0],
  ['number', '1234.50', 1234.5],
  ['number', '-3', -3],
  ['boolean', 'TRUE', true],
  ['boolean', 'Yes', true],
  ['boolean', '1', true],
  ['boolean', 'false', false],
  ['boolean', 'no', false],
  ['boolean', '0', false],
  ['date', '2026-11-24', '2026-11-24'],
  ['date', '2028-02-29', '2028-02-29'],
  ['date', '2026-11-24T09:40:00Z', '2026-11-24T09:40:00.000Z'],
  ['date', '2026-11-24T10:40+01:00', '2026-11-24T09:40:00.000Z'],
  ['date', '2026-11-24T09:40:00.5Z', '2026-11-24T09:40:00.500Z'],
  ['kind', 'Lead', 'lead'],
  ['kind', 'contact', 'contact'],
  ['text', '1234', '1234'],
];

const bad: readonly (readonly [CellKind, string, string])[] = [
  ['number', '1,234.50', 'a number with a comma, a sign or separators of thousands'],
  ['number', '1.234,50', 'a number with a comma, a sign or separators of thousands'],
  ['number', '1 234', 'a number with a comma, a sign or separators of thousands'],
  ['number', '+5', 'a number with a comma, a sign or separators of thousands'],
  ['number', '5 EUR', 'a number with a unit, or a text'],
  ['number', '60%', 'a number with a unit, or a text'],
  ['number', '1e5', 'a number with a unit, or a text'],
  ['number', 'many', 'a text'],
  ['number', '9'.repeat(400), 'a number that is too large'],
  ['boolean', 'maybe', 'a text'],
  ['date', '24.11.2026', 'a date in another form'],
  ['date', '11/24/2026', 'a date in another form'],
  ['date', '2026/11/24', 'a date in another form'],
  ['date', '2026-02-30', 'a day or time that does not exist'],
  ['date', '2027-02-29', 'a day or time that does not exist'],
  ['date', '2026-13-01', 'a day or time that does not exist'],
  ['date', '2026-11-24T25:00:00Z', 'a day or time that does not exist'],
  ['date', '2026-11-24T09:40:00', 'a time without a zone'],
  ['date', '2026-11-24 09:40', 'a time without a zone'],
  ['date', 'soon', 'a text'],
  ['kind', 'customer', 'a text'],
];

describe('csv: what a cell may hold', () => {
  for (const [kind, cell, value] of good)
    it(`${kind}: ${cell} is ${JSON.stringify(value)}`, () => {
      expect(parseCell(kind, cell)).to.equal(value);
    });

  for (const [kind, cell, got] of bad)
    it(`${kind}: ${cell.slice(0, 30)} is ${got}`, () => {
      expect(parseCell(kind, cell)).to.have.property('got', got);
    });

  it('a problem never has the content of the cell in it', () => {
    const kinds = fc.constantFrom<CellKind>('number', 'boolean', 'date', 'kind');
    const content = fc.stringMatching(/^[A-Z][a-z]{6}-\d{3}$/);
    fc.assert(
      fc.property(kinds, content, (kind, cell) => {
        expect(JSON.stringify(parseCell(kind, cell))).to.not.contain(cell);
      }),
    );
  });

  it('every number that is written plainly is read', () => {
    const plain = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 });
    fc.assert(
      fc.property(plain, (number) => {
        const cell = number.toFixed(2);
        expect(parseCell('number', cell)).to.equal(Number(cell));
      }),
    );
  });

  it('every day is read as it is', () => {
    const days = fc.date({
      min: new Date('1900-01-01'),
      max: new Date('2100-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(days, (date) => {
        const day = date.toISOString().slice(0, 10);
        expect(parseCell('date', day)).to.equal(day);
        expect(parseCell('date', date.toISOString())).to.equal(date.toISOString());
      }),
    );
  });
});
