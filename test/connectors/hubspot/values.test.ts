import { expect } from 'chai';
import fc from 'fast-check';
import {
  boolean,
  dateTime,
  day,
  latestActivity,
  number,
  parseTimeZone,
  text,
  type Raw,
} from '../../../connectors/hubspot/values.ts';

const absent = [null, undefined, '', ' '];

describe('hubspot: values', () => {
  it('what is empty is nothing', () => {
    for (const raw of absent)
      expect([text(raw), number(raw), boolean(raw), dateTime(raw), day(raw)]).to.deep.equal([
        null,
        null,
        null,
        null,
        null,
      ]);
  });

  it('no text makes a number, a date or a day that is none', () => {
    fc.assert(
      fc.property(fc.string(), (raw) => {
        const value = number(raw);
        expect(value === null || Number.isFinite(value)).to.equal(true);
        const moment = dateTime(raw);
        expect(moment === null || !Number.isNaN(Date.parse(moment))).to.equal(true);
        expect(day(raw) ?? '2026-01-01').to.match(/^\d{4}-\d\d-\d\d(T|$)/);
      }),
    );
  });

  it('numbers are written as texts', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(number(`${value}`)).to.equal(Number(`${value}`));
      }),
    );
    expect([number('12 EUR'), number('1,5'), number('Infinity'), number('1e400')]).to.deep.equal([
      null,
      null,
      null,
      null,
    ]);
  });

  it('only true and false are true and false', () => {
    expect([boolean('true'), boolean('false'), boolean('TRUE'), boolean('1')]).to.deep.equal([
      true,
      false,
      null,
      null,
    ]);
  });

  it('moments come with milliseconds, without, or as milliseconds since 1970', () => {
    expect(dateTime('2026-11-24T09:40:00Z')).to.equal('2026-11-24T09:40:00.000Z');
    expect(dateTime('2026-11-24T09:40:00.123Z')).to.equal('2026-11-24T09:40:00.123Z');
    expect(dateTime('1795513200000')).to.equal('2026-11-24T09:40:00.000Z');
    expect([dateTime('5'), dateTime('tomorrow'), dateTime('2026-13-45T00:00:00Z')]).to.deep.equal([
      null,
      null,
      null,
    ]);
  });

  it('a day stays a day; midnight UTC is that day; another moment is the day in the account’s zone', () => {
    const zone = (name: string) => () => parseTimeZone(name);
    const [berlin, newYork] = [zone('Europe/Berlin'), zone('America/New_York')];
    expect(day('2026-12-15', newYork)).to.equal('2026-12-15');
    expect(day('2026-12-15T00:00:00Z', newYork)).to.equal('2026-12-15');
    expect(day('2026-12-15T23:30:00Z', berlin)).to.equal('2026-12-16');
    expect(day('2026-12-15T03:00:00Z', newYork)).to.equal('2026-12-14');
  });

  it('a day without a zone is the moment itself; the zone is asked for only where the day depends on it', () => {
    for (const zone of [undefined, () => undefined])
      expect(day('2026-12-15T23:30:00Z', zone)).to.equal('2026-12-15T23:30:00.000Z');
    const never = () => expect.fail('the zone is asked for');
    expect(day('2026-12-15', never)).to.equal('2026-12-15');
    expect(day('2026-12-15T00:00:00Z', never)).to.equal('2026-12-15');
    expect(day('', never)).to.equal(null);
  });

  it('of two moments the later counts', () => {
    const latest = (notes_last_updated: Raw, hs_last_sales_activity_timestamp: Raw) =>
      latestActivity({ notes_last_updated, hs_last_sales_activity_timestamp });
    expect(latest('2026-11-24T09:40:00Z', '2026-11-24T09:40:00.001Z')).to.equal(
      '2026-11-24T09:40:00.001Z',
    );
    expect(latest(null, '2026-11-24T09:40:00Z')).to.equal('2026-11-24T09:40:00.000Z');
    expect(latest('', undefined)).to.equal(null);
  });
});

describe('hubspot: an account’s day', () => {
  for (const [name, now, midnight] of [
    ['UTC', '2026-11-24T09:40:00.500Z', '2026-11-25T00:00:00.000Z'],
    ['Europe/Berlin', '2026-11-24T09:40:00.000Z', '2026-11-24T23:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-24T09:40:00.000Z', '2026-11-25T08:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-24T09:40:00.000Z', '2026-11-24T18:15:00.000Z'],
    // The day that summer time begins has 23 hours, the one that it ends has 25.
    ['Europe/Berlin', '2026-03-28T23:30:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-24T22:30:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['America/New_York', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    // At midnight itself, the next one.
    ['Europe/Berlin', '2026-11-24T23:00:00.000Z', '2026-11-25T23:00:00.000Z'],
  ] as const)
    it(`in ${name}, the one of ${now} ends at ${midnight}`, () => {
      const end = parseTimeZone(name)?.midnightAfter(Date.parse(now)) ?? Number.NaN;
      expect(new Date(end).toISOString()).to.equal(midnight);
    });

  it('an unknown zone has none', () => {
    expect(parseTimeZone('Mars/Olympus')).to.be.undefined;
    expect(parseTimeZone('')).to.be.undefined;
  });
});
