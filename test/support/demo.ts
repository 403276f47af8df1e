/** The configuration of the demo, as it ships. */
import { join } from 'node:path';
import { loadConfiguration } from '../../src/config/load.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import { loadTemplateSet } from '../../src/render/load.ts';

const ROOT = join(import.meta.dirname, '../..');

export async function demoConfiguration(): Promise<Configuration> {
  const loaded = await loadConfiguration({
    file: join(ROOT, 'config/bridge.yaml'),
    env: {},
    workingDir: ROOT,
    loadTemplates: loadTemplateSet,
  });
  if ('problems' in loaded) throw new Error('the demo has problems');
  return loaded.configuration;
}
