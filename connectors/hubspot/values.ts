/** HubSpot sends every value as a text or null; these read them. */
import type { TimeZone } from './account.ts';

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
 */
export function day(raw: Raw, zone: TimeZone | undefined): string | null {
  if (raw && /^\d{4}-\d\d-\d\d$/.test(raw)) return raw;
  const ms = toEpochMs(raw);
  if (ms === null) return null;
  const utc = new Date(ms).toISOString();
  return zone === undefined || utc.endsWith('T00:00:00.000Z') ? utc.slice(0, 10) : zone.dateAt(ms);
}

/** @returns the later of two moments. */
export function latest(a: Raw, b: Raw): string | null {
  const [first, second] = [dateTime(a), dateTime(b)];
  return (first ?? '') > (second ?? '') ? first : second;
}

function toEpochMs(raw: Raw): number | null {
  if (!raw?.trim()) return null;
  if (/^-?\d{9,14}$/.test(raw)) return Number(raw);
  const ms = /^\d{4}-\d\d-\d\d/.test(raw) ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
