import { expect } from 'chai';
import { instantIn } from '../../src/render/parse-date.ts';

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
