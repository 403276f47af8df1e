import { expect } from 'chai';
import fc from 'fast-check';
import { createFormats } from '../../src/render/format.ts';
import { BERLIN } from '../support/views.ts';

const NOW = '2026-11-24T13:05:00.000Z';

describe('formats', () => {
  const formats = createFormats(BERLIN);
  const german = createFormats({ ...BERLIN, locale: 'de-DE' });
  const newYork = createFormats({ ...BERLIN, locale: 'en-US', timeZone: 'America/New_York' });

  describe('money', () => {
    it("uses the tenant's currency when none is named", () => {
      expect(formats.money(84000)).to.equal('EUR 84,000');
      expect(formats.money(84000, null)).to.equal('EUR 84,000');
    });

    it('shows a number when no currency is known', () => {
      const unknown = { ...BERLIN, currency: undefined };
      expect(createFormats(unknown).money(1234.5)).to.equal('1,234.50');
      expect(createFormats({ ...unknown, locale: 'de-DE' }).money(84000, ' ')).to.equal('84.000');
      expect(createFormats(unknown).money(84000, 'USD')).to.equal('USD 84,000');
    });

    it('uses the currency that is named', () => {
      expect(formats.money(9500, 'USD')).to.equal('USD 9,500');
      expect(formats.money(9500, ' usd ')).to.equal('USD 9,500');
    });

    it('shows decimals only when there are any, as many as the currency has', () => {
      expect(formats.money(1200.5)).to.equal('EUR 1,200.50');
      expect(formats.money(1200.5, 'JPY')).to.equal('JPY 1,201');
      expect(formats.money(-0.25, 'KWD')).to.equal('-KWD 0.250');
    });

    it('writes as the locale does, with plain blanks', () => {
      expect(german.money(84000.5)).to.equal('84.000,50 EUR');
      expect(createFormats({ ...BERLIN, locale: 'fr-FR' }).money(84000)).to.equal('84 000 EUR');
    });

    it('writes an unknown currency behind the number', () => {
      expect(formats.money(1200, 'XQZ')).to.equal('1,200 XQZ');
      expect(formats.money(1200, 'points')).to.equal('1,200 points');
    });

    it('writes an amount whose currency is not known as a number, whatever the tenant has', () => {
      expect(formats.money(1200.5, 'XXX')).to.equal('1,200.50');
      expect(formats.money(1200, ' xxx ')).to.equal('1,200');
      expect(formats.currency(' xxx ')).to.equal('XXX');
    });

    it('reads a number that is written as a text', () => {
      expect(formats.money('84000.00')).to.equal('EUR 84,000');
    });

    it('leaves what is not a number as it is', () => {
      expect(formats.money('about 5')).to.equal('about 5');
      expect(formats.money(null)).to.equal(null);
      expect(formats.money('')).to.equal('');
      expect(formats.money('1e999')).to.equal('1e999');
    });
  });

  describe('currency', () => {
    it('is the one that money prints', () => {
      const unknown = createFormats({ ...BERLIN, currency: undefined });
      for (const named of ['EUR', ' usd ', 'points', ' XQZ', '', ' ', null, 7]) {
        for (const each of [formats, unknown]) {
          const printed = String(each.money(1, named)).replace(/ ?\b1\b ?/u, '');
          expect(each.currency(named) ?? '', JSON.stringify(named)).to.equal(printed);
        }
      }
    });
  });

  describe('number', () => {
    it('groups digits', () => {
      expect(formats.number(1234567.891)).to.equal('1,234,567.891');
      expect(german.number(1234567.5)).to.equal('1.234.567,5');
    });

    it('takes how many decimals there are to be', () => {
      expect(formats.number(1234.5, 2)).to.equal('1,234.50');
      expect(formats.number(1234.5, 0)).to.equal('1,235');
      expect(formats.number(1, 'many')).to.equal('1');
      expect(formats.number(1, -1)).to.equal('1');
    });

    it('leaves what is not a number as it is', () => {
      expect(formats.number('250+')).to.equal('250+');
      expect(formats.number(undefined)).to.equal(undefined);
    });
  });

  describe('day', () => {
    it('does not shift a bare date', () => {
      expect(formats.day('2026-03-30')).to.equal('30 Mar 2026');
      expect(newYork.day('2026-03-30')).to.equal('Mar 30, 2026');
    });

    it("gives a moment the day it has in the tenant's zone", () => {
      expect(formats.day('2026-03-30T23:30:00Z')).to.equal('31 Mar 2026');
      expect(newYork.day('2026-03-31T01:00:00Z')).to.equal('Mar 30, 2026');
    });

    it("reads the CRMs' ways of writing a moment", () => {
      for (const moment of [
        '2026-03-30T23:30:00.000+0000',
        '2026-03-30T23:30:00+00:00',
        '2026-03-30 23:30',
        '2026-03-31T01:30:00+02',
      ]) {
        expect(formats.day(moment), moment).to.equal('31 Mar 2026');
      }
    });

    it('takes a length', () => {
      expect(formats.day('2026-03-30', 'short')).to.equal('30/03/2026');
      expect(formats.day('2026-03-30', 'long')).to.equal('30 March 2026');
      expect(formats.day('2026-03-30', 'full')).to.match(/^Monday,? 30 March 2026$/u);
      expect(formats.day('2026-03-30', 'tiny')).to.equal('30 Mar 2026');
    });

    it('leaves what is not a date as it is', () => {
      for (const value of ['soon', '2026-02-30', '2026-13-01', '2026-03-30T25:00', '', null, 5]) {
        expect(formats.day(value)).to.equal(value);
      }
    });
  });

  describe('time', () => {
    it('shows hours and minutes with the zone', () => {
      expect(formats.time('2026-11-24T13:05:00.000Z')).to.equal('14:05 CET');
      expect(formats.time('2026-07-24T13:05:00.000Z')).to.equal('15:05 CEST');
      expect(newYork.time('2026-11-24T13:05:00.000Z')).to.equal('08:05 AM EST');
    });

    it('leaves a bare date as it is', () => {
      expect(formats.time('2026-11-24')).to.equal('2026-11-24');
    });
  });

  describe('ago', () => {
    const rows: readonly (readonly [string, string])[] = [
      ['2026-11-24T13:04:30.000Z', 'now'],
      ['2026-11-24T13:03:00.000Z', '2 minutes ago'],
      ['2026-11-24T10:00:00.000Z', '3 hours ago'],
      ['2026-11-24T15:06:00.000Z', 'in 2 hours'],
      ['2026-11-23T12:00:00.000Z', 'yesterday'],
      ['2026-11-22T23:30:00.000Z', 'yesterday'],
      ['2026-11-22T15:00:00.000Z', '2 days ago'],
      ['2026-11-22', '2 days ago'],
      ['2026-11-24', 'today'],
      ['2026-11-25', 'tomorrow'],
      ['2026-11-27', 'in 3 days'],
      ['2026-10-25', '30 days ago'],
      ['2026-10-24', '1 month ago'],
      ['2026-05-24', '6 months ago'],
      ['2025-11-25', '11 months ago'],
      ['2025-11-24', '1 year ago'],
      ['2029-11-24', 'in 3 years'],
    ];
    for (const [value, expected] of rows) {
      it(`says "${expected}" for ${value}`, () => {
        expect(formats.ago(value, NOW)).to.equal(expected);
      });
    }

    it('counts days of the calendar in the zone', () => {
      // 23:30 in New York on the 23rd is the 24th in UTC.
      expect(newYork.ago('2026-11-23', '2026-11-24T04:30:00Z')).to.equal('today');
    });

    it('property: says the same until the time that it names', () => {
      const time = fc.date({
        min: new Date('2025-01-01'),
        max: new Date('2027-12-31'),
        noInvalidDate: true,
      });
      const near = fc.integer({ min: -100, max: 100 });
      const zones = [formats, newYork];
      fc.assert(
        fc.property(
          time,
          near,
          fc.boolean(),
          fc.integer({ min: 0, max: 999 }),
          fc.constantFrom(...zones),
          (now, hours, isDay, share, zone) => {
            const at = new Date(now.getTime() + hours * 3_600_000 + share * 7001).toISOString();
            const value = isDay ? at.slice(0, 'YYYY-MM-DD'.length) : at;
            let until = Infinity;
            const said = zone.ago(
              value,
              now.toISOString(),
              (end) => (until = Math.min(until, end)),
            );
            expect(until).to.be.greaterThan(now.getTime());
            for (const part of [share / 1000, 1]) {
              const later = Math.floor(now.getTime() + (until - 1 - now.getTime()) * part);
              expect(zone.ago(value, new Date(later).toISOString())).to.equal(said);
            }
          },
        ),
        { numRuns: 500 },
      );
    });

    it('speaks the language of the locale', () => {
      expect(german.ago('2026-11-22', NOW)).to.equal('vorgestern');
      expect(german.ago('2026-11-20', NOW)).to.equal('vor 4 Tagen');
    });

    it('leaves what is not a date as it is', () => {
      expect(formats.ago('last week', NOW)).to.equal('last week');
      expect(formats.ago('2026-11-22', 'whenever')).to.equal('2026-11-22');
    });
  });

  describe('the end of a day', () => {
    const rows: readonly (readonly [string, string, string])[] = [
      ['in winter', '2026-11-24T13:05:30.250Z', '2026-11-24T23:00:00.000Z'],
      ['when clocks go back', '2026-10-25T00:30:00.000Z', '2026-10-25T22:00:00.000Z'],
      ['when clocks go forward', '2026-03-29T00:30:00.000Z', '2026-03-29T22:00:00.000Z'],
    ];
    for (const [when, now, end] of rows) {
      it(`is at midnight in the zone or a little before, ${when}`, () => {
        const found = formats.endOfDay(now);
        expect(found).to.be.within(Date.parse(end) - 3_600_000, Date.parse(end));
        if (when === 'in winter') expect(found).to.equal(Date.parse(end));
      });
    }
  });

  it('never throws and never prints null, undefined or NaN', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (value, option) => {
        const results = [
          formats.money(value, option),
          formats.number(value, option),
          formats.day(value, option),
          formats.time(value),
          formats.ago(value, NOW),
        ];
        for (const result of results) {
          if (!Object.is(result, value)) expect(result).to.not.match(/NaN|Invalid|undefined|null/u);
        }
      }),
    );
  });
});
