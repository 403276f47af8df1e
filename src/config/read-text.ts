/** Reads files that an operator names: whole, of a bounded size, and nothing else that a path may lead to. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { READ_FLAGS, whyUnreadable as whyFileUnreadable } from '../model/readable-file.ts';

/** A larger text is refused: reading it would hold up all requests. */
const MAX_BYTES = 1024 * 1024;

/** @returns the text without a byte order mark @throws {Error} see {@link whyUnreadable} */
export function readText(file: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readBytes(file, MAX_BYTES));
}

/** @throws {Error} see {@link whyUnreadable} */
export function readBytes(file: string, maxBytes: number): Buffer {
  // Without the stack trace of an error: thousands of files may be missing.
  if (!statSync(file, { throwIfNoEntry: false })) throw NO_SUCH_FILE;
  const fd = openSync(file, READ_FLAGS);
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new UnreadableError('a folder');
    if (!stat.isFile()) throw new UnreadableError('something that is not a file');
    if (stat.size > maxBytes) throw tooLarge(maxBytes);
    // Files of /proc say that they are empty, and some never end.
    const buffer = Buffer.alloc((stat.size || maxBytes) + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = readSync(fd, buffer, length, buffer.length - length, null);
    if (length > maxBytes) throw tooLarge(maxBytes);
    return buffer.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/** The message says what is there instead of a file that can be read. */
class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

export class TooLargeError extends UnreadableError {}

function tooLarge(maxBytes: number): TooLargeError {
  return new TooLargeError(`more than ${maxBytes / 1024 ** 2} MB`);
}

const NO_SUCH_FILE = new UnreadableError('no such file');

/** Why a file can't be read, in words that follow `got`: `no such file`, `a folder`, … */
export function whyUnreadable(error: unknown): string {
  return error instanceof UnreadableError ? error.message : whyFileUnreadable(error);
}
