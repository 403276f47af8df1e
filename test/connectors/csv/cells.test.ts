import { expect } from 'chai';
import fc from 'fast-check';
import { parseCell, type ValueFormat } from '../../../connectors/csv/cells.ts';
import type { WordKind } from '../../../src/connector/index.ts';

const good: readonly (readonly [WordKind, string, unknown, Partial<ValueFormat>?])[] = [
  ['number', '0', 0],
  ['number', '1234.50', 1234.5],
  ['number', '-3', -3],
  ['number', '+5', 5],
  ['number', '1,234.50', 1234.5],
  ['number', '60,000', 60000],
  ['number', '1 234 567', 1234567],
  ['number', '1\u202f234', 1234],
  ['number', "1'234.5", 1234.5],
  ['number', '1.234,50', 1234.5, { decimal: ',' }],
  ['number', '12,5', 12.5, { decimal: ',' }],
  ['number', '60.000', 60000, { decimal: ',' }],
  ['number', '-3', -3, { decimal: ',' }],
  ['boolean', 'TRUE', true],
  ['boolean', 'Yes', true],
  ['boolean', '1', true],
  ['boolean', 'ja', true],
  ['boolean', 'WAHR', true],
  ['boolean', 'false', false],
  ['boolean', 'no', false],
  ['boolean', '0', false],
  ['boolean', 'Nein', false],
  ['boolean', 'FALSCH', false],
  ['date', '2026-11-24', '2026-11-24'],
  ['date', '2028-02-29', '2028-02-29'],
  ['date', '2026-11-24T09:40:00Z', '2026-11-24T09:40:00.000Z'],
  ['date', '2026-11-24T10:40+01:00', '2026-11-24T09:40:00.000Z'],
  ['date', '2026-11-24T09:40:00.000+0000', '2026-11-24T09:40:00.000Z'],
  ['date', '2026-11-24T09:40:00.5Z', '2026-11-24T09:40:00.500Z'],
  ['date', '2026-11-24T23:40:00-05:30', '2026-11-25T05:10:00.000Z'],
  ['date', '2026-11-24T09:40:00', '2026-11-24T09:40:00.000Z'],
  ['date', '2026-11-24 09:40', '2026-11-24T09:40:00.000Z'],
  ['date', '2026-11-24 00:00:00', '2026-11-24'],
  ['date', '24.11.2026', '2026-11-24', { dates: 'dmy' }],
  ['date', '3.5.26', '2026-05-03', { dates: 'dmy' }],
  ['date', '3.5.85', '1985-05-03', { dates: 'dmy' }],
  ['date', '24/11/2026 09:40', '2026-11-24T09:40:00.000Z', { dates: 'dmy' }],
  ['date', '24.11.2026 00:00', '2026-11-24', { dates: 'dmy' }],
  ['date', '2026-11-24', '2026-11-24', { dates: 'dmy' }],
  ['date', '11/24/2026', '2026-11-24', { dates: 'mdy' }],
  ['date', '3/5/2024', '2024-03-05', { dates: 'mdy' }],
  ['date', '11/24/2026, 1:02 PM', '2026-11-24T13:02:00.000Z', { dates: 'mdy' }],
  ['date', '11/24/2026 12:30 am', '2026-11-24T00:30:00.000Z', { dates: 'mdy' }],
  ['date', '0/0/00', null],
  ['text', '0/0/00', null],
  ['text', '0-0-1', '0-0-1'],
  ['date', '00.00.0000', null, { dates: 'dmy' }],
  ['kind', 'Lead', 'lead'],
  ['kind', 'contact', 'contact'],
  ['text', '1234', '1234'],
];

const bad: readonly (readonly [WordKind, string, string, Partial<ValueFormat>?])[] = [
  ['number', '1.234,50', 'a number in another form'],
  ['number', '1,23', 'a number in another form'],
  ['number', '1,234,5', 'a number in another form'],
  ['number', '1,234 567', 'a number in another form'],
  ['number', '1234.50', 'a number in another form', { decimal: ',' }],
  ['number', '5 EUR', 'a number with a unit, or a text'],
  ['number', '60%', 'a number with a unit, or a text'],
  ['number', '1e5', 'a number with a unit, or a text'],
  ['number', 'many', 'a text'],
  ['number', '9'.repeat(400), 'a number that is too large'],
  ['boolean', 'maybe', 'a text'],
  ['date', '24.11.2026', 'a date in another form'],
  ['date', '11/24/2026', 'a date in another form'],
  ['date', '2026/11/24', 'a date in another form'],
  ['date', '31.02.2026', 'a day or time that does not exist', { dates: 'dmy' }],
  ['date', '32.13.2026', 'a day or time that does not exist', { dates: 'dmy' }],
  ['date', '13/32/26', 'a day or time that does not exist', { dates: 'mdy' }],
  ['date', '11/24/2026', 'a date in another form', { dates: 'dmy' }],
  ['date', '32.13.2026', 'a date in another form'],
  ['date', '24/11.2026', 'a date in another form', { dates: 'dmy' }],
  ['date', '11/24/2026 13:02 PM', 'a day or time that does not exist', { dates: 'mdy' }],
  ['date', '2026-02-30', 'a day or time that does not exist'],
  ['date', '2027-02-29', 'a day or time that does not exist'],
  ['date', '2026-13-01', 'a day or time that does not exist'],
  ['date', '2026-11-24T25:00:00Z', 'a day or time that does not exist'],
  ['date', '2026-11-24T09:60', 'a day or time that does not exist'],
  ['date', 'soon', 'a text'],
  ['kind', 'customer', 'a text'],
];

