/** Keys and the rows that bear them. Nearly every key has one row, which needs no array around it. */
export class RowIndex {
  readonly #rows = new Map<string, number | number[]>();

  /** How many different keys there are. */
  get size(): number {
    return this.#rows.size;
  }

  add(key: string, row: number): void {
    const known = this.#rows.get(key);
    if (known === undefined) this.#rows.set(key, row);
    else if (typeof known === 'number') this.#rows.set(key, [known, row]);
    else known.push(row);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** @returns the rows in the order of the file. */
  get(key: string): readonly number[] {
    const rows = this.#rows.get(key);
    return rows === undefined ? [] : typeof rows === 'number' ? [rows] : rows;
  }
}
