/**
 * Rows of cells, as bytes outside of the heap. 200,000 rows as arrays of strings would take 200 MB and
 * keep the garbage collector busy; here they take what they take in the file.
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

  /** @param cells without {@link separator}. */
  add(cells: readonly string[]): void {
    const text = cells.join(separator);
    const longest = text.length * 3; // UTF-8 has at most three bytes for a unit of UTF-16
    if (longest > blockSize) throw new RangeError('The row is longer than a block');
    if ((this.#free % blockSize) + longest > blockSize || this.#blocks.length === 0) {
      this.#free = this.#blocks.length * blockSize;
      this.#blocks.push(Buffer.allocUnsafeSlow(blockSize));
    }
    const block = this.#blocks.at(-1);
    const written = block?.write(text, this.#free % blockSize) ?? 0;
    this.#starts.push(this.#free);
    this.#free += written;
    this.#ends.push(this.#free);
  }

  /** @returns the cells; none for a row that is not there. */
  get(row: number): readonly string[] {
    const [start, end] = [this.#starts[row], this.#ends[row]];
    if (start === undefined || end === undefined) return [];
    const number = Math.floor(start / blockSize);
    const offset = number * blockSize;
    const text = this.#blocks[number]?.toString('utf8', start - offset, end - offset) ?? '';
    return text.split(separator);
  }
}

/** Between the cells of a row: the unit separator, which means nothing to a reader. */
export const separator = '\u001f';

const blockSize = 1 << 20;
