/** Settings that are the path of a folder. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isUnresolved, valueAt, type ConfigFile } from './yaml/config-file.ts';
import type { Path } from './problem.ts';
import type { Diagnostics } from './diagnostics.ts';

/** The folder a setting names, absolute; `undefined` when it names none, or none that exists, which is reported. */
export function folderAt(part: ConfigFile, path: Path, report: Diagnostics): string | undefined {
  const value = valueAt(part.value, path);
  if (typeof value !== 'string' || value === '' || isUnresolved(part, path)) return undefined;
  const folder = resolve(part.baseDir, value);
  report.watchFolder(folder);
  if (isFolder(folder)) return folder;
  report.expected(part, path, 'the path of an existing folder');
  return undefined;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
