/** Files whose paths come from outside. Any path may stand there: that of a pipe, a device, a file of /proc. */
import { constants } from 'node:fs';

/** Flags to open such a file: a pipe must not keep the opening waiting, nor a terminal be taken over. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

const NO_FILE = 'something that is not a file';

/** Files of /proc say that they are plain files; what they are shows when they are read. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
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

/** Why a file can't be opened or read, in words that follow `got`: `no such file`, `a folder`, … */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (code === '' ? 'something unreadable' : `the error ${code}`);
}
