/** Reads the main file and all that it includes. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, parse, resolve } from 'node:path';
import type { TimeSlice } from '../../model/time-slice.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { isFolder } from '../folders.ts';
import type { Problem } from '../problem.ts';
import { ConfigFile } from './config-file.ts';
import { evaluate } from './evaluate.ts';
import { findMatches, isPattern } from './file-pattern.ts';
import { Interpolator } from './interpolate.ts';
import { readSource } from './source.ts';

export interface Files {
  readonly files: readonly ConfigFile[];
  /** Whether a file could not be read, so that the set of names is not known. */
  readonly isIncomplete: boolean;
}

export interface ReadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly slice: TimeSlice;
}

const MAX_FILES = 5000;
/** Of all files together; ten thousand tenants take half of it. */
const MAX_CHARACTERS = 8_000_000;
/** Files that include files that include files. */
const MAX_DEPTH = 20;
/** Paths and patterns in all files. */
const MAX_INCLUDES = 5000;

/** @param main absolute */
export async function readFiles(
  main: string,
  { env, slice }: ReadOptions,
  diagnostics: Diagnostics,
): Promise<Files> {
  const { vocabulary } = diagnostics;
  const files: ConfigFile[] = [];
  const known = new Set<string>();
  const interpolator = new Interpolator(env);
  let characters = 0;
  let includes = 0;
  let isIncomplete = false;
  await readFile(main, []);
  for (const file of interpolator.files) diagnostics.watchFile(file);
  return { files, isIncomplete };

  async function readFile(path: string, chain: readonly string[]): Promise<void> {
    known.add(identity(path));
    diagnostics.watchFile(path);
    if (known.size > MAX_FILES || chain.length > MAX_DEPTH) {
      const message = `expected at most ${MAX_FILES} files, and ${MAX_DEPTH} that include each other, got more`;
      reportFile(path, { line: 1, column: 1, message });
      return;
    }
    if (slice.isOver) await slice.next();
    const source = await readSource(path, slice, (word) => vocabulary.isShown(word, NO_WORDS));
    if ('failures' in source) {
      for (const failure of source.failures) reportFile(path, failure);
      return;
    }
    characters += source.text.length;
    if (characters > MAX_CHARACTERS) {
      const message = 'expected at most 8 MB in all files, got more';
      reportFile(path, { line: 1, column: 1, message });
      return;
    }
    const { redactor } = diagnostics;
    const evaluated = await evaluate(source.tree, dirname(path), interpolator, redactor, slice);
    const file = new ConfigFile(source, evaluated, chain.length === 0, diagnostics);
    for (const { path: at, message, hint, node } of evaluated.errors) {
      file.problem(at, { message, hint }, node?.range?.[0] ?? 'value');
      if (slice.isOver) await slice.next();
    }
    files.push(file);
    await includeAll(file, [...chain, path]);
  }

  function reportFile(path: string, problem: Omit<Problem, 'file' | 'path'>): void {
    isIncomplete = true;
    diagnostics.addProblem(() => ({ ...problem, file: diagnostics.show(path), path: '' }));
  }

  async function includeAll(file: ConfigFile, chain: readonly string[]): Promise<void> {
    const include = file.valueAt(['include']);
    if (!Array.isArray(include)) {
      isIncomplete ||= include !== undefined;
      return;
    }
    for (const [index, entry] of (include as readonly unknown[]).entries()) {
      if (slice.isOver) await slice.next();
      const at = ['include', index];
      if (++includes > MAX_INCLUDES) {
        isIncomplete = true;
        const message = `expected at most ${MAX_INCLUDES} paths and patterns, got more`;
        file.problem(at, { message, hint: 'a pattern such as tenants/*.yaml names many files' });
        return;
      }
      if (typeof entry !== 'string' || entry === '' || file.isUnresolved(at)) isIncomplete = true;
      else if (isPattern(entry)) await includePattern(file, index, entry, chain);
      else await includeFile(file, index, entry, chain);
    }
  }

  async function includePattern(
    file: ConfigFile,
    index: number,
    entry: string,
    chain: readonly string[],
  ): Promise<void> {
    const found = findMatches(file.baseDir, entry);
    if ('message' in found) {
      isIncomplete = true;
      file.problem(['include', index], found);
      return;
    }
    found.folders.forEach((folder) => diagnostics.watchFolder(folder));
    for (const path of found.files) {
      if (isReadable(path) && !known.has(identity(path))) await readFile(path, chain);
    }
  }

  async function includeFile(
    file: ConfigFile,
    index: number,
    entry: string,
    chain: readonly string[],
  ): Promise<void> {
    const path = resolve(file.baseDir, entry);
    const at = ['include', index];
    const circleStart = chain.findIndex((above) => identity(above) === identity(path));
    if (circleStart >= 0) {
      const names = [...chain.slice(circleStart), path].map((name) => basename(name));
      const message = `expected no circle of includes, got ${names.join(' → ')}`;
      file.problem(at, { message });
    } else if (existsSync(path) && isReadable(path)) {
      if (!known.has(identity(path))) await readFile(path, chain);
    } else {
      isIncomplete = true;
      diagnostics.watchFile(path);
      if (isFolder(path)) file.expected(at, 'a file', 'add /*.yaml for all files in the folder');
      else if (existsSync(path)) file.expected(at, 'a file');
      else file.expected(at, 'an existing file', MISSING_HINT);
    }
  }
}

const MISSING_HINT = 'a pattern such as tenants/*.yaml may match nothing, a path may not';
const NO_WORDS: ReadonlySet<string> = new Set();

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
