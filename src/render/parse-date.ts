/** Dates and times as CRMs write them: ISO 8601, with or without a time of day. */

/** `day`: a date without a time, `at` its first moment in UTC. Milliseconds since 1970. */
export interface Moment {
  readonly kind: 'day' | 'instant';
  readonly at: number;
}

const DAY = 86_400_000;

const DATE = /^\d{4}-\d{2}-\d{2}$/u;
const DATE_TIME =
  /^(?<date>\d{4}-\d{2}-\d{2})[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?$/iu;

/** A time without a zone is UTC. @returns `undefined` for anything but a date of the calendar. */
export function parseDate(value: unknown): Moment | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (DATE.test(text)) {
    const at = Date.parse(`${text}T00:00:00Z`);
    return isCalendarDate(text, at) ? { kind: 'day', at } : undefined;
  }
  const { date = '', time = '', zone = 'Z' } = DATE_TIME.exec(text)?.groups ?? {};
  if (!isCalendarDate(date, Date.parse(`${date}T00:00:00Z`))) return undefined;
  const at = Date.parse(`${date}T${time}${isoZone(zone)}`);
  return Number.isNaN(at) ? undefined : { kind: 'instant', at };
}

/** @returns the number of the calendar day that a moment has in a zone; a bare date has it everywhere. */
export function createCalendar(timeZone: string): (moment: Moment) => number {
  const format = new Intl.DateTimeFormat('en', {
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    timeZone,
  });
  return (moment) => {
    if (moment.kind === 'day') return moment.at / DAY;
    const parts = format.formatToParts(moment.at);
    const part = (type: string): number => Number(parts.find((p) => p.type === type)?.value);
    return Date.UTC(part('year'), part('month') - 1, part('day')) / DAY;
  };
}

/** The 30th of February is none. */
function isCalendarDate(date: string, at: number): boolean {
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}

/** Salesforce writes `+0000`, which Date does not always take. */
function isoZone(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.charAt(0)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
