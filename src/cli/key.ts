/** `crm-bridge key`: makes a random key, and the digest to put into the configuration. */
import { createHash, randomBytes } from 'node:crypto';
import { EXIT, type Io } from './io.ts';
import { paint, table } from './terminal.ts';
import type { ParsedArgs } from './args.ts';

/** 192 bits, 32 characters that need no encoding in a URL. */
const KEY_BYTES = 24;

export function key(args: ParsedArgs, io: Io): Promise<number> {
  const generated = randomBytes(KEY_BYTES).toString('base64url');
  const digest = `sha256:${createHash('sha256').update(generated).digest('hex')}`;
  const text =
    args.values['json'] === true
      ? JSON.stringify({ key: generated, digest })
      : table(io.stdout, [
          [paint(io.stdout, 'bold', 'key (URL)'), generated],
          [paint(io.stdout, 'bold', 'digest (keys)'), digest],
        ]);
  io.stdout.write(`${text}\n`);
  return Promise.resolve(EXIT.ok);
}
