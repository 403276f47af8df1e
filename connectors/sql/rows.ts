/** Rows of a result, bounded for each person before they take memory. */

/** Rows as the driver gives them, values in the order of the columns. */
export type Row = readonly unknown[];

export interface Column {
  readonly name: string;
  /** The database's word for its type, in lower case; for `check --live`. */
  readonly type: string;
}

export interface Result {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** More rows than this with the same key are cut; one further row is kept, so that the cut shows. */
export const MAX_ROWS_PER_KEY = 200;

/**
 * @param columns their names, in order.
 * @param joins lower-case names of the columns that say whose row it is.
 * @returns whether a row is to be kept. A row with several keys counts for each of them.
 */
export function rowFilter(
  columns: readonly string[],
  joins: readonly string[],
): (row: Row) => boolean {
  const keys = columns.flatMap((name, at) => (joins.includes(name.toLowerCase()) ? [at] : []));
  const counts = new Map<string, number>();
  return (row) => {
    let isWanted = keys.length === 0;
    for (const at of keys) {
      const value = row[at];
      if (value === null || value === undefined) continue;
      const key = `${at} ${JSON.stringify(value)}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      isWanted ||= count <= MAX_ROWS_PER_KEY + 1;
    }
    return isWanted;
  };
}
