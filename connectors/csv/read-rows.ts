/**
 * From a file to rows of trimmed cells, a chunk at a time, so that the event loop is not blocked.
 *
 * csv-parse 7 takes two to six times as long for 200,000 rows, and a quote that is never closed swallows the rows
 * below it without an error: here it costs one cell.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { READ_FLAGS, whyUnreadable } from '../../src/connector/index.ts';
import { decode, readHead, type Encoding } from './decode.ts';
import { located, UnreadableFile, type Place } from './problems.ts';
import { SEPARATOR } from './row-store.ts';

export interface CsvFile {
  /** As messages name it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Messages do not show the path. */
  readonly isHidden?: boolean;
}

export interface RowReader {
  /** Gets every row that is not blank, the first one (with the headings) included. An error ends the reading. */
  onRow(cells: readonly string[], place: Place): void;
  /** A cell whose quotes do not fit is empty; in the last line the row is left out. @param index from 0. */
  onBadCell(place: Place, index: number): void;
}

/** How a file ends: with a line break, within a line, or within a quoted cell. */
export type FileEnd = 'line break' | 'open line' | 'open quote';

/** A longer row is a quote that was opened and never closed. */
const MAX_ROW_CHARS = 100_000;
/** Each costs up to a row's length of searching for its other quote. */
const MAX_BAD_CELLS = 1000;

/** @throws {UnreadableFile} when the file is missing, in another encoding, or not CSV. */
export async function readRows(
  file: CsvFile,
  encoding: Encoding,
  reader: RowReader,
  signal: AbortSignal,
): Promise<FileEnd> {
  const handle = await openFile(file);
  try {
    const head = await readHead(file.name, handle, encoding);
    const bytes = handle.createReadStream({ start: 0, autoClose: false, signal });
    const parser = createParser(file, head.text, reader);
    for await (const text of decode(file.name, head.encoding, bytes)) parser.write(text);
    return parser.end();
  } catch (error) {
    const isOfSystem = error instanceof Error && 'syscall' in error;
    throw isOfSystem ? unreadable(file, error) : error;
  } finally {
    await handle.close();
  }
}

async function openFile(file: CsvFile): Promise<FileHandle> {
  try {
    const handle = await open(file.path, READ_FLAGS);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    throw unreadable(file, error);
  }
  throw new UnreadableFile(`${file.name}: expected a file, got a folder or a device${shown(file)}`);
}

function shown({ path, isHidden = false }: CsvFile): string {
  return isHidden ? '' : `: ${path}`;
}

function unreadable(file: CsvFile, error: unknown): UnreadableFile {
  const why = whyUnreadable(error);
  const text = why === 'no such file' ? 'there is no such file' : `expected a file, got ${why}`;
  return new UnreadableFile(`${file.name}: ${text}${shown(file)}`);
}

/** Excel's first line, which names the delimiter. */
const SEP_LINE = /^"?sep=([^\r\n"])"?[\r\n]/i;

/** The one of `sep=`, else the one of `,` `;` and tab that the first line with text has most of, outside quotes. */
function findDelimiter(head: string): string {
  const [, named] = SEP_LINE.exec(head) ?? [];
  if (named !== undefined) return named;
  const [firstLine = ''] = head
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split(/[\r\n]/, 1);
  const count = (delimiter: string): number => firstLine.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best));
}

interface Parser {
  write(text: string): void;
  end(): FileEnd;
}

