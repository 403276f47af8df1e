/** The configurations in deploy/, as the bridge itself reads them, with secrets made up for them. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../../src/config/load.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import { runCommand } from '../support/service.ts';

export const ROOT = join(import.meta.dirname, '../..');

export interface Checked {
  /** Of `crm-bridge check`. */
  readonly code: number;
  readonly printed: string;
  readonly configuration: Configuration;
  /** The names of the files with secrets that it asks for. */
  readonly secrets: readonly string[];
}

/**
 * @param file such as `deploy/compose/bridge.yaml`.
 * @param more lines to add to it, and secrets that are not any text. @throws {Error} when it cannot be loaded.
 */
export async function checkShipped(
  file: string,
  more: { readonly add?: string; readonly secrets?: Readonly<Record<string, string>> } = {},
): Promise<Checked> {
  const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-shipped-'));
  try {
    const text = `${await readFile(join(ROOT, file), 'utf8')}\n${more.add ?? ''}`;
    const secrets = [...text.matchAll(/\$\{file:(?:\/run\/)?secrets\/([^}]+)\}/g)].map(
      ([, name = '']) => name,
    );
    await mkdir(join(folder, 'secrets'));
    for (const name of secrets) {
      await writeFile(
        join(folder, 'secrets', name),
        `${more.secrets?.[name] ?? `the-value-of-${name}`}\n`,
      );
    }
    const config = join(folder, 'bridge.yaml');
    await writeFile(config, text.replaceAll('/run/secrets/', `${folder}/secrets/`));
    const { code, stdout, stderr } = await runCommand(['check', '--config', config], {
      cwd: folder,
    });
    const loaded = await loadConfiguration({
      file: config,
      env: {},
      workingDir: folder,
      loadTemplates: loadTemplateSet,
    });
    if (!('configuration' in loaded)) throw new Error(`${file}:\n${stdout}${stderr}`);
    const printed = `${stdout}${stderr}`;
    return { code, printed, configuration: loaded.configuration, secrets };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
