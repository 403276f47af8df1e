/** Reads Salesforce's rows strictly: a value of another type than the field has is `bad_response`. */
import {
  ConnectorError,
  type FieldValue,
  type Fields,
  type Owner,
} from '../../src/connector/index.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Rows {
  readonly rows: readonly Row[];
  /** Salesforce has no more of them. */
  readonly done: boolean;
}

/** Salesforce's own limit; what is done with rows has no other bound. */
const MAX_ROWS = 2000;

/** @param body the response of a query. @throws {ConnectorError} also for more rows than Salesforce sends at once. */
export function parseRows(body: unknown, what: string): Rows {
  const { records, done } = Object(body) as { records?: unknown; done?: unknown };
  if (!Array.isArray(records) || typeof done !== 'boolean') throw unexpectedType(what, 'rows');
  if (records.length > MAX_ROWS) throw unexpectedType(what, `${MAX_ROWS} rows or fewer`);
  return { rows: records.map((record: unknown) => asRow(record, what)), done };
}

/** The records of a child relationship; none when it is null or was not requested. */
export function childRows(row: Row, relationship: string): Rows {
  const value = row[relationship];
  return value == null ? { rows: [], done: true } : parseRows(value, relationship);
}

/** The row with the child records of another row of the same record added to its own. */
export function withRows(row: Row, relationship: string, other: Row | undefined): Row {
  if (other === undefined) return row;
  const own = childRows(row, relationship);
  const records = [...own.rows, ...childRows(other, relationship).rows];
  return { ...row, [relationship]: { records, done: own.done } };
}

/** The row of a parent record. */
export function parentRow(row: Row, relationship: string): Row | undefined {
  const value = row[relationship];
  return value == null ? undefined : asRow(value, relationship);
}

export function idOf(row: Row): string {
  const id = text(row, 'Id');
  if (id === null) throw unexpectedType('Id', 'a text');
  return id;
}

/** An empty text is null. */
export function text(row: Row, field: string): string | null {
  const value = row[field];
  if (value == null || value === '') return null;
  if (typeof value !== 'string') throw unexpectedType(field, 'a text');
  return value;
}

export function number(row: Row, field: string): number | null {
  const value = row[field];
  if (value == null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unexpectedType(field, 'a number');
  return value;
}

export function boolean(row: Row, field: string): boolean | null {
  const value = row[field];
  if (value == null) return null;
  if (typeof value !== 'boolean') throw unexpectedType(field, 'true or false');
  return value;
}

/** `2026-11-24` stays; `2026-11-24T09:40:00.000+0000` becomes `2026-11-24T09:40:00.000Z`. */
export function date(row: Row, field: string): string | null {
  const value = text(row, field);
  if (value === null || /^\d{4}-\d\d-\d\d$/.test(value)) return value;
  const time = new Date(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (Number.isNaN(time.getTime())) throw unexpectedType(field, 'a date');
  return time.toISOString();
}

/** A user, or a queue, which has no address. */
export function ownerOf(row: Row): Owner | null {
  const owner = parentRow(row, 'Owner');
  if (owner === undefined) return null;
  const found = { name: text(owner, 'Name'), email: text(owner, 'Email') };
  return found.name === null && found.email === null ? null : found;
}

/**
 * The fields of the settings, under the names used there. What was omitted is absent. Salesforce returns a name in
 * its own case, not in that of the statement; each record is read once, however many fields are wanted of it.
 */
export function customFields(row: Row, names: readonly string[]): Fields {
  const byLowerCase = new Map<object, ReadonlyMap<string, unknown>>();
  const valueAt = (value: unknown, [part, ...rest]: readonly string[]): unknown => {
    if (part === undefined || value == null) return value;
    if (typeof value !== 'object') return undefined;
    const record = byLowerCase.get(value) ?? lowerCased(value);
    byLowerCase.set(value, record);
    return valueAt(record.get(part), rest);
  };
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = valueAt(row, name.toLowerCase().split('.'));
      return value === undefined ? [] : [[name, toFieldValue(value)]];
    }),
  );
}

function lowerCased(record: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Addresses and geolocations are objects: their values become one text. */
function toFieldValue(value: unknown): FieldValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (typeof value !== 'object' || value === null) return null;
  const parts = Object.values(value).filter(
    (part) => typeof part === 'string' || typeof part === 'number',
  );
  return parts.length === 0 ? null : parts.join(', ');
}

function asRow(value: unknown, what: string): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  throw unexpectedType(what, 'a record');
}

function unexpectedType(what: string, expected: string): ConnectorError {
  return new ConnectorError('bad_response', `Salesforce, ${what}: the response is not ${expected}`);
}
