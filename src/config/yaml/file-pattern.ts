/**
 * The files that a pattern of `include` matches. Node's glob has no bounds: braces multiply, `**` from the root visits
 * the whole disk, and several `*` in one name take its matcher minutes.
 */
import { globSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../diagnostics.ts';
import { isFolder } from '../folders.ts';

export interface Matches {
  /** Absolute, in order; not all are files. */
  readonly files: readonly string[];
  /** Those in which a new file may match. Absolute. */
  readonly folders: readonly string[];
}

const MAX_LENGTH = 500;
const MAX_STEPS = 20;
const MAX_STARS = 3;
const MAX_ALTERNATIVES = 50;
const MAX_VISITED = 20_000;

export function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** @returns the matches, or what is wrong with the pattern */
export function findMatches(baseDir: string, pattern: string): Matches | Diagnostic {
  const mistake = mistakeIn(pattern);
  if (mistake !== undefined) return { message: mistake };
  let visited = 0;
  const exclude = (): boolean => {
    if (++visited > MAX_VISITED) throw new TooManyError();
    return false;
  };
  const glob = (text: string): readonly string[] =>
    globSync(text, { cwd: baseDir, exclude }).map((match) => resolve(baseDir, match));
  try {
    return { files: glob(pattern).toSorted(), folders: foldersOf(baseDir, pattern, glob) };
  } catch (error) {
    if (!(error instanceof TooManyError)) throw error;
    return {
      message: `expected a pattern that looks at no more than ${MAX_VISITED} files and folders`,
      hint: 'begin it with the folder that has the files, such as tenants/*.yaml',
    };
  }
}

class TooManyError extends Error {
  override readonly name = 'TooManyError';
}

function mistakeIn(pattern: string): string | undefined {
  const steps = pattern.split('/');
  const groups = pattern.match(/\{[^{}]*/g) ?? [];
  const alternatives = groups.reduce((product, group) => product * group.split(',').length, 1);
  if (pattern.length > MAX_LENGTH) return `expected a pattern of at most ${MAX_LENGTH} characters`;
  if (steps.length > MAX_STEPS) return `expected a pattern of at most ${MAX_STEPS} folders`;
  if (steps.filter((step) => step.includes('**')).length > 1)
    return 'expected a pattern with one ** at most';
  if (/[?*+@!]\(/.test(pattern) || /\{[^{}]*\.\./.test(pattern))
    return 'expected a pattern of *, **, ?, [ ] and {one,other}';
  if (steps.some((step) => step !== '**' && step.split('*').length - 1 > MAX_STARS))
    return `expected at most ${MAX_STARS} * in a name`;
  if (alternatives > MAX_ALTERNATIVES)
    return `expected a pattern with at most ${MAX_ALTERNATIVES} alternatives in its braces`;
  return undefined;
}

/** The folders that the folder part of the pattern matches, and the first that it begins with. */
function foldersOf(
  baseDir: string,
  pattern: string,
  glob: (text: string) => readonly string[],
): readonly string[] {
  const steps = relative(baseDir, resolve(baseDir, pattern)).split(sep);
  const first = steps.findIndex(isPattern);
  const folders = steps.slice(first + 1).flatMap((_, index) => {
    const above = steps.slice(0, first + 1 + index).join(sep);
    return glob(above).filter(isFolder);
  });
  return [...new Set([resolve(baseDir, ...steps.slice(0, first)), ...folders])];
}
