import { expect } from 'chai';
import fc from 'fast-check';
import { instantIn, parseDate } from '../../src/render/parse-date.ts';

describe('a time in a zone', () => {
  const rows: readonly (readonly [text: string, timeZone: string, instant: string])[] = [
    ['2026-11-24T14:05', 'Europe/Berlin', '2026-11-24T13:05:00.000Z'],
    ['2026-07-24 14:05', 'Europe/Berlin', '2026-07-24T12:05:00.000Z'],
    ['2026-07-24', 'America/New_York', '2026-07-24T04:00:00.000Z'],
    ['2026-11-24T14:05Z', 'Europe/Berlin', '2026-11-24T14:05:00.000Z'],
    ['2026-11-24T14:05+02:00', 'Asia/Tokyo', '2026-11-24T12:05:00.000Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['2026-10-25T03:30', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
  ];
  for (const [text, timeZone, instant] of rows) {
    it(`${text} in ${timeZone} is ${instant}`, () => {
      expect(new Date(instantIn(timeZone, text)).toISOString()).to.equal(instant);
    });
  }
});

describe('a date', () => {
  const digits = (count: number) => (value: number) => String(value).padStart(count, '0');
  const year = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9999 }));
  const twoDigits = fc.oneof(fc.integer({ min: 0, max: 35 }), fc.integer({ min: 0, max: 99 }));

  it('is one only when it is in the calendar', () => {
    fc.assert(
      fc.property(year, twoDigits, twoDigits, (y, month, day) => {
        const text = [digits(4)(y), digits(2)(month), digits(2)(day)].join('-');
        const calendar = new Date(0);
        calendar.setUTCFullYear(y, month - 1, day);
        const exists = calendar.toISOString().startsWith(text);
        const at = exists ? calendar.getTime() : undefined;
        expect(parseDate(text)?.at).to.equal(at);
        expect(parseDate(`${text}T00:00Z`)?.at).to.equal(at);
      }),
      {
        examples: [
          [12, 25, 25],
          [1, 13, 13],
          [4, 14, 14],
          [2026, 2, 30],
        ],
        numRuns: 1000,
      },
    );
  });
});
