/** Reads values, which HubSpot sends as a text or null, and days in the account's time zone. */

export type Raw = string | null | undefined;

export function text(raw: Raw): string | null {
  return raw?.trim() ? raw : null;
}

export function fullName(first: Raw, last: Raw): string | null {
  return [first?.trim(), last?.trim()].filter(Boolean).join(' ') || null;
}

export function number(raw: Raw): number | null {
  if (!raw?.trim()) return null;
  const value = Number(raw);
  return Number.isFinite(value) ? value : null;
}

export function boolean(raw: Raw): boolean | null {
  return raw === 'true' ? true : raw === 'false' ? false : null;
}

/** @returns ISO 8601 with milliseconds, from that or from milliseconds since 1970, as old records have. */
export function dateTime(raw: Raw): string | null {
  const ms = toEpochMs(raw);
  return ms === null ? null : new Date(ms).toISOString();
}

/**
 * A day, of a value that may have a time. People pick days, but HubSpot keeps moments: a day picked in
 * HubSpot is one in the account's time zone, while programs write midnight UTC.
 * @param zone is called only if the day depends on it. Without a zone the moment is returned, whose day templates
 *   show in the tenant's zone.
 */
export function day(raw: Raw, zone?: () => TimeZone | undefined): string | null {
  if (raw && /^\d{4}-\d\d-\d\d$/.test(raw)) return raw;
  const ms = toEpochMs(raw);
  if (ms === null) return null;
  const utc = new Date(ms).toISOString();
  if (utc.endsWith('T00:00:00.000Z')) return utc.slice(0, 10);
  return zone?.()?.dateAt(ms) ?? utc;
}

/** @param properties of a contact. @returns the later of the two moments that HubSpot keeps. */
export function latestActivity(properties: Readonly<Record<string, Raw>>): string | null {
  const first = dateTime(properties['notes_last_updated']);
  const second = dateTime(properties['hs_last_sales_activity_timestamp']);
  return (first ?? '') > (second ?? '') ? first : second;
}

function toEpochMs(raw: Raw): number | null {
  if (!raw?.trim()) return null;
  if (/^-?\d{9,14}$/.test(raw)) return Number(raw);
  const ms = /^\d{4}-\d\d-\d\d/.test(raw) ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** Days in an account's time zone: HubSpot counts daily calls and shows dates by it. */
export interface TimeZone {
  /** @returns the date at that moment, such as `2026-11-24`. */
  dateAt(at: number): string;
  /** @returns the next midnight after that moment. */
  midnightAfter(at: number): number;
}

/**
 * Moments are milliseconds since 1970.
 * @param timeZone an IANA name, such as `Europe/Berlin`. @returns `undefined` for an unknown one.
 */
export function parseTimeZone(timeZone: string): TimeZone | undefined {
  try {
    // The locales are chosen for their forms: 2026-11-24 and 13:05:00.
    const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' });
    // Of the latest moment, since each request asks for it: the day's midnight stays the same.
    let known = { from: 0, midnight: 0 };
    return {
      dateAt: (at) => day.format(at),
      midnightAfter: (at) => {
        if (at >= known.from && at < known.midnight) return known.midnight;
        const guess = at + DAY_MS - sinceMidnight(at, clock);
        // A change to or from summer time in between puts the guess an hour off, to either side.
        const off = sinceMidnight(guess, clock);
        const midnight = off > DAY_MS / 2 ? guess + DAY_MS - off : guess - off;
        known = { from: at, midnight };
        return midnight;
      },
    };
  } catch {
    return undefined;
  }
}

/** Milliseconds since midnight by the wall clock. */
function sinceMidnight(at: number, clock: Intl.DateTimeFormat): number {
  const [hours = 0, minutes = 0, seconds = 0] = clock.format(at).split(':').map(Number);
  return (hours % 24) * HOUR_MS + minutes * 60_000 + seconds * 1_000 + (at % 1_000);
}
