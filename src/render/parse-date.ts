/** Dates and times as CRMs write them: ISO 8601, with or without a time of day. */

/** `day`: a date without a time, `at` its first moment in UTC. Milliseconds since 1970. */
export interface Moment {
  readonly kind: 'day' | 'instant';
  readonly at: number;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/u;
/** Date, time and zone. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?$/iu;

/** A time without a zone is UTC. @returns `undefined` for anything but a date of the calendar. */
export function parseDate(value: unknown): Moment | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (DATE.test(text)) {
    const at = startOfDay(text);
    return at === undefined ? undefined : { kind: 'day', at };
  }
  const [, date, time = '', zone = 'Z'] = DATE_TIME.exec(text) ?? [];
  if (date === undefined || startOfDay(date) === undefined) return undefined;
  const at = Date.parse(`${date}T${time}${isoZone(zone)}`);
  return Number.isNaN(at) ? undefined : { kind: 'instant', at };
}

/** When it is that time in a zone, in milliseconds since 1970, unless the text names another zone. @throws {RangeError} for no date. */
export function instantIn(timeZone: string, text: string): number {
  const moment = parseDate(text);
  if (moment === undefined) throw new RangeError('not a date');
  const zone = DATE_TIME.exec(text.trim())?.[3];
  if (zone !== undefined) return moment.at;
  const wallClock = createWallClock(timeZone);
  const offsetAt = (at: number) => wallClock(at) - Math.floor(at / 1000) * 1000;
  // The offset at that time in UTC may be that of the other side of a change of clocks.
  const near = moment.at - offsetAt(moment.at);
  return moment.at - offsetAt(near);
}

/** What a clock on the wall of a zone shows at a moment, as if it were UTC; whole seconds. */
export function createWallClock(timeZone: string): (at: number) => number {
  // Sweden writes 2026-11-24 14:05:00.
  const style = { dateStyle: 'short', timeStyle: 'medium', timeZone } as const;
  const format = new Intl.DateTimeFormat('sv-SE', style);
  return (at) => {
    const parts = format.format(at).match(/\d+/gu) ?? [];
    const [year = 0, month = 1, day, hour, minute, second] = parts.map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** In UTC. @returns `undefined` for a date that does not exist, such as the 30th of February. */
function startOfDay(date: string): number | undefined {
  // Without a time, V8 reads 0012-25-25 as the 25th of December 2025.
  const at = Date.parse(`${date}T00:00:00Z`);
  return new Date(at).getUTCDate() === Number(date.slice(8)) ? at : undefined;
}

/** Salesforce writes `+0000`, which Date does not always take. */
function isoZone(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
