/** `crm-bridge key`: a key nobody guesses, and what to write into the configuration instead of it. */
import { createHash, randomBytes } from 'node:crypto';
import { EXIT, type Io } from './io.ts';
import { paint, table } from './output.ts';
import type { Words } from './run.ts';

/** 192 bits, 32 characters that need no encoding in a URL. */
const KEY_BYTES = 24;

export function key(_words: Words, io: Io): Promise<number> {
  const made = randomBytes(KEY_BYTES).toString('base64url');
  const digest = createHash('sha256').update(made).digest('hex');
  const rows = [
    [paint(io.stdout, 'bold', 'key'), made],
    [paint(io.stdout, 'bold', 'for keys: in the configuration'), `sha256:${digest}`],
  ];
  io.stdout.write(
    `${io.stdout.isTTY === true ? table(rows) : rows.map(([, v]) => v).join('\n')}\n`,
  );
  return Promise.resolve(EXIT.ok);
}
