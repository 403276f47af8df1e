/** From YAML nodes to plain values: aliases and merges resolved, texts interpolated, secrets noted. */
import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import type { TimeSlice } from '../../model/time-slice.ts';
import type { Path } from '../problem.ts';
import { isName, isSecretPath, tokensIn } from '../quotable.ts';
import type { Redactor } from '../redactor.ts';
import type { InterpolationError, Interpolator } from './interpolate.ts';
import { keyOf, pairsOf, type NodeTree } from './node-tree.ts';

export interface Evaluated {
  /** Plain JSON. */
  readonly value: unknown;
  readonly errors: readonly LocatedError[];
  /** Whether the value at a path, or one above it, could not be read; that is among the errors. */
  isUnresolved(path: Path): boolean;
  /** Whether the text at a path refers to a variable or a file. */
  isInterpolated(path: Path): boolean;
}

export interface LocatedError extends InterpolationError {
  readonly path: Path;
  /** The node to point at; without it, that of the path. */
  readonly node?: Node;
}

/** Stops aliases of aliases of aliases, and merges of merges. */
const NODE_LIMIT = 100_000;
const MAX_DEPTH = 100;

/** @param baseDir the folder that relative paths belong to */
export async function evaluate(
  tree: NodeTree,
  baseDir: string,
  interpolator: Interpolator,
  redactor: Redactor,
  slice: TimeSlice,
): Promise<Evaluated> {
  const errors: LocatedError[] = [];
  const unresolved = new Set<string>();
  const interpolated = new Set<string>();
  const open = new Set<Node>();
  let count = 0;
  const value = await read(tree.root, []);
  return {
    value,
    errors,
    isUnresolved: (path) =>
      unresolved.size > 0 &&
      path.some((_, index) => unresolved.has(idOf(path.slice(0, index + 1)))),
    isInterpolated: (path) => interpolated.has(idOf(path)),
  };

  async function read(node: Node | null, path: Path): Promise<unknown> {
    if (slice.isOver) await slice.next();
    count++;
    const target = tree.resolve(node);
    if (target === null) return null;
    const isTooDeep = path.length > MAX_DEPTH;
    if (target === undefined || open.has(target) || count > NODE_LIMIT || isTooDeep) {
      unresolved.add(idOf(path));
      if (isTooDeep) addError([], null, TOO_DEEP);
      else if (count <= NODE_LIMIT) addError(path, node, BAD_ALIAS);
      else if (count === NODE_LIMIT + 1) addError([], null, TOO_LARGE);
      return undefined;
    }
    if (isScalar(target)) return readScalar(target, path);
    open.add(target);
    const value = isSeq(target)
      ? await readItems(target.items as Node[], path)
      : await readPairs(target, path, {});
    open.delete(target);
    return value;
  }

  async function readItems(items: readonly Node[], path: Path): Promise<readonly unknown[]> {
    const values: unknown[] = [];
    for (const item of items) values.push(await read(item, [...path, values.length]));
    return values;
  }

  function readScalar(scalar: Scalar, path: Path): unknown {
    const raw = scalar.value;
    const isSecret = isSecretPath(path);
    if (typeof raw !== 'string') {
      if (scalar.source !== undefined && isSecret) redactor.addSecret(scalar.source);
      return typeof raw === 'bigint' ? Number(raw) : raw;
    }
    const result = interpolator.interpolate(raw, baseDir);
    for (const value of result.values) redactor.addInterpolated(value);
    for (const error of result.errors) addError(path, null, error);
    if (result.errors.length > 0) unresolved.add(idOf(path));
    if (result.values.length > 0) interpolated.add(idOf(path));
    const password = PASSWORD_IN_URL.exec(result.text)?.[1];
    if (password !== undefined) redactor.addSecret(password);
    if (isSecret) for (const text of [raw, result.text, ...result.values]) redactor.addSecret(text);
    for (const token of tokensIn(raw)) redactor.addSecret(token);
    return result.text;
  }

  /** @param object gets the values; with `isMerge` the keys it already has win */
  async function readPairs(
    map: Node,
    path: Path,
    object: Record<string, unknown>,
    isMerge = false,
  ): Promise<Record<string, unknown>> {
    const merges: Node[] = [];
    for (const { key: node, value } of pairsOf(map)) {
      if (isMerge && ++count > NODE_LIMIT) {
        if (count === NODE_LIMIT + 1) addError([], null, TOO_LARGE);
        break;
      }
      const key = keyOf(node);
      const below = [...path, key ?? ''];
      if (key !== undefined && !isName(below))
        for (const token of tokensIn(key)) redactor.addSecret(token);
      if (key === undefined || key === '__proto__') {
        if (!isMerge) addError(path, node, BAD_KEY);
      } else if (key === '<<' && value) {
        merges.push(value);
      } else if (!Object.hasOwn(object, key)) {
        object[key] = await read(value, below);
      } else if (!isMerge) {
        addError(below, node, { message: `used twice${placeOfFirst(below)}` });
      }
    }
    for (const merge of merges) await mergeInto(object, merge, path, MAX_DEPTH);
    return object;
  }

  /** `<<: *defaults` or `<<: [*a, *b]` */
  async function mergeInto(
    object: Record<string, unknown>,
    node: Node,
    path: Path,
    depth: number,
  ): Promise<void> {
    if (slice.isOver) await slice.next();
    const target = tree.resolve(node);
    if (isSeq(target) && depth > 0 && count++ < NODE_LIMIT) {
      for (const item of target.items) await mergeInto(object, item as Node, path, depth - 1);
    } else if (isMap(target) && !open.has(target)) {
      await readPairs(target, path, object, true);
    } else {
      addError(path, node, { message: 'expected << to refer to a mapping by *NAME' });
    }
  }

  function addError(path: Path, node: Node | null, error: InterpolationError): void {
    errors.push({ path, ...(node && { node }), ...error });
  }

  function placeOfFirst(path: Path): string {
    const offset = tree.find(path)?.key?.range?.[0];
    return offset === undefined ? '' : `; the first is in line ${tree.lineOf(offset)}`;
  }
}

function idOf(path: Path): string {
  return JSON.stringify(path.map(String));
}

const PASSWORD_IN_URL = /^[a-z][a-z\d+.-]*:\/\/[^/\s:@]*:([^@\s]+)@/i;

const BAD_ALIAS: InterpolationError = {
  message: 'expected *NAME of an anchor &NAME that stands above',
  hint: 'put a text that begins with * in quotes',
};
const TOO_LARGE: InterpolationError = {
  message: `expected at most ${NODE_LIMIT} values, got more`,
};
const TOO_DEEP: InterpolationError = { message: `expected at most ${MAX_DEPTH} levels, got more` };
const BAD_KEY: InterpolationError = {
  message: 'expected a plain word as a key, got something else',
};
