/** Where the built-in connectors and templates are, and settings that are the path of a folder. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageRoot } from '../model/package-info.ts';
import { isUnresolved, valueAt, type ConfigFile } from './yaml/config-file.ts';
import type { Path } from './problem.ts';
import type { Diagnostics } from './diagnostics.ts';

/** Beside `src/`: the sources, or in `dist/` what was compiled from them. */
export function builtinConnectorsDir(): string {
  return join(import.meta.dirname, '..', '..', 'connectors');
}

/** `templates/` of the package; `dist/` has none of its own. */
export function builtinTemplatesDir(): string {
  return join(packageRoot(), 'templates');
}

/** The folder a setting names, absolute; `undefined` when it names none, or none that exists, which is reported. */
export function folderAt(
  file: ConfigFile,
  path: Path,
  diagnostics: Diagnostics,
): string | undefined {
  const value = valueAt(file.value, path);
  if (typeof value !== 'string' || value === '' || isUnresolved(file, path)) return undefined;
  const folder = resolve(file.baseDir, value);
  diagnostics.watchFolder(folder);
  if (isFolder(folder)) return folder;
  diagnostics.expected(file, path, 'the path of an existing folder');
  return undefined;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
