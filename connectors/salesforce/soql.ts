/** Writes SOQL. Values come in only through {@link quote}, {@link startsWith} and {@link endsWith}: jsforce does not escape backslashes. */

/** A SELECT but for what it selects from. */
export interface Select {
  readonly fields: readonly { readonly path: string }[];
  /** Records that belong to each row. */
  readonly children?: readonly (Select & { readonly relationship: string })[];
  readonly where?: string | undefined;
  readonly orderBy?: readonly string[];
  readonly limit: number;
}

/** @param from the object, or inside another SELECT the child relationship. */
export function toSoql(select: Select, from: string): string {
  const children = (select.children ?? []).map((child) => `(${toSoql(child, child.relationship)})`);
  const columns = [...select.fields.map(({ path }) => path), ...children];
  return [
    `SELECT ${columns.join(', ')} FROM ${from}`,
    select.where === undefined ? '' : `WHERE ${select.where}`,
    select.orderBy?.length ? `ORDER BY ${select.orderBy.join(', ')}` : '',
    `LIMIT ${select.limit}`,
  ]
    .filter((clause) => clause !== '')
    .join(' ');
}

/** A string literal that means exactly `value`. */
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
 * Half a surrogate pair cannot be percent-encoded, so it is escaped too.
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
