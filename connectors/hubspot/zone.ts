/** Days in an account's time zone: HubSpot counts daily calls and shows dates by it. */

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

export interface Zone {
  /** @returns the date at that moment, such as `2026-11-24`. */
  dateAt(at: number): string;
  /** @returns the next midnight after that moment. */
  midnightAfter(at: number): number;
}

/**
 * Moments are milliseconds since 1970.
 * @param timeZone an IANA name, such as `Europe/Berlin`. @returns `undefined` for an unknown one.
 */
export function zone(timeZone: string): Zone | undefined {
  try {
    // The locales are chosen for their forms: 2026-11-24 and 13:05:00.
    const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' });
    return {
      dateAt: (at) => day.format(at),
      midnightAfter: (at) => {
        const guess = at + DAY - sinceMidnight(at, clock);
        // A change to or from summer time in between puts the guess an hour off, to either side.
        const off = sinceMidnight(guess, clock);
        return off > DAY / 2 ? guess + DAY - off : guess - off;
      },
    };
  } catch {
    return undefined;
  }
}

/** Milliseconds since midnight by the wall clock. */
function sinceMidnight(at: number, clock: Intl.DateTimeFormat): number {
  const [hours = 0, minutes = 0, seconds = 0] = clock.format(at).split(':').map(Number);
  return (hours % 24) * HOUR + minutes * 60_000 + seconds * 1_000 + (at % 1_000);
}