/** A quote inside of a cell is text, as in a spreadsheet; a cell that begins with one must end with one. */
function createParser(file: CsvFile, head: string, reader: RowReader): Parser {
  const delimiter = findDelimiter(head).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const quoted = new RegExp(
    `[ \\u00a0]*"([^"]*(?:""[^"]*)*)"[ \\u00a0]*(?=${delimiter}|[\\r\\n]|$)`,
    'y',
  );
  const plain = new RegExp(`[^${delimiter}\\r\\n]*`, 'y');
  const isQuoted = /[ \u00a0]*"/y;
  const lineEnd = /\r\n?|\n/y;
  const toLineEnd = /[^\r\n]*(?:\r\n?|\n)?/y;

  let pending = '';
  let line = 1;
  let row = 0;
  let badCells = 0;
  let end: FileEnd = 'line break';
  const hasSepLine = SEP_LINE.test(head);

  return {
    write(text) {
      pending += text.replaceAll(SEPARATOR, ' ');
      parse(false);
    },
    end() {
      parse(true);
      return end;
    },
  };

  /** Uses up the rows of `pending` that are complete. */
  function parse(isLast: boolean): void {
    let from = 0;
    while (from < pending.length) {
      const next = parseRow(from, isLast);
      if (next === undefined) break;
      from = next;
    }
    pending = pending.slice(from);
  }

  /** @returns where the next row begins; `undefined` when the row may continue in the next chunk. */
  function parseRow(start: number, isLast: boolean): number | undefined {
    const cells: string[] = [];
    const place = { file: file.name, line, row: row + 1 };
    const isTooLong = pending.length - start > MAX_ROW_CHARS;
    let at = start;
    let badCell: number | undefined;
    for (;;) {
      const isPlain = badCell !== undefined || !matches(isQuoted, at);
      let cell = (isPlain ? plain : quoted).exec(sticky(isPlain ? plain : quoted, at));
      if (cell === null) {
        if (!isLast && !isTooLong) return undefined;
        if (isLast && isLastLine(at)) return skipLastLine(cells.length, place);
        badCell = cells.length;
        cell = plain.exec(sticky(plain, at));
      }
      const text = cell?.[1]?.replaceAll('""', '"') ?? cell?.[0] ?? '';
      at += cell?.[0].length ?? 0;
      cells.push(cells.length === badCell ? '' : text.trim());
      if (at >= pending.length || '\r\n'.includes(pending[at] ?? '')) break;
      at += 1;
    }
    // A line feed may follow in the next chunk.
    const isOpen = at >= pending.length || (pending[at] === '\r' && at + 1 === pending.length);
    if (isOpen && !isLast) {
      if (isTooLong)
        throw new UnreadableFile(
          located(place, `the row is longer than ${MAX_ROW_CHARS} characters`),
        );
      return undefined;
    }
    if (at >= pending.length) end = 'open line';
    at += matches(lineEnd, at);
    row += 1;
    line += lineBreaks(pending.slice(start, at));
    if (badCell !== undefined) reportBadCell(badCell, place);
    const isData = cells.some((cell) => cell !== '') && !(row === 1 && hasSepLine);
    if (isData) reader.onRow(cells, place);
    return at;
  }

  function reportBadCell(index: number, place: Place): void {
    badCells += 1;
    if (badCells > MAX_BAD_CELLS)
      throw new UnreadableFile(
        located(place, `more than ${MAX_BAD_CELLS} cells have quotes that are not closed`),
      );
    reader.onBadCell(place, index);
  }

  function isLastLine(at: number): boolean {
    return pending.slice(at + matches(toLineEnd, at)).trim() === '';
  }

  /** A quote that is open in the last line: the file may have been cut off there. */
  function skipLastLine(index: number, place: Place): number {
    reportBadCell(index, place);
    if (!/[\r\n]$/.test(pending)) end = 'open quote';
    return pending.length;
  }

  /** @returns how many characters match there. */
  function matches(pattern: RegExp, at: number): number {
    return pattern.exec(sticky(pattern, at))?.[0].length ?? 0;
  }

  function sticky(pattern: RegExp, at: number): string {
    pattern.lastIndex = at;
    return pending;
  }
}

function lineBreaks(text: string): number {
  return text.includes('\r') ? text.split(/\r\n?|\n/).length - 1 : text.split('\n').length - 1;
}
