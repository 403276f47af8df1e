/** `${NAME}`, `${file:PATH}` and `$$` in a text of the configuration. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isNameLike } from '../quotable.ts';

export interface InterpolationContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths belong to. */
  readonly baseDir: string;
}

export interface Interpolated {
  readonly text: string;
  /** What was put in; must not be shown. */
  readonly values: readonly string[];
  /** The files that the text names, also unreadable ones. Absolute. */
  readonly files: readonly string[];
  readonly errors: readonly InterpolationError[];
}

export interface InterpolationError {
  readonly message: string;
  readonly hint?: string;
}

const MAX_BYTES = 1024 * 1024;

/** Puts in what the text refers to. A `$` before anything else is a plain dollar. */
export function interpolate(text: string, { env, baseDir }: InterpolationContext): Interpolated {
  const values: string[] = [];
  const files: string[] = [];
  const errors: InterpolationError[] = [];
  const replaced = text.replace(
    /\$\$|\$\{([^}]*)\}|\$\{/g,
    (match: string, reference: string | undefined) => {
      if (match === '$$') return '$';
      const path = reference?.startsWith('file:') === true ? reference.slice(5) : undefined;
      if (path !== undefined && path !== '') files.push(resolve(baseDir, path));
      const result = path === undefined ? fromEnvironment(reference, env) : fromFile(path, baseDir);
      if (typeof result !== 'string') errors.push(result);
      else values.push(result);
      return typeof result === 'string' ? result : '';
    },
  );
  return { text: replaced, values, files, errors };
}

function fromEnvironment(
  name: string | undefined,
  env: InterpolationContext['env'],
): string | InterpolationError {
  if (name === undefined || !/^[A-Za-z_]\w*$/.test(name)) {
    return {
      message: 'expected ${NAME} or ${file:PATH}, got something else after ${',
      hint: 'write $$ for a plain dollar',
    };
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined) return value;
  const variable = isNameLike(name) ? `environment variable ${name}` : 'environment variable';
  return {
    message: `expected the ${variable} to be set, got nothing`,
    hint: 'set it before the bridge starts, or write $$ for a plain dollar',
  };
}

/** A long word alone may be the secret itself. */
const LOOKS_LIKE_PATH = /^(?:.{1,7}|\S*[./_-]\S*)$/u;

function fromFile(path: string, baseDir: string): string | InterpolationError {
  if (path === '') return { message: 'expected a path after "file:", got nothing' };
  const shown = isNameLike(path) && LOOKS_LIKE_PATH.test(path) ? ` ${path}` : '';
  const expected = `expected the file${shown} to be readable text`;
  const file = resolve(baseDir, path);
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) return { message: `${expected}, got a folder` };
    if (!stat.isFile()) return { message: `${expected}, got something that is not a file` };
    if (stat.size > MAX_BYTES) return { message: `${expected}, got more than 1 MB` };
    return readText(file).replace(/\r?\n$/, '');
  } catch (error) {
    return { message: `${expected}, got ${whyUnreadable(error)}` };
  }
}

/** Without a byte order mark. @throws when the file is not UTF-8 */
export function readText(file: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
}

/** The reason a file can't be read, in words: `no such file`, `no permission to read it`, … */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  if (code === 'EISDIR') return 'a folder';
  if (code === 'ELOOP') return 'a circle of symbolic links';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'something that is not UTF-8 text';
  return code === '' ? 'something unreadable' : `the error ${code}`;
}
