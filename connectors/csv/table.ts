/** One file in memory: its columns and its rows. */
import { parseCell, type CellValue } from './cells.ts';
import { parseHeader, type Column, type SheetSchema } from './columns.ts';
import { PackedRows } from './row-store.ts';
import { located, UnreadableFile, type Place, type Problems } from './problems.ts';
import { readRows, type CsvFile } from './read-rows.ts';

export interface Table {
  readonly columns: readonly Column[];
  /** Without the header and without what was left out. */
  readonly rows: PackedRows;
}

/** A row that may become part of a table. */
export interface TableRow {
  readonly number: number;
  readonly place: Place;
  /** @returns the cell of a field; empty when there is no such column. */
  cell(field: string): string;
  /** @returns the text with the place of the field's cell. */
  located(field: string, text: string): string;
}

/**
 * @param keep gets each valid row; false leaves it out.
 * @param problems collects what is wrong in rows.
 * @throws {UnreadableFile} when nothing of the file can be used.
 */
export async function readTable(
  file: CsvFile,
  sheet: SheetSchema,
  problems: Problems,
  keep: (row: TableRow) => boolean,
  signal: AbortSignal,
): Promise<Table> {
  const rows = new PackedRows();
  let columns: readonly Column[] | undefined;
  let indexes: ReadonlyMap<string, number> = new Map();

  const onRow = (cells: readonly string[], place: Place): void => {
    if (columns === undefined) {
      const header = parseHeader(cells, sheet);
      if ('problems' in header)
        throw new UnreadableFile(...header.problems.map((text) => located(place, text)));
      ({ columns } = header);
      indexes = new Map(columns.map(({ field, index }) => [field, index]));
      return;
    }
    const wrong = wrongCells(columns, cells, place);
    problems.add(...wrong);
    const row: TableRow = {
      number: rows.length,
      place,
      cell: (field) => cells[indexes.get(field) ?? -1] ?? '',
      located: (field, text) => located(place, text, { index: indexes.get(field) ?? 0, field }),
    };
    if (wrong.length === 0 && keep(row)) rows.add(cells);
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
    const value = cell === '' ? null : parseCell(kind, cell);
    if (typeof value !== 'object' || value === null) put(record, path, value);
  }
  return record;
}

export interface PlainRecord {
  [key: string]: CellValue | null | PlainRecord;
}

/** @returns the cells of some fields of a row, without building the record; empty for a field without a column. */
export function readCells(table: Table, row: number, fields: readonly string[]): readonly string[] {
  const cells = table.rows.get(row);
  return fields.map((field) => {
    const column = table.columns.find((c) => c.field === field);
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
      located(
        place,
        `expected ${columns.length} cells like the first row, got ${cells.length}; ` +
          'a cell with the delimiter in it must be in quotes',
      ),
    ];
  const wrong: string[] = [];
  for (const column of columns) {
    const cell = cells[column.index] ?? '';
    if (column.kind === 'text' || cell === '') continue;
    const value = parseCell(column.kind, cell);
    if (typeof value === 'object')
      wrong.push(located(place, `expected ${value.expected}, got ${value.got}`, column));
  }
  return wrong;
}

function put(record: PlainRecord, path: readonly string[], value: CellValue | null): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    record[key] = value;
    return;
  }
  const inner = record[key];
  const target: PlainRecord = typeof inner === 'object' && inner !== null ? inner : {};
  record[key] = target;
  put(target, rest, value);
}
