/** Rows of a result, in plain values, bounded for each person before they take memory. */

/** What a column holds; `any` where the database does not say. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'date' | 'time' | 'any';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A text, a number, a boolean or null; several values are a list of texts. */
export type Value = string | number | boolean | null | readonly string[];

export interface Result {
  readonly columns: readonly Column[];
  /** Values in the order of the columns. */
  readonly rows: readonly (readonly Value[])[];
}

/** Columns that say whose row it is, folded. */
export const JOINS = ['key', 'contact.id', 'company.id'] as const;
export type Join = (typeof JOINS)[number];

/** Rows beyond this number with one key are cut; one more is kept, to show the cut. */
export const MAX_ROWS_PER_KEY = 200;
/** Of one statement, for whatever number of people. */
export const MAX_RESULT_BYTES = 16 * 1024 * 1024;
/** The rest of a longer text is not kept: answers show far less. */
const MAX_CELL_CHARS = 16_000;
/** Of a list in a cell. */
export const MAX_ELEMENTS = 500;

/**
 * @returns `add` takes rows as the driver gives them. A row with several keys counts for each, and is kept when one
 *   wants it. Without keys only the first rows are kept.
 */
export function collectRows(columns: readonly Column[]) {
  const keys = columns.flatMap(({ name }, at) => {
    return (JOINS as readonly string[]).includes(name.toLowerCase()) ? [at] : [];
  });
  const counts = new Map<string, number>();
  const rows: (readonly Value[])[] = [];
  let chars = 0;
  const isWanted = (key: string): boolean => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= MAX_ROWS_PER_KEY + 1;
  };
  return {
    add(raw: readonly unknown[]): void {
      const row = raw.map((value, at) => toValue(value, columns[at]?.type ?? 'any'));
      const found = keys.filter((at) => row[at] !== null).map((at) => `${at} ${String(row[at])}`);
      const wanted = found.map(isWanted);
      if (keys.length === 0 ? !isWanted('') : !wanted.includes(true)) return;
      rows.push(row);
      chars += row.reduce<number>((sum, value) => sum + String(value).length, 0);
    },
    /** Of what is kept. */
    get chars() {
      return chars;
    },
    result: (): Result => ({ columns, rows }),
  };
}

function toValue(raw: unknown, type: ColumnType): Value {
  if (raw === null || raw === undefined) return null;
  if (raw instanceof Uint8Array) {
    return type === 'boolean' || type === 'number' ? fromBits(raw, type) : utf8(raw);
  }
  if (type === 'boolean')
    return typeof raw === 'string' ? /^(?:t|true|1)$/i.test(raw) : Boolean(raw);
  if (typeof raw === 'bigint') return exactNumber(String(raw));
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : null;
  if (typeof raw === 'string') return fromText(cut(raw), type);
  if (Array.isArray(raw)) return raw.slice(0, MAX_ELEMENTS).map(String);
  return typeof raw === 'boolean' ? raw : cut(JSON.stringify(raw));
}

/** The beginning of a text that is kept. */
export function cut(text: string): string {
  return text.slice(0, MAX_CELL_CHARS);
}

function fromText(text: string, type: ColumnType): Value {
  if (type === 'number') return exactNumber(text);
  if (type === 'date') return text.startsWith('0000-') ? null : text;
  return type === 'time' ? isoTime(text) : text;
}

/** Integers beyond 2^53 stay exact as text; there is no number that is not one. */
function exactNumber(text: string): number | string | null {
  const number = Number(text);
  if (!Number.isFinite(number)) return null;
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? text : number;
}

function fromBits(bits: Uint8Array, type: 'boolean' | 'number'): Value {
  const text = BigInt(`0x${Buffer.from(bits).toString('hex')}`).toString();
  return type === 'boolean' ? text !== '0' : exactNumber(text);
}

/** Some functions of a database give bytes for a text. */
function utf8(bytes: Uint8Array): string | null {
  try {
    // A character that the cut divides is left out.
    const options = { stream: bytes.length > MAX_CELL_CHARS };
    const decoder = new TextDecoder('utf-8', { fatal: true });
    return decoder.decode(bytes.subarray(0, MAX_CELL_CHARS), options);
  } catch {
    return null;
  }
}

/**
 * @param text such as `2026-11-24 09:40:00.123456+02`; without a zone it is UTC.
 * @returns ISO 8601 in UTC; another text as it is; `null` for MySQL's `0000-00-00 00:00:00`.
 */
export function isoTime(text: string): string | null {
  const [, day, time, ms = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(\.\d{1,3})?\d*(Z|[+-]\d\d(?::\d\d)?)?$/.exec(
      text,
    ) ?? [];
  if (day === undefined || time === undefined) return text;
  const parsed = new Date(`${day}T${time}${ms}${/^.\d\d$/.test(zone) ? `${zone}:00` : zone}`);
  if (Number.isNaN(parsed.getTime())) return day.startsWith('0000-') ? null : text;
  return parsed.toISOString();
}
