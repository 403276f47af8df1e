/** The account that the records belong to: links, currency, days in its time zone. */
import { objectTypes, type AccountDetails, type ObjectType } from './responses.ts';

export interface Account {
  readonly portalId: string;
  /** Such as `app-eu1.hubspot.com`. */
  readonly uiDomain: string | undefined;
  /** The currency of amounts that name none. */
  readonly currency: string | undefined;
  readonly zone: TimeZone | undefined;
}

/** The domain becomes part of links, so it must look like one. */
export function toAccount(details: AccountDetails): Account {
  const { portalId, timeZone, companyCurrency, uiDomain } = details;
  return {
    portalId,
    uiDomain: uiDomain && /^[a-z0-9.-]+$/i.test(uiDomain) ? uiDomain : undefined,
    currency: companyCurrency ?? undefined,
    zone: timeZone ? parseTimeZone(timeZone) : undefined,
  };
}

/** @returns the address of a record in HubSpot, when the account is known. */
export function recordUrl(
  account: Account | undefined,
  type: ObjectType,
  id: string,
): string | undefined {
  if (account?.uiDomain === undefined) return undefined;
  const { uiDomain, portalId } = account;
  return `https://${uiDomain}/contacts/${portalId}/record/${objectTypes[type]}/${id}`;
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
    return {
      dateAt: (at) => day.format(at),
      midnightAfter: (at) => {
        const guess = at + DAY_MS - sinceMidnight(at, clock);
        // A change to or from summer time in between puts the guess an hour off, to either side.
        const off = sinceMidnight(guess, clock);
        return off > DAY_MS / 2 ? guess + DAY_MS - off : guess - off;
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
