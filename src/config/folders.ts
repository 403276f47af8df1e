/** Where the built-in connectors and templates are. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../model/package-info.ts';

/** Beside `src/`: the sources, or in `dist/` what was compiled from them. */
export function builtinConnectorsDir(): string {
  return join(import.meta.dirname, '..', '..', 'connectors');
}

/** `templates/` of the package; `dist/` has no copy. */
export function builtinTemplatesDir(): string {
  return join(packageRoot(), 'templates');
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // Missing, not permitted, or a link that leads to itself.
  }
}
