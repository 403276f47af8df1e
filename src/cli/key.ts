/** `crm-bridge key`: a key nobody guesses, and what to write into the configuration instead of it. */
import { createHash, randomBytes } from 'node:crypto';
import { EXIT, type Io } from './io.ts';
import { paint, table } from './terminal.ts';
import type { ParsedArgs } from './args.ts';

/** 192 bits, 32 characters that need no encoding in a URL. */
const KEY_BYTES = 24;

export function key(words: ParsedArgs, io: Io): Promise<number> {
  const made = randomBytes(KEY_BYTES).toString('base64url');
  const digest = `sha256:${createHash('sha256').update(made).digest('hex')}`;
  const text =
    words.values['json'] === true
      ? JSON.stringify({ key: made, digest })
      : table([
          [paint(io.stdout, 'bold', 'key (into the URL)'), made],
          [paint(io.stdout, 'bold', "digest (into the tenant's keys)"), digest],
        ]);
  io.stdout.write(`${text}\n`);
  return Promise.resolve(EXIT.ok);
}
