/** `crm-bridge schema`: writes JSON Schemas, with which editors complete and check the configuration. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { jsonSchemas } from '../config/schema/json-schema.ts';
import { EXIT, type Io } from './io.ts';
import type { ParsedArgs } from './args.ts';

export async function schema(args: ParsedArgs, io: Io): Promise<number> {
  const { out } = args.values;
  const folder = resolve(io.cwd, typeof out === 'string' ? out : 'config/schema');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of await jsonSchemas()) {
    const file = join(folder, name);
    await writeFile(file, text);
    io.stdout.write(`${file}\n`);
  }
  return EXIT.ok;
}
