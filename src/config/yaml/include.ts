/** Reads the main file and all that it includes. */
import { existsSync, globSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, parse, relative, resolve, sep } from 'node:path';
import { evaluate } from './evaluate.ts';
import { isFolder } from '../folders.ts';
import { isUnresolved, valueAt, type ConfigFile } from './config-file.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { readSource } from './source.ts';

export interface Files {
  readonly parts: readonly ConfigFile[];
  /** Whether a file could not be read, so that nobody can tell which names there are. */
  readonly isIncomplete: boolean;
}

export interface ReadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Keys that may be shown from a file that is no valid YAML. */
  readonly vocabulary: () => ReadonlySet<string>;
}

/** @param main absolute */
export function readFiles(main: string, options: ReadOptions, report: Diagnostics): Files {
  const parts: ConfigFile[] = [];
  const known = new Set<string>();
  let isIncomplete = false;
  readFile(main, []);
  return { parts, isIncomplete };

  function readFile(file: string, chain: readonly string[]): void {
    known.add(identity(file));
    report.watchFile(file);
    const source = readSource(file, options.vocabulary);
    if ('failures' in source) {
      isIncomplete = true;
      for (const failure of source.failures) {
        report.add({ ...failure, file: report.show(file), path: '' });
      }
      return;
    }
    const baseDir = dirname(file);
    const evaluated = evaluate(source, { env: options.env, baseDir }, report.confidential);
    const part: ConfigFile = { ...evaluated, source, baseDir, isMain: chain.length === 0 };
    evaluated.files.forEach((used) => report.watchFile(used));
    for (const { path, message, hint, node } of evaluated.mistakes) {
      report.problem(part, path, { message, hint }, node?.range?.[0] ?? 'value');
    }
    parts.push(part);
    includeAll(part, [...chain, file]);
  }

  function includeAll(part: ConfigFile, chain: readonly string[]): void {
    const include = valueAt(part.value, ['include']);
    const entries: readonly unknown[] = Array.isArray(include) ? include : [include];
    entries.forEach((entry, index) => {
      const isUsable = typeof entry === 'string' && entry !== '' && Array.isArray(include);
      if (!isUsable || isUnresolved(part, ['include', index])) isIncomplete ||= entry !== undefined;
      else if (isPattern(entry)) includePattern(part, entry, chain);
      else includeFile(part, index, entry, chain);
    });
  }

  function includePattern(part: ConfigFile, pattern: string, chain: readonly string[]): void {
    foldersOf(part.baseDir, pattern).forEach((folder) => report.watchFolder(folder));
    for (const match of globSync(pattern, { cwd: part.baseDir }).sort()) {
      const file = resolve(part.baseDir, match);
      if (isFile(file) && !known.has(identity(file))) readFile(file, chain);
    }
  }

  function includeFile(
    part: ConfigFile,
    index: number,
    path: string,
    chain: readonly string[],
  ): void {
    const file = resolve(part.baseDir, path);
    const isCircular = chain.some((above) => identity(above) === identity(file));
    if (isCircular) {
      const names = [
        ...chain.slice(chain.findIndex((above) => identity(above) === identity(file))),
        file,
      ];
      const message = `expected no circle of includes, got ${names.map((name) => basename(name)).join(' → ')}`;
      report.problem(part, ['include', index], { message });
    } else if (!existsSync(file)) {
      isIncomplete = true;
      report.watchFile(file);
      const hint = 'a pattern such as tenants/*.yaml may match nothing, a path may not';
      report.expected(part, ['include', index], 'an existing file', hint);
    } else if (isFolder(file)) {
      isIncomplete = true;
      const hint = 'add /*.yaml for all files in the folder';
      report.expected(part, ['include', index], 'a file', hint);
    } else if (!known.has(identity(file))) {
      readFile(file, chain);
    }
  }
}

function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** The folders in which a new file may match: those that the folder part of the pattern stands for. */
function foldersOf(baseDir: string, pattern: string): readonly string[] {
  const steps = relative(baseDir, resolve(baseDir, pattern)).split(sep);
  const folders = new Set<string>();
  for (let count = 0; count < steps.length; count++) {
    const above = steps.slice(0, count).join(sep);
    if (!isPattern(steps.slice(0, count + 1).join(sep))) continue;
    if (!isPattern(above)) folders.add(resolve(baseDir, above));
    else
      globSync(above, { cwd: baseDir })
        .map((match) => resolve(baseDir, match))
        .filter(isFolder)
        .forEach((match) => folders.add(match));
  }
  return [...folders];
}

/** One file has one identity, however it is named; a file that is missing has that of its path. */
function identity(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return join(parse(file).dir, basename(file));
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
