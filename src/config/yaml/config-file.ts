/** One YAML file of the configuration as a value whose every place is known. */
import { isScalar } from 'yaml';
import { isQuotable, isQuotableKey, isSecretPath } from '../redactor.ts';
import type { Evaluated } from './evaluate.ts';
import type { Range } from './excerpt.ts';
import type { Path } from '../problem.ts';
import { isRecord } from '../schema/schema-walk.ts';
import type { Location, Source } from './source.ts';

export interface ConfigFile extends Pick<Evaluated, 'value' | 'sourceMap'> {
  readonly source: Source;
  /** The main file may have all keys, an included one only connections and tenants. */
  readonly isMain: boolean;
  /** The folder that relative paths belong to. */
  readonly baseDir: string;
}

/** What the file has at a path, in words or as it is written there: never what a variable holds. */
export interface ActualValue {
  readonly text: string;
  /** Where that text stands, if it is the file's own. */
  readonly range?: Range;
}

export function describeActual(file: ConfigFile, path: Path): ActualValue {
  const node = file.sourceMap.get(path)?.node ?? null;
  const value = valueAt(file.value, path);
  if (value === undefined || value === null) return { text: 'nothing' };
  if (Array.isArray(value)) return { text: value.length === 0 ? 'an empty list' : 'a list' };
  if (typeof value === 'object') {
    return { text: Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping' };
  }
  if (isScalar(node) && node.range && !isSecretPath(path)) {
    const range: Range = [node.range[0], node.range[1]];
    const text = file.source.text.slice(...range);
    if (isQuotable(text)) return { text, range };
  }
  if (typeof value === 'string') return { text: value === '' ? 'an empty text' : 'a text' };
  return { text: typeof value === 'number' ? 'a number' : 'true or false' };
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

/** The names of the connections or tenants in a file, in its order. */
export function namesIn(file: ConfigFile, kind: 'connections' | 'tenants'): readonly string[] {
  const named = valueAt(file.value, [kind]);
  return isRecord(named) ? Object.keys(named) : [];
}

/** What is at fault: the key, the value, or what stands at an offset in the text. */
export type Target = 'key' | 'value' | number;

/** Where to point for a path: at the value, its key, or, when it is missing, at what should hold it. */
export function locate(
  file: ConfigFile,
  path: Path,
  at: Target,
  reveal: Range | undefined,
): Location {
  if (typeof at === 'number') return file.source.locate(at);
  for (let length = path.length; length >= 0; length--) {
    const position = file.sourceMap.get(path.slice(0, length));
    if (!position) continue;
    const isExact = length === path.length;
    const isThere = isScalar(position.node) ? position.node.value !== null : position.node !== null;
    const value = isExact && at === 'value' && isThere ? position.node : undefined;
    const node = value ?? position.key ?? (length === 0 ? undefined : position.node);
    if (node?.range) return file.source.locate(node.range[0], reveal);
    if (length === 0) return file.source.locate(file.source.document.contents?.range[0] ?? 0);
  }
  return { line: 1, column: 1 };
}

/** Whether the value at the path or what holds it could not be read; that has been reported already. */
export function isUnresolved(file: ConfigFile, path: Path): boolean {
  return path.some(
    (_, index) => file.sourceMap.get(path.slice(0, index + 1))?.isUnresolved === true,
  );
}

/** The path as it may be shown: a key that may be a misplaced secret is `…`. */
export function redactPath(file: ConfigFile, path: Path): Path {
  return path.map((step, index) => {
    if (typeof step === 'number') return step;
    const here = path.slice(0, index + 1);
    // `{ accessToken, abc }` with a comma in place of a colon: a key without a value.
    const isBare = file.sourceMap.get(here)?.node === null;
    return isBare || !isQuotableKey(here) ? '…' : step;
  });
}
