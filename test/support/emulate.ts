/**
 * Runs an emulated CRM until it is interrupted: `node test/support/emulate.ts NAME [--port N]`. Every folder
 * here that has an `emulate.ts` is one.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What `NAME/emulate.ts` exports: prints a connection to paste, and ends on SIGINT. */
export type Emulate = (args: readonly string[]) => Promise<void>;

const names = readdirSync(import.meta.dirname).filter((entry) =>
  existsSync(join(import.meta.dirname, entry, 'emulate.ts')),
);
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  console.error(`usage: emulate ${names.join('|')} [--port N]`);
  process.exitCode = 2;
} else {
  const { emulate } = (await import(`./${name}/emulate.ts`)) as { emulate: Emulate };
  await emulate(args);
}