const hints: readonly (readonly [WordKind, string, string | undefined, Partial<ValueFormat>?])[] = [
  ['number', '12,50', 'set decimal: ","'],
  ['number', '12.50', 'set decimal: "."', { decimal: ',' }],
  ['number', 'many', undefined],
  ['date', '24.11.2026', 'set dates: dmy'],
  ['date', '11/24/2026', 'set dates: mdy'],
  ['date', '3/5/2026', 'set dates: dmy or dates: mdy'],
  ['date', '24.11.2026', 'set dates: dmy', { dates: 'mdy' }],
  ['date', 'soon', undefined],
];

const PLAIN: ValueFormat = { decimal: '.', dates: 'iso' };
const under = (format: Partial<ValueFormat> = {}): string =>
  Object.entries(format)
    .map(([name, value]) => `, with ${name} ${value}`)
    .join('');

describe('csv: what a cell may hold', () => {
  for (const [kind, cell, value, format] of good)
    it(`${kind}: ${cell} is ${JSON.stringify(value)}${under(format)}`, () => {
      expect(parseCell(kind, cell, { ...PLAIN, ...format })).to.equal(value);
    });

  for (const [kind, cell, got, format] of bad)
    it(`${kind}: ${cell.slice(0, 30)} is ${got}${under(format)}`, () => {
      expect(parseCell(kind, cell, { ...PLAIN, ...format })).to.have.property('got', got);
    });

  for (const [kind, cell, hint, format] of hints)
    it(`${kind}: ${cell} comes with ${hint ?? 'no hint'}${under(format)}`, () => {
      const problem = parseCell(kind, cell, { ...PLAIN, ...format });
      expect((problem as { hint?: string }).hint).to.equal(hint);
    });

  it('a problem never has the content of the cell in it', () => {
    const kinds = fc.constantFrom<WordKind>('number', 'boolean', 'date', 'kind');
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

  it('a number is read back from every way of writing it', () => {
    const number = fc.integer({ min: -999_999_999_999, max: 999_999_999_999 });
    const group = fc.constantFrom('', ',', '.', ' ', "'", '\u00a0', '\u202f');
    fc.assert(
      fc.property(number, fc.constantFrom('.', ','), group, (cents, decimal, separator) => {
        fc.pre(separator !== decimal);
        const whole = String(Math.trunc(Math.abs(cents) / 100));
        const digits = whole.replace(/\B(?=(?:\d{3})+$)/g, separator);
        const cell = `${cents < 0 ? '-' : ''}${digits}${decimal}${String(Math.abs(cents) % 100).padStart(2, '0')}`;
        expect(parseCell('number', cell, { decimal, dates: 'iso' })).to.equal(cents / 100 + 0);
      }),
    );
  });

  it('a day is read back from every way of writing it', () => {
    const days = fc.date({
      min: new Date('1970-01-01'),
      max: new Date('2069-12-31'),
      noInvalidDate: true,
    });
    const pad = fc.boolean();
    const form = fc.record({ order: fc.constantFrom('dmy', 'mdy'), pad, short: fc.boolean() });
    fc.assert(
      fc.property(
        days,
        form,
        fc.constantFrom('.', '/', '-'),
        (date, { order, pad, short }, sign) => {
          const iso = date.toISOString().slice(0, 10);
          const [year = '', month = '', day = ''] = iso.split('-');
          const [d, m] = pad ? [day, month] : [String(Number(day)), String(Number(month))];
          const parts = [...(order === 'dmy' ? [d, m] : [m, d]), short ? year.slice(2) : year];
          expect(parseCell('date', parts.join(sign), { decimal: '.', dates: order })).to.equal(iso);
        },
      ),
    );
  });

  it('whatever the cell, a value has the kind or a problem is reported', () => {
    const kinds = fc.constantFrom<WordKind>('number', 'boolean', 'date');
    const cell = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.,/: TZ+-]{1,24}$/));
    const format = fc.record<ValueFormat>({
      decimal: fc.constantFrom('.', ','),
      dates: fc.constantFrom('iso', 'dmy', 'mdy'),
    });
    fc.assert(
      fc.property(kinds, cell, format, (kind, text, how) => {
        const value = parseCell(kind, text, how);
        if (typeof value === 'object') return;
        expect(typeof value).to.equal(kind === 'date' ? 'string' : kind);
        if (kind === 'date') expect(Number.isNaN(Date.parse(String(value)))).to.equal(false);
      }),
    );
  });
});
