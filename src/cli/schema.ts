/** `crm-bridge schema`: writes JSON Schemas, with which editors complete and check the configuration. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { jsonSchemas } from '../config/schema/json-schema.ts';
import { EXIT, type Io } from './io.ts';
import { wrap } from './terminal.ts';
import type { ParsedArgs } from './args.ts';

export async function schema(args: ParsedArgs, io: Io): Promise<number> {
  const { out } = args.values;
  const folder = resolve(io.cwd, typeof out === 'string' ? out : 'config/schema');
  const schemas = await jsonSchemas();
  let target = folder;
  try {
    await makeFolder(folder);
    for (const [name, text] of schemas) {
      target = join(folder, name);
      await writeFile(target, text);
      io.stdout.write(`${target}\n`);
    }
    return EXIT.ok;
  } catch (error) {
    const reason = whyNotWritten(error);
    const hint = '--out FOLDER writes to another folder';
    io.stderr.write(`${wrap(io.stderr, `schema cannot write ${target}: ${reason}; ${hint}`)}\n`);
    return EXIT.problems;
  }
}

/** With what is missing above it. Node's own `recursive` never ends below /proc. */
async function makeFolder(folder: string): Promise<void> {
  if (await exists(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await mkdir(folder);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  ENOENT: 'no folder can be made there',
  EEXIST: 'something else has its name',
  ENOTDIR: 'a file is where a folder is needed',
  EISDIR: 'a folder has its name',
  ENAMETOOLONG: 'the name is too long',
};

function whyNotWritten(error: unknown): string {
  const { code = 'without a code' } = Object(error) as { readonly code?: string };
  return REASONS[code] ?? `the error ${code}`;
}
