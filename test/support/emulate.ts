/**
 * Runs an emulated CRM until it is interrupted: `node test/support/emulate.ts NAME [--port N]`. Every folder
 * here that has an `emulate.ts` is one.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What `NAME/emulate.ts` exports: prints a configuration, and ends on SIGINT. */
export type Emulate = (args: readonly string[]) => Promise<void>;

const names = readdirSync(import.meta.dirname)
  .filter((entry) => existsSync(join(import.meta.dirname, entry, 'emulate.ts')))
  .sort();
const [name, ...args] = process.argv.slice(2);
const USAGE = `usage: emulate ${names.join('|')} [--port N]`;
const HELP = `${USAGE}

Runs an emulated CRM on 127.0.0.1 until Ctrl+C. It prints a complete configuration of the bridge for it, people to
look up, and how to inject faults.`;

if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
  console.log(HELP);
} else if (name === undefined || !names.includes(name)) {
  showUsage();
} else {
  const { emulate } = (await import(`./${name}/emulate.ts`)) as { emulate: Emulate };
  await emulate(args).catch(explain);
}

function showUsage(): void {
  console.error(USAGE);
  process.exitCode = 2;
}

/** @throws errors that are not the caller's mistakes. */
function explain(error: NodeJS.ErrnoException & { readonly port?: number }): void {
  const { code, port } = error;
  if (code === 'EADDRINUSE') {
    const advice = 'end the other program or name another --port';
    console.error(`127.0.0.1:${port ?? ''} is already in use: ${advice}`);
    process.exitCode = 1;
  } else if (code === 'ERR_SOCKET_BAD_PORT' || code?.startsWith('ERR_PARSE_ARGS_') === true) {
    showUsage();
  } else {
    throw error;
  }
}
