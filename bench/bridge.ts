/** The product as it is run: `serve` with a configuration of this run, logging JSON to a file. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CLIENT } from '../test/support/salesforce/emulator.ts';
import { TOKEN } from '../test/support/hubspot/gateway.ts';
import type { Crm } from './crm.ts';
import type { Setting } from './measurement.ts';
import { freePort, startUnderTest, type Program, type UnderTest } from './under-test.ts';
import { KEY } from './visitors.ts';

export interface Bridge extends UnderTest {
  readonly opsPort: number;
  /** Changes the file; a reload is up to the caller. */
  write(more: object): Promise<void>;
}

export interface BridgeOptions {
  readonly name?: string;
  readonly connections: object;
  /** Without `server`, `ops` and `log`. */
  readonly more?: object;
}

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'src/main.ts');
export const BUILT_MAIN = join(ROOT, 'dist/src/main.js');

/** As high as it can be: it counts every request and stops none. */
const RATE_LIMIT = { requests: 10_000_000, per: '1m' };

/** The one tenant that most runs have. */
export const ONE_TENANT = { bench: tenant([KEY]) };

export function tenant(keys: readonly string[]): object {
  return { keys, connections: ['crm'], rateLimit: RATE_LIMIT };
}

export function connectionTo({ kind, url }: Crm): object {
  return kind === 'salesforce'
    ? {
        connector: 'salesforce',
        loginUrl: url,
        auth: {
          flow: 'clientCredentials',
          clientId: CLIENT.clientId,
          clientSecret: CLIENT.clientSecret,
        },
      }
    : { connector: 'hubspot', accessToken: TOKEN, baseUrl: url };
}

export async function startBridge(setting: Setting, options: BridgeOptions): Promise<Bridge> {
  const { opsPort, write, ...program } = await prepareBridge(setting, options);
  return { ...(await startUnderTest(setting, program)), opsPort, write };
}

/** Writes the configuration. */
export async function prepareBridge(
  { folder }: Setting,
  { name = 'snapengage-crm-bridge', connections, more = {} }: BridgeOptions,
): Promise<Program & Pick<Bridge, 'opsPort' | 'write'>> {
  const [port, opsPort] = [await freePort(), await freePort()];
  const file = join(folder, `bridge-${port}.yaml`);
  const write = (changed: object) =>
    writeFile(
      file,
      JSON.stringify({
        server: { host: '127.0.0.1', port },
        ops: { host: '127.0.0.1', port: opsPort },
        log: { level: 'info', format: 'json' },
        connections,
        tenants: ONE_TENANT,
        ...changed,
      }),
    );
  await write(more);
  return { name, words: [...(await startWords()), '--config', file], port, opsPort, write };
}

let building: Promise<unknown> | undefined;

/** Builds the package, for {@link fromPackage}; once for all that ask. */
export async function buildPackage({ progress }: Setting): Promise<void> {
  progress('building the package');
  building ??= promisify(execFile)('npm', ['run', '-s', 'build'], { cwd: ROOT });
  await building;
}

/** @returns the program from the built package instead of the sources. */
export function fromPackage<T extends Pick<Program, 'words'>>(program: T): T {
  const words = program.words.map((word) => (word === MAIN ? BUILT_MAIN : word));
  return { ...program, words };
}

/** As `npm start` does it. */
async function startWords(): Promise<readonly string[]> {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  const [, , ...words] = scripts.start.split(' ');
  return words.map((word) => (word === 'src/main.ts' ? MAIN : word));
}
