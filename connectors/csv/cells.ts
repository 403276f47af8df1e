/** What a cell may hold. An empty cell is an unknown value. */
import { toHttpUrl, type WordKind } from '../../src/connector/index.ts';

export type CellValue = string | number | boolean;

/** How a program writes numbers and dates. */
export interface ValueFormat {
  readonly decimal: '.' | ',';
  readonly dates: 'iso' | 'dmy' | 'mdy';
}

/** Why a cell cannot be read, without its content. */
export interface UnreadableCell {
  readonly expected: string;
  readonly got: string;
  /** The setting under which it could be read. */
  readonly hint?: string;
}

/**
 * What programs write into an empty cell, as they write it: a person may be called `Null` or `Nan`, and `NA` is a
 * country.
 */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  ...['null', 'NULL', '\\N', 'undefined', 'nan', 'NaN', '-', '--'],
  ...['n/a', 'N/A', '#n/a', '#N/A', '#NV'],
]);

/** @returns the cell; empty for a placeholder. */
export function withoutPlaceholder(cell: string): string {
  return cell.length < 10 && PLACEHOLDERS.has(cell) ? '' : cell;
}

const PLAIN: ValueFormat = { decimal: '.', dates: 'iso' };

/** @returns the value; `null` for the date `0/0/00`, with which Outlook says that there is none. */
export function parseCell(
  kind: WordKind,
  cell: string,
  format: ValueFormat = PLAIN,
): CellValue | null | UnreadableCell {
  if ((kind === 'date' || kind === 'text') && NO_DATE.test(cell)) return null;
  return PARSERS[kind](cell, format) ?? explain(kind, cell, format);
}

const PARSERS: Readonly<
  Record<WordKind, (cell: string, format: ValueFormat) => CellValue | undefined>
> = {
  text: (cell) => cell,
  number: (cell, { decimal }) => parseNumber(cell, decimal),
  boolean: (cell) => BOOLEANS.get(cell.toLowerCase()),
  date: (cell, { dates }) => parseDate(cell, dates),
  url: (cell) => toHttpUrl(cell) ?? undefined,
  kind: (cell) => ['contact', 'lead'].find((kind) => kind === cell.toLowerCase()),
};

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'y', 't', '1', 'ja', 'j', 'wahr'].map((word) => [word, true] as const),
  ...['false', 'no', 'n', 'f', '0', 'nein', 'falsch'].map((word) => [word, false] as const),
]);

