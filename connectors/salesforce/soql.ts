/** Writes SOQL. Values come in only through {@link quote} and {@link startsWith}: jsforce's own escape leaves backslashes alone. */

/** A SELECT with what it needs, still to be written out. */
export interface Select {
  /** The object, or inside another SELECT the child relationship. */
  readonly from: string;
  readonly fields: readonly string[];
  readonly children?: readonly Select[];
  readonly where?: string | undefined;
  /** Such as `CloseDate DESC`. */
  readonly orderBy?: readonly string[];
  readonly limit: number;
}

export function write(select: Select): string {
  const columns = [
    ...select.fields,
    ...(select.children ?? []).map((child) => `(${write(child)})`),
  ].join(', ');
  return [
    `SELECT ${columns} FROM ${select.from}`,
    select.where === undefined ? '' : `WHERE ${select.where}`,
    select.orderBy?.length ? `ORDER BY ${select.orderBy.join(', ')}` : '',
    `LIMIT ${select.limit}`,
  ]
    .filter((clause) => clause !== '')
    .join(' ');
}

/** A string literal that means exactly `value`, whatever is in it. */
export function quote(value: string): string {
  return `'${escape(value)}'`;
}

/** `(…)` for IN. @param values at least one. */
export function quoteAll(values: readonly string[]): string {
  return `(${values.map(quote).join(', ')})`;
}

/** A LIKE pattern for what begins with `value`; `%` and `_` in it mean themselves. */
export function startsWith(value: string): string {
  return `'${escapeWildcards(value)}%'`;
}

/** A LIKE pattern for what ends with `value`. */
export function endsWith(value: string): string {
  return `'%${escapeWildcards(value)}'`;
}

function escapeWildcards(value: string): string {
  return escape(value).replace(/[%_]/g, '\\$&');
}

/**
 * The escapes of https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
 * Half a surrogate pair can't be percent-encoded, so it too is written as an escape.
 */
function escape(value: string): string {
  return value.replace(
    /[\\'\p{Cc}]|\p{Cs}/gu,
    (character) => NAMED[character] ?? `\\u${hex(character)}`,
  );
}

const NAMED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}
