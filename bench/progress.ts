/** One line on a terminal that shows the current step. */
import type { WriteStream } from 'node:tty';

export interface Progress {
  show(what: string): void;
  /** Takes the line away. */
  clear(): void;
}

/** @param stream standard error; nothing is shown unless it is a terminal. */
export function progressOn(stream: Pick<WriteStream, 'write'> & { isTTY?: boolean }): Progress {
  const write = (text: string) => void (stream.isTTY === true && stream.write(`\r\u001b[K${text}`));
  return { show: (what) => write(`… ${what}`), clear: () => write('') };
}
