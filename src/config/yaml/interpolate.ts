/** `${NAME}`, `${file:PATH}` and `$$` in a text of the configuration. */
import { resolve } from 'node:path';
import { isPath, isVariableName } from '../quotable.ts';
import { readText, whyUnreadable } from '../../model/readable-file.ts';

export interface Interpolated {
  readonly text: string;
  /** What was put in; must not be shown. */
  readonly values: readonly string[];
  readonly errors: readonly InterpolationError[];
}

export interface InterpolationError {
  readonly message: string;
  readonly hint?: string;
}

/** Bounds of one configuration: a file of 1 MB can name one of 1 MB 50,000 times. */
const MAX_FILES = 5000;
const MAX_CHARACTERS = 16_000_000;

/** For all files of one configuration. */
export class Interpolator {
  readonly #env: Readonly<Record<string, string | undefined>>;
  /** What each file holds, or why it cannot be read. */
  readonly #files = new Map<string, string | { readonly reason: string }>();
  #characters = 0;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** The files that texts name, also unreadable ones. Absolute. */
  get files(): Iterable<string> {
    return this.#files.keys();
  }

  /**
   * Puts in what the text refers to. A `$` before anything else is a plain dollar.
   * @param baseDir the folder that relative paths belong to
   */
  interpolate(text: string, baseDir: string): Interpolated {
    const misspelt = misspeltReference(text);
    if (misspelt !== undefined) return { text: '', values: [], errors: [misspelt] };
    const values: string[] = [];
    const errors: InterpolationError[] = [];
    const replaced = text.replace(
      /\$\$|\$\{([^}]*)\}|\$\{/g,
      (match: string, reference: string | undefined) => {
        if (match === '$$') return '$';
        const value = this.#lookUp(reference, baseDir);
        const isValue = typeof value === 'string';
        if (isValue) values.push(value);
        else errors.push(value);
        return isValue ? value : '';
      },
    );
    return { text: replaced, values, errors };
  }

  #lookUp(reference: string | undefined, baseDir: string): string | InterpolationError {
    const value = reference?.startsWith('file:')
      ? this.#fromFile(reference.slice('file:'.length), baseDir)
      : this.#fromEnvironment(reference);
    if (typeof value !== 'string') return value;
    this.#characters += value.length;
    if (this.#characters <= MAX_CHARACTERS) return value;
    return { message: 'expected at most 16 MB from variables and files in all, got more' };
  }

  #fromEnvironment(name: string | undefined): string | InterpolationError {
    if (name === undefined || !/^[A-Za-z_]\w*$/.test(name)) {
      return {
        message: 'expected ${NAME} or ${file:PATH}, got something else after ${',
        hint: 'write $$ for a plain dollar',
      };
    }
    const value = Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
    if (value !== undefined) return value;
    const capitals = name.toUpperCase();
    const isSet = this.#env[capitals] !== undefined && Object.hasOwn(this.#env, capitals);
    // In lower case it may be a password, unless there is a variable that it can only mean.
    const isShown = isVariableName(name) && (name === capitals || isSet);
    const variable = isShown ? `environment variable ${name}` : 'environment variable';
    return {
      message: `expected the ${variable} to be set, got nothing`,
      hint:
        isSet && isVariableName(capitals)
          ? `did you mean "${capitals}"?`
          : 'set it before the bridge starts, or write $$ for a plain dollar',
    };
  }

  #fromFile(path: string, baseDir: string): string | InterpolationError {
    if (path === '') return { message: 'expected a path after "file:", got nothing' };
    const file = resolve(baseDir, path);
    const content = this.#files.get(file) ?? this.#read(file);
    if (typeof content === 'string') return content;
    const shown = isPath(path) ? ` ${path}` : '';
    return { message: `expected the file${shown} to be readable text, got ${content.reason}` };
  }

  #read(file: string): string | { readonly reason: string } {
    if (this.#files.size >= MAX_FILES) return { reason: `more than ${MAX_FILES} files` };
    const content = contentOf(file);
    this.#files.set(file, content);
    return content;
  }
}

/** A whole text that is a variable as shells or make write it: it would be taken for the value itself. */
const FOREIGN_REFERENCE = /^\$(?:[A-Z_][A-Z0-9_]*|\([A-Za-z_]\w*\))$/;

function misspeltReference(text: string): InterpolationError | undefined {
  if (!FOREIGN_REFERENCE.test(text)) return undefined;
  return {
    message: 'expected ${NAME} for an environment variable, got a name without braces',
    hint: 'write "${NAME}", or $$ for a plain dollar',
  };
}

function contentOf(file: string): string | { readonly reason: string } {
  try {
    return readText(file).replace(/\r?\n$/, '');
  } catch (error) {
    return { reason: whyUnreadable(error) };
  }
}
