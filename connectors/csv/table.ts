/** One file in memory: its columns and its rows. */
import { assignWord, type RawRecord } from '../../src/connector/index.ts';
import { parseAddresses } from './addresses.ts';
import { parseCell, withoutPlaceholder, type ValueFormat } from './cells.ts';
import {
  isField,
  parseHeader,
  type Column,
  type ColumnSettings,
  type SheetName,
} from './columns.ts';
import type { Encoding } from './decode.ts';
import { located, UnreadableFile, type Place, type Problems } from './problems.ts';
import { readRows, type CsvFile } from './read-rows.ts';
import { PackedRows } from './row-store.ts';

/** How the settings say that the files are written. */
export interface FileFormat extends ValueFormat, ColumnSettings {
  readonly encoding: Encoding;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly headings: readonly string[];
  /** Without the header and without what was left out. */
  readonly rows: PackedRows;
  readonly format: ValueFormat;
  /** The lines below the table, such as those of a report; `undefined` without any. */
  readonly footer: { readonly from: Place; readonly rows: number } | undefined;
  /** The file ends within a row: perhaps it is being written. */
  readonly isCutOff: boolean;
}

/** A row that may become part of a table. */
export interface TableRow {
  readonly number: number;
  readonly place: Place;
  /** @returns the cell of a word, of several columns joined by `;`; empty when there is no such column. */
  cell(word: string): string;
  /** @returns the text with the place of the word's cell. */
  located(word: string, text: string): string;
}

/**
 * @param keep gets each valid row; false leaves it out.
 * @param warnings collects what was left out.
 * @throws {UnreadableFile} when nothing of the file can be used.
 */
export async function readTable(
  file: CsvFile,
  sheet: SheetName,
  format: FileFormat,
  warnings: Problems,
  keep: (row: TableRow) => boolean,
  signal: AbortSignal,
): Promise<Table> {
  const rows = new PackedRows();
  let header: (Place & { readonly cells: readonly string[] }) | undefined;
  let columns: readonly Column[] | undefined;
  let missing: readonly string[] = [];
  let footer: Table['footer'];
  let lastRow = 0;
  let isShort = false;

  const onRow = (all: readonly string[], place: Place): void => {
    const isAfterGap = place.row > lastRow + 1;
    lastRow = place.row;
    if (header === undefined) {
      header = { ...place, cells: all };
      const parsed = parseHeader(all, sheet, format);
      if ('problem' in parsed) throw new UnreadableFile(located(place, parsed.problem));
      if ('missing' in parsed) ({ missing } = parsed);
      else {
        ({ columns } = parsed);
        warnings.add(...parsed.warnings.map((text) => located(place, text)));
      }
      return;
    }
    if (columns === undefined) {
      if ('columns' in parseHeader(all, sheet, format)) {
        const names = "expected the columns' names in the first line, got them here";
        throw new UnreadableFile(located(place, `${names}; delete the lines above`));
      }
      const index = all.findIndex((cell) => parseAddresses(cell).keys.length > 0);
      if (index >= 0) throw unnamed(header, missing, format, header.cells[index]);
      return;
    }
    const width = header.cells.length;
    isShort = all.length < width;
    const isAlone = width > 1 && all.filter((cell) => cell !== '').length === 1 && all[0] !== '';
    if (isAlone && (isAfterGap || footer) && parseAddresses(all[0] ?? '').keys.length === 0) {
      footer = { from: footer?.from ?? place, rows: (footer?.rows ?? 0) + 1 };
      isShort = false;
      return;
    }
    footer = undefined;
    const cells = checkWidth(all, width, place, warnings)?.map(withoutPlaceholder);
    if (cells === undefined) return;
    checkCells(columns, cells, format, place, warnings);
    const row: TableRow = {
      number: rows.length,
      place,
      cell: (word) => cellOf(columns ?? [], cells, word),
      located: (word, text) => {
        const index = columns?.find((column) => column.word === word)?.index ?? 0;
        return located(place, text, { index, word });
      },
    };
    if (keep(row)) rows.add(cells);
  };

  const onBadCell = (place: Place, index: number): void => {
    const column = columns?.find((one) => one.index === index);
    // The settings choose the words of fields.
    const word =
      (column && isField(column) ? header?.cells[index] : column?.word) ?? `${index + 1}`;
    warnings.add(located(place, BAD_QUOTE, { index, word }));
  };

  const end = await readRows(file, format.encoding, { onRow, onBadCell }, signal);
  if (header === undefined)
    throw new UnreadableFile(
      `${file.name}: the file is empty; its first line must name the columns`,
    );
  if (columns === undefined) throw unnamed(header, missing, format, undefined);
  const isCutOff = end === 'open quote' || (end === 'open line' && isShort);
  return { columns, headings: header.cells, rows, format, footer, isCutOff };
}

