/**
 * Files whose paths come from outside. Any path may stand there: that of a pipe, a device, a file of /proc. A text is
 * read whole, and of a bounded size.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Flags to open such a file: a pipe must not keep the opening waiting, nor a terminal be taken over. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** A larger text is refused: reading it would hold up all requests. */
const MAX_BYTES = 1024 * 1024;

const MISSING = 'no such file';
const NO_FILE = 'something that is not a file';

/** Files of /proc say that they are plain files; what they are shows when they are read. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: MISSING,
  ENOTDIR: MISSING,
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'a folder',
  ELOOP: 'a circle of symbolic links',
  ENXIO: NO_FILE,
  EAGAIN: NO_FILE,
  EINVAL: NO_FILE,
  EIO: `a disk that fails, or ${NO_FILE}`,
  ERR_ENCODING_INVALID_ENCODED_DATA: 'something that is not UTF-8 text',
};

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
    if (!stat.isFile()) throw new UnreadableError(NO_FILE);
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

const NO_SUCH_FILE = new UnreadableError(MISSING);

/** Why a file can't be opened or read, in words that follow `got`: `no such file`, `a folder`, … */
export function whyUnreadable(error: unknown): string {
  if (error instanceof UnreadableError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (code === '' ? 'something unreadable' : `the error ${code}`);
}

/** Whether there is no file at all. */
export function isMissing(error: unknown): boolean {
  return whyUnreadable(error) === MISSING;
}
