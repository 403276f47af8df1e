/** One YAML file of the configuration: its value, where each part of it stands, and problems with it. */
import { dirname, resolve } from 'node:path';
import { isMap, isScalar } from 'yaml';
import type { Diagnostic, Diagnostics } from '../diagnostics.ts';
import { isFolder } from '../folders.ts';
import { formatPath, formatPosition, type Path, type Problem } from '../problem.ts';
import { isSecretPath, wordsOf } from '../quotable.ts';
import { isRecord } from '../is-record.ts';
import type { Evaluated } from './evaluate.ts';
import type { Source } from './source.ts';
import { hintForPasted } from './pasted-characters.ts';

/** What is wrong: the key, the value, or what stands at an offset in the text. */
export type Target = 'key' | 'value' | number;

export class ConfigFile {
  /** Plain JSON. */
  readonly value: unknown;
  /** The main file may have all keys, an included one only connections and tenants. */
  readonly isMain: boolean;
  /** The folder that relative paths belong to. */
  readonly baseDir: string;
  readonly diagnostics: Diagnostics;
  readonly #source: Source;
  readonly #evaluated: Evaluated;
  readonly #reported = new Set<string>();
  readonly #keys = new Map<object, readonly string[]>();

  constructor(source: Source, evaluated: Evaluated, isMain: boolean, diagnostics: Diagnostics) {
    this.#source = source;
    this.#evaluated = evaluated;
    this.value = evaluated.value;
    this.isMain = isMain;
    this.baseDir = dirname(source.file);
    this.diagnostics = diagnostics;
  }

  /** What is at a path, or `undefined`. */
  valueAt(path: Path): unknown {
    return valueAt(this.value, path);
  }

  /** What is written at a path; empty when that is not a text, a number, or true or false. */
  textAt(path: Path): string {
    const node = this.#source.tree.find(path)?.node;
    return isScalar(node) && node.range
      ? this.#source.text.slice(node.range[0], node.range[1])
      : '';
  }

  /** The keys of the mapping at a path, in the order of the file; `undefined` for anything else. */
  keysAt(path: Path): readonly string[] | undefined {
    const value = this.valueAt(path);
    if (!isRecord(value)) return undefined;
    const keys = this.#keys.get(value) ?? Object.keys(value);
    this.#keys.set(value, keys);
    return keys;
  }

  /** The names of the connections or tenants, in the order of the file. */
  namesIn(kind: 'connections' | 'tenants'): readonly string[] {
    const named = this.valueAt([kind]);
    return isRecord(named) ? Object.keys(named) : [];
  }

  /** The folder a setting names, absolute; `undefined` when it names none, or none that exists, which is reported. */
  folderAt(path: Path): string | undefined {
    const value = this.valueAt(path);
    if (typeof value !== 'string' || value === '' || this.isUnresolved(path)) return undefined;
    const folder = resolve(this.baseDir, value);
    this.diagnostics.watchFolder(folder);
    if (isFolder(folder)) return folder;
    this.expected(path, 'the path of an existing folder');
    return undefined;
  }

  /** Whether the value at the path or what holds it could not be read; that has been reported already. */
  isUnresolved(path: Path): boolean {
    return this.#evaluated.isUnresolved(path);
  }

