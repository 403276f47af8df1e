import { expect } from 'chai';
import { parseTimeZone } from '../../../connectors/hubspot/account.ts';

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
