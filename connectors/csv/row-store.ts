/** How rows are kept: their cells as bytes outside of the heap, and which rows have which key. */

/** Between the cells of a row: the unit separator, which has no meaning for a reader. */
export const SEPARATOR = '\u001f';

const BLOCK_BYTES = 1 << 20;
/** Of one unit of UTF-16 in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Rows by their number, from 0. 200,000 rows as arrays of strings would take 200 MB and keep the garbage
 * collector busy; here they take what they take in the file.
 */
export class PackedRows {
  readonly #blocks: Buffer[] = [];
  /** Where each row begins and ends: the number of its block times the size of a block, plus the offset. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #free = 0;

  get length(): number {
    return this.#starts.length;
  }

  /** @param cells without {@link SEPARATOR}. */
  add(cells: readonly string[]): void {
    const text = cells.join(SEPARATOR);
    const maxBytes = text.length * MAX_BYTES_PER_UNIT;
    if (maxBytes > BLOCK_BYTES) throw new RangeError('The row is longer than a block');
    if ((this.#free % BLOCK_BYTES) + maxBytes > BLOCK_BYTES || this.#blocks.length === 0) {
      this.#free = this.#blocks.length * BLOCK_BYTES;
      this.#blocks.push(Buffer.allocUnsafeSlow(BLOCK_BYTES));
    }
    const block = this.#blocks.at(-1);
    const written = block?.write(text, this.#free % BLOCK_BYTES) ?? 0;
    this.#starts.push(this.#free);
    this.#free += written;
    this.#ends.push(this.#free);
  }

  /** @returns the cells; none for a row that does not exist. */
  get(row: number): readonly string[] {
    const [start, end] = [this.#starts[row], this.#ends[row]];
    if (start === undefined || end === undefined) return [];
    const block = Math.floor(start / BLOCK_BYTES);
    const offset = block * BLOCK_BYTES;
    const text = this.#blocks[block]?.toString('utf8', start - offset, end - offset) ?? '';
    return text.split(SEPARATOR);
  }
}

/** Keys and the rows that have them. Nearly every key has one row, which needs no array around it. */
export class RowIndex {
  readonly #rows = new Map<string, number | number[]>();

  keys(): Iterable<string> {
    return this.#rows.keys();
  }

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