  /**
   * Reports `expected …, got …` with what the file has there.
   * @param kindHint depends only on the kind of the value, so it is for what a variable or a file holds, too
   */
  expected(path: Path, expected: string, hint?: Hint, kindHint?: string): void {
    this.#report(path, () => {
      // A hint about the value would show what the variable or the file holds.
      const advice = this.#evaluated.isInterpolated(path)
        ? (kindHint ?? 'look at what the variable or file holds')
        : (hintForPasted(this.textAt(path)) ?? (typeof hint === 'function' ? hint() : hint));
      const actual = this.#describe(path, `${expected} ${advice ?? ''}`);
      const message = `expected ${expected}, got ${actual}`;
      return this.problemAt(path, { message, hint: advice }, 'value');
    });
  }

  /** Reports what is wrong with the key, the value, or what stands at an offset in the text. */
  problem(path: Path, diagnostic: Diagnostic, at: Target = 'value'): void {
    this.#report(path, () => this.problemAt(path, diagnostic, at));
  }

  warning(path: Path, diagnostic: Diagnostic, at: Target = 'value'): void {
    this.diagnostics.addWarning(() => this.problemAt(path, diagnostic, at));
  }

  /** Whether a problem with this value is known. */
  hasProblem(path: Path): boolean {
    return this.#reported.has(JSON.stringify(path));
  }

  /** `file:line:column` */
  positionOf(path: Path, at: Target): string {
    return formatPosition(this.problemAt(path, { message: '' }, at));
  }

  /** A problem that is not reported. */
  problemAt(path: Path, { message, hint }: Diagnostic, at: Target): Problem {
    const { vocabulary } = this.diagnostics;
    const said = `${message} ${hint ?? ''}`;
    const shownPath = formatPath(this.#redactPath(path, said));
    const words = wordsOf(`${shownPath} ${said}`);
    const offset = typeof at === 'number' ? at : this.#offsetOf(path, at);
    return {
      file: this.diagnostics.show(this.#source.file),
      ...this.#source.locate(offset, (word) => vocabulary.isShown(word, words)),
      path: shownPath,
      message,
      ...(hint === undefined ? {} : { hint }),
    };
  }

  #report(path: Path, problem: () => Problem): void {
    this.#reported.add(JSON.stringify(path));
    this.diagnostics.addProblem(problem);
  }

  /** What the file has at a path, in words or as it is written there: never what a variable holds. */
  #describe(path: Path, besides: string): string {
    const value = this.valueAt(path);
    if (value === undefined || value === null) return 'nothing';
    if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
    if (typeof value === 'object') {
      return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
    }
    if (value === '') return 'an empty text';
    // Where a mapping belongs, even a number may be the secret that belongs below a key of it.
    if (!besides.startsWith('a mapping') && !isSecretPath(path)) {
      const text = this.textAt(path);
      if (text !== '' && this.diagnostics.vocabulary.isHarmless(text, besides)) return text;
    }
    if (typeof value === 'string') return 'a text';
    return typeof value === 'number' ? 'a number' : 'true or false';
  }

  /** Where to point for a path: at the value, its key, or, when it is missing, at what should hold it. */
  #offsetOf(path: Path, at: 'key' | 'value'): number {
    const { tree } = this.#source;
    for (let length = path.length; length >= 0; length--) {
      const position = tree.find(path.slice(0, length));
      if (!position) continue;
      const isThere = isScalar(position.node)
        ? position.node.value !== null
        : position.node !== null;
      const value = length === path.length && at === 'value' && isThere ? position.node : undefined;
      const node = value ?? position.key ?? (length === 0 ? undefined : position.node);
      if (node?.range) return node.range[0];
    }
    return tree.root?.range?.[0] ?? 0;
  }

  /** The path as it may be shown: a key that may be a misplaced secret is `…`. @param besides what the message says */
  #redactPath(path: Path, besides: string): Path {
    const { vocabulary } = this.diagnostics;
    return path.map((step, index) => {
      if (typeof step === 'number') return step;
      const here = path.slice(0, index + 1);
      // `{ accessToken, abc }` with a comma in place of a colon: a key without a value.
      const position = this.#source.tree.find(here);
      if (position?.node === null) return '…';
      const hasMapping = position === undefined || isMap(position.node);
      return vocabulary.isQuotableKey(here, hasMapping, besides) ? step : '…';
    });
  }
}

/** A sentence, or what finds one: it is asked only for problems that are listed. */
export type Hint = string | (() => string | undefined) | undefined;

/** What is at a path, or `undefined`. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step)
        ? (at as Readonly<Record<string | number, unknown>>)[step]
        : undefined,
    value,
  );
}