const BAD_QUOTE =
  'expected a closing quote (") at the end of the cell, got none; left out (write a quote as "")';

/** @returns the row as the record of its section, with only what is known, but all `fields`. */
export function readRecord(table: Table, row: number): RawRecord {
  const record: Record<string, unknown> = {};
  const cells = table.rows.get(row);
  for (const column of table.columns) {
    const { index, kind, path } = column;
    const cell = cells[index] ?? '';
    if (path.length === 0 || (cell === '' && !isField(column))) continue;
    const value = cell === '' ? null : parseCell(kind, cell, table.format);
    const isUnknown = typeof value === 'object';
    if (!isUnknown || isField(column)) assignWord(record, path, isUnknown ? null : value);
  }
  return record;
}

/** @returns the cells of some words of a row, without building the record; empty for a word without a column. */
export function readCells(table: Table, row: number, words: readonly string[]): readonly string[] {
  const cells = table.rows.get(row);
  return words.map((word) => cellOf(table.columns, cells, word));
}

function cellOf(columns: readonly Column[], cells: readonly string[], word: string): string {
  const filled = columns.flatMap((column) =>
    column.word === word && !isField(column) ? cells[column.index] || [] : [],
  );
  return filled.join(';');
}

/** @returns the row as long as the header; `undefined` when it has too many cells. */
function checkWidth(
  cells: readonly string[],
  width: number,
  place: Place,
  warnings: Problems,
): readonly string[] | undefined {
  if (cells.length === width) return cells;
  const problem = `expected ${width} cells like the first row, got ${cells.length}`;
  if (cells.length < width) {
    warnings.add(located(place, `${problem}; the missing ones are taken for empty`));
    return [...cells, ...Array.from({ length: width - cells.length }, () => '')];
  }
  // Many programs end each row with a delimiter.
  if (cells.slice(width).every((cell) => cell === '')) return cells.slice(0, width);
  const hint = 'a cell with the delimiter in it must be in quotes';
  warnings.add(located(place, `${problem}; the row is left out (${hint})`));
  return undefined;
}

function checkCells(
  columns: readonly Column[],
  cells: readonly string[],
  format: ValueFormat,
  place: Place,
  warnings: Problems,
): void {
  for (const column of columns) {
    const cell = cells[column.index] ?? '';
    if (column.kind === 'text' || cell === '') continue;
    const value = parseCell(column.kind, cell, format);
    if (typeof value !== 'object' || value === null) continue;
    const text = `expected ${value.expected}, got ${value.got}; left out`;
    warnings.add(
      located(place, value.hint === undefined ? text : `${text} (${value.hint})`, column),
    );
  }
}

/**
 * @param heading of a column with addresses. It is not shown when the first row has an address itself: then
 *   the headings were forgotten, and it is a person.
 */
function unnamed(
  header: Place & { readonly cells: readonly string[] },
  missing: readonly string[],
  { columns }: ColumnSettings,
  heading: string | undefined,
): UnreadableFile {
  const words = missing.map((word) => `"${word}"`).join(' or ');
  const { length } = header.cells;
  const problem = `expected the columns' names with ${words} among them, got ${length} other ${length === 1 ? 'name' : 'names'}`;
  const isPerson = header.cells.some((cell) => cell.includes('@'));
  if (isPerson)
    return new UnreadableFile(located(header, `${problem}; is the first line missing?`));
  const set = missing.find((word) => columns[word] !== undefined);
  if (set !== undefined)
    return new UnreadableFile(
      located(header, `${problem}; no column has the name that columns.${set} says`),
    );
  if (length === 1 && heading === undefined) {
    const hint = 'is it the first line, and does "," or ";" or a tab separate the columns?';
    return new UnreadableFile(located(header, `${problem}; ${hint}`));
  }
  const example = heading === undefined ? 'HEADING' : JSON.stringify(heading);
  const word = heading === undefined ? (missing.at(-1) ?? '') : 'email';
  const which =
    heading === undefined ? 'name the heading that is one' : 'that column has addresses';
  return new UnreadableFile(
    located(header, `${problem}; ${which}: columns: { ${word}: ${example} }`),
  );
}
