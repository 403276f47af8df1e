/** Reads the main file and all that it includes. */
import { existsSync, globSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, parse, relative, resolve, sep } from 'node:path';
import { evaluate } from './evaluate.ts';
import { isFolder } from '../folders.ts';
import { ConfigFile } from './config-file.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { readSource } from './source.ts';

export interface Files {
  readonly files: readonly ConfigFile[];
  /** Whether a file could not be read, so that the set of names is not known. */
  readonly isIncomplete: boolean;
}

export interface ReadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

const MAX_FILES = 5000;
/** Files that include files that include files. */
const MAX_DEPTH = 20;

/** @param main absolute */
export function readFiles(main: string, options: ReadOptions, diagnostics: Diagnostics): Files {
  const files: ConfigFile[] = [];
  const known = new Set<string>();
  let isIncomplete = false;
  readFile(main, []);
  return { files: files, isIncomplete };

  function readFile(path: string, chain: readonly string[]): void {
    known.add(identity(path));
    diagnostics.watchFile(path);
    if (known.size > MAX_FILES || chain.length > MAX_DEPTH) {
      isIncomplete = true;
      const message = `expected at most ${MAX_FILES} files, and ${MAX_DEPTH} that include each other, got more`;
      const file = diagnostics.show(path);
      diagnostics.addProblem(() => ({ file, line: 1, column: 1, path: '', message }));
      return;
    }
    const source = readSource(path, diagnostics.vocabulary);
    if ('failures' in source) {
      isIncomplete = true;
      for (const failure of source.failures) {
        diagnostics.addProblem(() => ({ ...failure, file: diagnostics.show(path), path: '' }));
      }
      return;
    }
    const baseDir = dirname(path);
    const evaluated = evaluate(source, { env: options.env, baseDir }, diagnostics.redactor);
    const file = new ConfigFile(source, evaluated, chain.length === 0, diagnostics);
    evaluated.files.forEach((used) => diagnostics.watchFile(used));
    for (const { path: at, message, hint, node } of evaluated.errors) {
      file.problem(at, { message, hint }, node?.range?.[0] ?? 'value');
    }
    files.push(file);
    includeAll(file, [...chain, path]);
  }

  function includeAll(file: ConfigFile, chain: readonly string[]): void {
    const include = file.valueAt(['include']);
    const entries: readonly unknown[] = Array.isArray(include) ? include : [include];
    entries.forEach((entry, index) => {
      const isUsable = typeof entry === 'string' && entry !== '' && Array.isArray(include);
      if (!isUsable || file.isUnresolved(['include', index])) isIncomplete ||= entry !== undefined;
      else if (isPattern(entry)) includePattern(file, entry, chain);
      else includeFile(file, index, entry, chain);
    });
  }

  function includePattern(file: ConfigFile, pattern: string, chain: readonly string[]): void {
    foldersOf(file.baseDir, pattern).forEach((folder) => diagnostics.watchFolder(folder));
    for (const match of globSync(pattern, { cwd: file.baseDir }).sort()) {
      const path = resolve(file.baseDir, match);
      if (isReadable(path) && !known.has(identity(path))) readFile(path, chain);
    }
  }

  function includeFile(
    file: ConfigFile,
    index: number,
    entry: string,
    chain: readonly string[],
  ): void {
    const path = resolve(file.baseDir, entry);
    const at = ['include', index];
    const circleStart = chain.findIndex((above) => identity(above) === identity(path));
    if (circleStart >= 0) {
      const names = [...chain.slice(circleStart), path].map((name) => basename(name));
      const message = `expected no circle of includes, got ${names.join(' → ')}`;
      file.problem(at, { message });
    } else if (!existsSync(path)) {
      isIncomplete = true;
      diagnostics.watchFile(path);
      const hint = 'a pattern such as tenants/*.yaml may match nothing, a path may not';
      file.expected(at, 'an existing file', hint);
    } else if (isFolder(path)) {
      isIncomplete = true;
      const hint = 'add /*.yaml for all files in the folder';
      file.expected(at, 'a file', hint);
    } else if (!isReadable(path)) {
      isIncomplete = true;
      file.expected(at, 'a file');
    } else if (!known.has(identity(path))) {
      readFile(path, chain);
    }
  }
}

function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** The folders in which a new file may match: those that the folder part of the pattern matches. */
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

/** Whether to read what is there: a file, or what cannot be looked at, which is then reported. A pipe never ends. */
function isReadable(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return true;
  }
}
