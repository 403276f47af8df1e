/** One file in memory: its columns and its rows. */
import { readCell, type CellValue } from './cells.ts';
import { readHeader, type Column, type Sheet } from './columns.ts';
import { PackedRows } from './packed-rows.ts';
import { at, UnreadableFile, type Place, type Problems } from './problems.ts';
import { readRows, type CsvFile } from './read-rows.ts';

export interface Table {
  readonly columns: readonly Column[];
  /** By number, from 0, without the header and without what was left out. */
  readonly rows: PackedRows;
}

/** A row on its way into a table. */
export class TableRow {
  readonly number: number;
  readonly place: Place;
  readonly #cells: readonly string[];
  readonly #columns: ReadonlyMap<string, number>;

  constructor(
    number: number,
    place: Place,
    cells: readonly string[],
    columns: ReadonlyMap<string, number>,
  ) {
    this.number = number;
    this.place = place;
    this.#cells = cells;
    this.#columns = columns;
  }

  /** The cell of a word; empty when there is no such column. */
  cell(word: string): string {
    return this.#cells[this.#columns.get(word) ?? -1] ?? '';
  }

  /** Where the word's column is, for messages. */
  column(word: string): { readonly number: number; readonly word: string } {
    return { number: (this.#columns.get(word) ?? 0) + 1, word };
  }
}

/**
 * @param keep is given each row that is well formed; false leaves it out.
 * @param problems takes up what is wrong in rows.
 * @throws {UnreadableFile} when nothing of the file can be used.
 */
export async function readTable(
  file: CsvFile,
  sheet: Sheet,
  problems: Problems,
  keep: (row: TableRow) => boolean,
  signal: AbortSignal,
): Promise<Table> {
  const rows = new PackedRows();
  let columns: readonly Column[] | undefined;
  let byWord: ReadonlyMap<string, number> = new Map();

  const onRow = (cells: readonly string[], place: Place): void => {
    if (columns === undefined) {
      const header = readHeader(cells, sheet);
      if ('problems' in header)
        throw new UnreadableFile(...header.problems.map((text) => at(place, text)));
      ({ columns } = header);
      byWord = new Map(columns.map(({ word, index }) => [word, index]));
      return;
    }
    const wrong = wrongCells(columns, cells, place);
    problems.add(...wrong);
    if (wrong.length === 0 && keep(new TableRow(rows.length, place, cells, byWord)))
      rows.add(cells);
  };

  await readRows(file, onRow, signal);
  if (columns !== undefined) return { columns, rows };
  throw new UnreadableFile(`${file.name}: the file is empty; its first line must name the columns`);
}

/** @returns the row as nested plain objects, such as `{ contact: { name, fields: { … } }, company: { … } }`. */
export function readRecord(table: Table, row: number): PlainRecord {
  const record: PlainRecord = {};
  const cells = table.rows.get(row);
  for (const { index, kind, path } of table.columns) {
    const cell = cells[index] ?? '';
    const isField = path[1] === 'fields';
    if (path.length === 0 || (cell === '' && !isField)) continue;
    const value = cell === '' ? null : readCell(kind, cell);
    if (typeof value !== 'object' || value === null) put(record, path, value);
  }
  return record;
}

export interface PlainRecord {
  [word: string]: CellValue | null | PlainRecord;
}

/** @returns the cells of some words of a row, without building the record; empty for a word without a column. */
export function readCells(table: Table, row: number, words: readonly string[]): readonly string[] {
  const cells = table.rows.get(row);
  return words.map((word) => {
    const column = table.columns.find((c) => c.word === word);
    return column === undefined ? '' : (cells[column.index] ?? '');
  });
}

function wrongCells(
  columns: readonly Column[],
  cells: readonly string[],
  place: Place,
): readonly string[] {
  if (cells.length !== columns.length)
    return [
      at(
        place,
        `expected ${columns.length} cells like the first row, got ${cells.length}; ` +
          'a cell with the delimiter in it must be in quotes',
      ),
    ];
  const wrong: string[] = [];
  for (const { index, word, kind } of columns) {
    const cell = cells[index];
    if (kind === 'text' || cell === undefined || cell === '') continue;
    const value = readCell(kind, cell);
    if (typeof value === 'object')
      wrong.push(
        at(place, `expected ${value.expected}, got ${value.got}`, { number: index + 1, word }),
      );
  }
  return wrong;
}

function put(record: PlainRecord, path: readonly string[], value: CellValue | null): void {
  const [word = '', ...rest] = path;
  if (rest.length === 0) {
    record[word] = value;
    return;
  }
  const inner = record[word];
  const target: PlainRecord = typeof inner === 'object' && inner !== null ? inner : {};
  record[word] = target;
  put(target, rest, value);
}
