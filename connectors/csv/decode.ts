/** From the bytes of a file to its text, a chunk at a time. */
import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { UnreadableFile } from './problems.ts';

export const ENCODINGS = ['utf-8', 'utf-16le', 'windows-1252', 'iso-8859-1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** By the first bytes of a file, in latin1. */
const MARKS: readonly (readonly [string, string])[] = [
  ['\xef\xbb\xbf', 'utf-8'],
  ['\xff\xfe', 'utf-16le'],
  ['\xfe\xff', 'utf-16be'],
];
const HEAD_BYTES = 65_536;

/** Enough text to see how the file is written, and how to decode all of it. */
export interface Head {
  readonly text: string;
  readonly encoding: string;
}

/**
 * A byte order mark decides before the setting does.
 * @throws {UnreadableFile} for what is not text at all.
 */
export async function readHead(name: string, handle: FileHandle, setting: Encoding): Promise<Head> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const bytes = buffer.subarray(0, bytesRead);
  const start = bytes.toString('latin1', 0, 4);
  if (start === 'PK\u0003\u0004')
    throw new UnreadableFile(
      `${name}: expected a CSV file, got an Excel workbook; save it as "CSV UTF-8"`,
    );
  const encoding = MARKS.find(([mark]) => start.startsWith(mark))?.[1] ?? setting;
  if (!encoding.startsWith('utf-16') && bytes.includes(0))
    throw new UnreadableFile(
      `${name}: expected ${encoding}, got UTF-16 or something that is not text; ` +
        'set encoding: utf-16le, or save it as "CSV UTF-8"',
    );
  return { text: new TextDecoder(encoding).decode(bytes), encoding };
}

/** @throws {UnreadableFile} with the line that is not in that encoding. */
export async function* decode(
  name: string,
  encoding: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<string, void, undefined> {
  // WHATWG decodes iso-8859-1 like windows-1252, which differs only where iso-8859-1 has control characters.
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  for await (const chunk of chunks) {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch {
      throw notIn(encoding, `${name}:${line + linesBeforeBad(chunk)}`);
    }
    line += text.split('\n').length - 1;
    yield text;
  }
  try {
    decoder.decode();
  } catch {
    throw notIn(encoding, `${name}:${line}`);
  }
}

function linesBeforeBad(chunk: Buffer): number {
  // The first character may have begun in the chunk before.
  const lines = chunk
    .toString('latin1')
    .replace(/^[\x80-\xbf]{1,3}/, '')
    .split('\n');
  return Math.max(
    0,
    lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1'))),
  );
}

function notIn(encoding: string, place: string): UnreadableFile {
  return new UnreadableFile(
    encoding === 'utf-8'
      ? `${place}: expected UTF-8, got another encoding; set encoding: windows-1252, or save the file as "CSV UTF-8"`
      : `${place}: expected ${encoding}, got another encoding`,
  );
}