/** Digits in one piece, or in groups of three with the same sign between them. */
const NUMBERS = {
  '.': /^[-+]?(?:\d+|\d{1,3}([,'’\s])\d{3}(?:\1\d{3})*)(?:\.\d+)?$/,
  ',': /^[-+]?(?:\d+|\d{1,3}([.'’\s])\d{3}(?:\1\d{3})*)(?:,\d+)?$/,
} as const;

function parseNumber(cell: string, decimal: '.' | ','): number | undefined {
  if (!NUMBERS[decimal].test(cell)) return undefined;
  const digits = decimal === '.' ? cell : cell.replaceAll('.', '').replace(',', '.');
  const number = Number(digits.replace(/[,'’\s]/g, ''));
  return Number.isFinite(number) ? number : undefined;
}

const NO_DATE = /^00?([./-])00?\1(?:00){1,2}$/;
const ISO_DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d{1,9})?))? ?(Z|[+-]\d\d:?\d\d)?)?$/;
const LOCAL_DATE =
  /^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*([ap])\.?m\.?)?)?$/i;

/**
 * A bare date stays one; a time becomes UTC. A time without a zone is taken for UTC, and midnight without one for
 * a bare date, since spreadsheets add it to dates.
 */
function parseDate(cell: string, dates: ValueFormat['dates']): string | undefined {
  const [, year = '', month = '', day = '', hour, minute = '0', second = '0', zone] =
    ISO_DATE.exec(cell) ?? [];
  if (year !== '') {
    const date = `${year}-${month}-${day}`;
    return withTime(date, hour === undefined ? undefined : [hour, minute, second], zone);
  }
  const local = dates === 'iso' ? null : LOCAL_DATE.exec(cell);
  if (local === null) return undefined;
  const [, first = '', , other = '', years = '', hours, minutes = '0', seconds = '0', half] = local;
  const [d, m] = dates === 'dmy' ? [first, other] : [other, first];
  const century = years.length === 4 ? '' : Number(years) < 70 ? '20' : '19';
  const date = `${century}${years}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
  if (hours === undefined) return withTime(date, undefined, undefined);
  const hourOf12 = (Number(hours) % 12) + (half?.toLowerCase() === 'p' ? 12 : 0);
  if (half !== undefined && (Number(hours) > 12 || hours === '0')) return undefined;
  return withTime(
    date,
    [String(half === undefined ? Number(hours) : hourOf12), minutes, seconds],
    undefined,
  );
}

function withTime(
  day: string,
  time: readonly [string, string, string] | undefined,
  zone: string | undefined,
): string | undefined {
  // `Date.parse` takes 30 February for 2 March.
  const midnight = Date.parse(day);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  if (time === undefined) return day;
  const [hour, minute, second] = time.map(Number) as [number, number, number];
  const [, sign, zoneHour, zoneMinute] = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '') ?? [];
  if (hour > 23 || minute > 59 || second >= 60 || Number(zoneMinute ?? 0) > 59) return undefined;
  if (zone === undefined && hour + minute + second === 0) return day;
  const offset = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * (sign === '-' ? -1 : 1);
  const ms = midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  return new Date(ms).toISOString();
}

const EXPECTED: Readonly<Record<WordKind, (format: ValueFormat) => string>> = {
  text: () => 'a text',
  number: ({ decimal }) => `a number such as 1234${decimal}50`,
  boolean: () => 'true or false (or yes, no, 1, 0)',
  date: ({ dates }) =>
    ({
      iso: 'a date such as 2026-11-24, or 2026-11-24T09:40:00Z',
      dmy: 'a date such as 24.11.2026, or 2026-11-24',
      mdy: 'a date such as 11/24/2026, or 2026-11-24',
    })[dates],
  url: () => 'an address that begins with https:// or http://',
  kind: () => 'contact or lead',
};

function explain(kind: WordKind, cell: string, format: ValueFormat): UnreadableCell {
  const hints: string[] = [];
  if (kind === 'number') {
    const decimal = format.decimal === '.' ? ',' : '.';
    if (parseNumber(cell, decimal) !== undefined) hints.push(`decimal: "${decimal}"`);
  } else if (kind === 'date') {
    for (const dates of ['dmy', 'mdy'] as const)
      if (parseDate(cell, dates) !== undefined) hints.push(`dates: ${dates}`);
  }
  const isInForm = format.dates !== 'iso' && hints.length === 0 && LOCAL_DATE.test(cell);
  const got = kind === 'date' && isInForm ? NO_DAY : describe(kind, cell);
  const problem = { expected: EXPECTED[kind](format), got };
  return hints.length === 0 ? problem : { ...problem, hint: `set ${hints.join(' or ')}` };
}

const NO_DAY = 'a day or time that does not exist';

/** What the cell looks like, without its content. */
function describe(kind: WordKind, cell: string): string {
  if (kind === 'number' && /^[-+]?\d+(?:[.,]\d+)?$/.test(cell) && cell.length > 300)
    return 'a number that is too large';
  if (kind === 'number' && /^[-+\d.,'’\s]*\d[.,\d]*$/.test(cell)) return 'a number in another form';
  if (kind === 'number' && /\d/.test(cell)) return 'a number with a unit, or a text';
  if (kind === 'date' && ISO_DATE.test(cell)) return NO_DAY;
  if (kind === 'date' && /^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}/.test(cell))
    return 'a date in another form';
  return 'a text';
}
