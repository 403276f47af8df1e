/**
 * Runs an emulated CRM until it is interrupted: `node test/support/emulate.ts NAME [--port N]`. Every folder
 * here that has an `emulate.ts` is one.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What `NAME/emulate.ts` exports as `emulate`. */
export type Emulate = (options: {
  /** 0 takes any free one. */
  readonly port: number;
}) => Promise<{
  /** Shown once it runs: a connection for the configuration, and what to try. */
  readonly text: string;
  close(): Promise<void>;
}>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '0' } },
});
const names = readdirSync(import.meta.dirname).filter((name) =>
  existsSync(join(import.meta.dirname, name, 'emulate.ts')),
);
const [name] = positionals;
const port = Number(values.port);

if (name === undefined || !names.includes(name) || !Number.isInteger(port)) {
  console.error(`usage: emulate ${names.join('|')} [--port N]`);
  process.exitCode = 2;
} else {
  const { emulate } = (await import(`./${name}/emulate.ts`)) as { emulate: Emulate };
  const running = await emulate({ port });
  console.log(running.text);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void running.close());
  }
}
