/** One YAML file of the configuration: its value, where each part of it stands, and problems with it. */
import { dirname, resolve } from 'node:path';
import { isMap, isScalar } from 'yaml';
import type { Diagnostic, Diagnostics } from '../diagnostics.ts';
import { isFolder } from '../folders.ts';
import { formatPath, formatPosition, type Path, type Problem } from '../problem.ts';
import { isQuotableKey, isSecretPath } from '../quotable.ts';
import { isRecord } from '../schema/schema-walk.ts';
import type { Evaluated, SourceMap } from './evaluate.ts';
import type { Range } from './excerpt.ts';
import type { Location, Source } from './source.ts';

/** What the file has at a path, in words or as it is written there: never what a variable holds. */
export interface ActualValue {
  readonly text: string;
  /** Where that text stands, if it is the file's own. */
  readonly range?: Range;
}

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
  readonly #sourceMap: SourceMap;

  constructor(
    source: Source,
    { value, sourceMap }: Evaluated,
    isMain: boolean,
    diagnostics: Diagnostics,
  ) {
    this.#source = source;
    this.#sourceMap = sourceMap;
    this.value = value;
    this.isMain = isMain;
    this.baseDir = dirname(source.file);
    this.diagnostics = diagnostics;
  }

  /** What is at a path, or `undefined`. */
  valueAt(path: Path): unknown {
    return valueAt(this.value, path);
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
    return path.some(
      (_, index) => this.#sourceMap.get(path.slice(0, index + 1))?.isUnresolved === true,
    );
  }

  /**
   * Reports `expected …, got …` with what the file has there.
   * @param isQuoted false where a mapping belongs: a text there may be the secret that belongs below a key of it
   */
  expected(path: Path, expected: string, hint?: string, isQuoted = true): void {
    this.diagnostics.addProblem(() => {
      const actual = this.describeActual(path, `${expected} ${hint ?? ''}`, isQuoted);
      const message = `expected ${expected}, got ${actual.text}`;
      const isInterpolated = this.#sourceMap.get(path)?.isInterpolated === true;
      // A hint about the value would show what the variable or the file holds.
      const advice = isInterpolated ? 'look at what the variable or file holds' : hint;
      return this.#problemAt(path, { message, hint: advice }, 'value', actual.range);
    });
  }

  /** The same for the last key of the path. */
  expectedKey(path: Path, expected: string): void {
    const key = this.#redactPath(path).at(-1);
    const text = typeof key === 'string' && key !== '…' ? JSON.stringify(key) : 'another';
    this.problem(path, { message: `expected ${expected}, got ${text}` }, 'key');
  }

  problem(path: Path, diagnostic: Diagnostic, at: Target = 'value'): void {
    this.diagnostics.addProblem(() => this.problemAt(path, diagnostic, at));
  }

  warning(path: Path, diagnostic: Diagnostic): void {
    this.diagnostics.addWarning(() => this.problemAt(path, diagnostic, 'value'));
  }

  /** Whether a problem with this value is known. */
  hasProblem(path: Path): boolean {
    return this.diagnostics.hasProblemAt(this.positionOf(path, 'value'));
  }

  /** `file:line:column` */
  positionOf(path: Path, at: Target): string {
    return formatPosition(this.problemAt(path, { message: '' }, at));
  }

  /** A problem that is not reported. */
  problemAt(path: Path, diagnostic: Diagnostic, at: Target): Problem {
    const reveal = at === 'value' ? this.describeActual(path).range : undefined;
    return this.#problemAt(path, diagnostic, at, reveal);
  }

  #problemAt(
    path: Path,
    { message, hint }: Diagnostic,
    at: Target,
    reveal: Range | undefined,
  ): Problem {
    return {
      file: this.diagnostics.show(this.#source.file),
      ...this.#locate(path, at, reveal),
      path: formatPath(this.#redactPath(path)),
      message,
      ...(hint === undefined ? {} : { hint }),
    };
  }

  /** @param besides what the message says about the value. @param isQuoted see {@link expected} */
  describeActual(path: Path, besides = '', isQuoted = true): ActualValue {
    const node = this.#sourceMap.get(path)?.node ?? null;
    const value = this.valueAt(path);
    if (value === undefined || value === null) return { text: 'nothing' };
    if (Array.isArray(value)) return { text: value.length === 0 ? 'an empty list' : 'a list' };
    if (typeof value === 'object') {
      return { text: Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping' };
    }
    const mayQuote = isQuoted && path.length > 0 && !isSecretPath(path);
    if (isScalar(node) && node.range && mayQuote) {
      const range: Range = [node.range[0], node.range[1]];
      const text = this.#source.text.slice(...range);
      if (this.diagnostics.vocabulary.isHarmless(text, besides)) return { text, range };
    }
    if (typeof value === 'string') return { text: value === '' ? 'an empty text' : 'a text' };
    return { text: typeof value === 'number' ? 'a number' : 'true or false' };
  }

  /** Where to point for a path: at the value, its key, or, when it is missing, at what should hold it. */
  #locate(path: Path, at: Target, reveal: Range | undefined): Location {
    if (typeof at === 'number') return this.#source.locate(at);
    for (let length = path.length; length >= 0; length--) {
      const position = this.#sourceMap.get(path.slice(0, length));
      if (!position) continue;
      const isExact = length === path.length;
      const isThere = isScalar(position.node)
        ? position.node.value !== null
        : position.node !== null;
      const value = isExact && at === 'value' && isThere ? position.node : undefined;
      const node = value ?? position.key ?? (length === 0 ? undefined : position.node);
      if (node?.range) return this.#source.locate(node.range[0], reveal);
    }
    return this.#source.locate(this.#source.document.contents?.range[0] ?? 0);
  }

  /** The path as it may be shown: a key that may be a misplaced secret is `…`. */
  #redactPath(path: Path): Path {
    return path.map((step, index) => {
      if (typeof step === 'number') return step;
      const here = path.slice(0, index + 1);
      // `{ accessToken, abc }` with a comma in place of a colon: a key without a value.
      const node = this.#sourceMap.get(here)?.node;
      if (node === null) return '…';
      const { vocabulary } = this.diagnostics;
      return isQuotableKey(here, node === undefined || isMap(node), vocabulary) ? step : '…';
    });
  }
}

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
