/** From the bytes of a file to rows of trimmed cells, a chunk at a time, so that the event loop is not blocked. */
import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { located, UnreadableFile, type Place } from './problems.ts';
import { SEPARATOR } from './row-store.ts';

export interface CsvFile {
  /** As messages name it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** A longer row is a quote that was opened and never closed. */
const MAX_ROW_CHARS = 100_000;
/** A longer line is not CSV. */
const MAX_LINE_BYTES = 1_000_000;

/**
 * @param onRow gets every row that is not blank, the first one (with the columns' names) included; an error it
 *   throws ends the reading.
 * @throws {UnreadableFile} when the file is missing, not UTF-8, or not CSV from some row on.
 */
export async function readRows(
  file: CsvFile,
  onRow: (cells: readonly string[], place: Place) => void,
  signal: AbortSignal,
): Promise<void> {
  const { parse } = await import('csv-parse');
  const handle = await openFile(file);
  try {
    let line = 1;
    let row = 0;
    const parser = parse({
      bom: true,
      delimiter: await findDelimiter(file, handle),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      max_record_size: MAX_ROW_CHARS,
      on_record(record) {
        const place = { file: file.name, line, row: (row += 1) };
        line += 1 + lineBreaks(record);
        const cells = record.map((cell) => cell.trim());
        if (cells.some((cell) => cell !== '')) onRow(cells, place);
        return null;
      },
    });
    const bytes = handle.createReadStream({ start: 0, autoClose: false });
    await pipeline(bytes, (chunks) => checkUtf8(file, chunks), parser.resume(), { signal }).catch(
      (error: unknown) => {
        throw explainError(error, { file: file.name, line, row: row + 1 });
      },
    );
  } finally {
    await handle.close();
  }
}

async function openFile(file: CsvFile): Promise<FileHandle> {
  try {
    const handle = await open(file.path);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code ?? ''})`;
    throw new UnreadableFile(`${file.name}: ${reason}: ${file.path}`);
  }
  throw new UnreadableFile(`${file.name}: expected a file, got a folder or a device: ${file.path}`);
}

/**
 * The one of `,` `;` and tab that the first line has most of, outside quotes.
 * @throws {UnreadableFile} for what is not text at all.
 */
async function findDelimiter(file: CsvFile, handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
  const head = buffer.subarray(0, bytesRead);
  if (head.toString('latin1', 0, 4) === 'PK\u0003\u0004')
    throw new UnreadableFile(
      `${file.name}: expected a CSV file, got an Excel workbook; save it as "CSV UTF-8"`,
    );
  if (head.includes(0) || /^(?:\xff\xfe|\xfe\xff)/.test(head.toString('latin1', 0, 2)))
    throw new UnreadableFile(
      `${file.name}: expected UTF-8, got UTF-16 or something that is not text; save it as "CSV UTF-8"`,
    );
  const [firstLine = ''] = head
    .toString('latin1')
    .replace(/"[^"]*"/g, '')
    .split(/[\r\n]/, 1);
  const count = (delimiter: string): number => firstLine.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best));
}

/**
 * Passes the bytes on and checks them line by line, since a chunk may end within a character. The
 * separator of packed rows becomes a space.
 */
async function* checkUtf8(
  file: CsvFile,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  const check = (lines: Buffer): void => {
    if (!isUtf8(lines)) throw notUtf8(file, line + lineOfBadByte(lines));
    for (let i = lines.indexOf(0x0a); i >= 0; i = lines.indexOf(0x0a, i + 1)) line += 1;
  };
  for await (const chunk of chunks) {
    const lineBreak = chunk.includes(0x0a) ? 0x0a : 0x0d;
    const [first, last] = [chunk.indexOf(lineBreak) + 1, chunk.lastIndexOf(lineBreak) + 1];
    const firstLine = Buffer.concat([rest, chunk.subarray(0, first || chunk.length)]);
    if (firstLine.length > MAX_LINE_BYTES)
      throw new UnreadableFile(`${file.name}:${line}: the line is too long for a CSV file`);
    if (first > 0) {
      check(firstLine);
      check(chunk.subarray(first, last));
    }
    rest = first > 0 ? chunk.subarray(last) : firstLine;
    for (let i = chunk.indexOf(SEPARATOR); i >= 0; i = chunk.indexOf(SEPARATOR, i)) chunk[i] = 0x20;
    yield chunk;
  }
  check(rest);
}

function lineOfBadByte(lines: Buffer): number {
  const text = lines.toString('latin1');
  return text.split(/\r\n?|\n/).findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')));
}

function notUtf8(file: CsvFile, line: number): UnreadableFile {
  return new UnreadableFile(
    `${file.name}:${line}: expected UTF-8, got another encoding (perhaps Windows-1252); ` +
      'save the file as "CSV UTF-8"',
  );
}

function lineBreaks(texts: readonly string[]): number {
  let breaks = 0;
  for (const text of texts)
    if (text.includes('\n') || text.includes('\r')) breaks += text.split(/\r\n?|\n/).length - 1;
  return breaks;
}

/** By csv-parse's codes; its messages quote the cell. */
const CSV_ERRORS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'expected a closing quote ("), got the end of the file',
  CSV_MAX_RECORD_SIZE: `the row is longer than ${MAX_ROW_CHARS} characters: is a quote (") not closed?`,
  INVALID_OPENING_QUOTE:
    'got a quote (") inside a cell; put the whole cell in quotes and write it as ""',
  CSV_INVALID_CLOSING_QUOTE:
    'expected the end of the cell after its closing quote ("); write a quote as ""',
};

function explainError(error: unknown, place: Place): unknown {
  const { code } = error as { code?: unknown };
  const text = CSV_ERRORS[String(code)];
  return text === undefined ? error : new UnreadableFile(located(place, text));
}
