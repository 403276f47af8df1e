/** From YAML nodes to plain values: aliases and merges resolved, texts interpolated, every position remembered. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import { type Redactor } from '../redactor.ts';
import { isSecretPath } from '../quotable.ts';
import { interpolate, type InterpolationError, type InterpolationContext } from './interpolate.ts';
import type { Path } from '../problem.ts';
import type { Source } from './source.ts';

export interface Evaluated {
  /** Plain JSON. */
  readonly value: unknown;
  readonly sourceMap: SourceMap;
  readonly errors: readonly LocatedError[];
  /** The files that texts refer to by `${file:…}`. Absolute. */
  readonly files: readonly string[];
}

export interface LocatedError extends InterpolationError {
  readonly path: Path;
  /** The node to point at; without it, that of the path. */
  readonly node?: Node;
}

/** Where the values stand in the file. */
export class SourceMap {
  readonly #positions = new Map<string, Position>();

  get(path: Path): Position | undefined {
    return this.#positions.get(JSON.stringify(path.map(String)));
  }

  set(path: Path, position: Position): void {
    this.#positions.set(JSON.stringify(path.map(String)), position);
  }
}

export interface Position {
  readonly key?: Node | null | undefined;
  readonly node: Node | null;
  /** The value is not known, since what it refers to is missing; problems with it are not reported. */
  isUnresolved: boolean;
  /** The text refers to a variable or a file. */
  isInterpolated: boolean;
}

/** Stops aliases of aliases of aliases, and merges of merges. */
const NODE_LIMIT = 100_000;
const MAX_DEPTH = 100;

export function evaluate(
  source: Source,
  context: InterpolationContext,
  redactor: Redactor,
): Evaluated {
  const { document } = source;
  const sourceMap = new SourceMap();
  const errors: LocatedError[] = [];
  const files = new Set<string>();
  const open = new Set<Node>();
  const targets = aliasTargets(document);
  let count = 0;
  const value = read(document.contents, []);
  return { value, sourceMap, errors, files: [...files] };

  function read(node: Node | null, path: Path, key?: Node | null): unknown {
    count++;
    const target = resolveAlias(node);
    const position = { key, node: target ?? node, isUnresolved: false, isInterpolated: false };
    sourceMap.set(path, position);
    const isTooDeep = path.length > MAX_DEPTH;
    if (target === undefined || (target && open.has(target)) || count > NODE_LIMIT || isTooDeep) {
      position.isUnresolved = true;
      if (isTooDeep) addError([], null, TOO_DEEP);
      else if (count <= NODE_LIMIT) addError(path, node, BAD_ALIAS);
      else if (count === NODE_LIMIT + 1) addError([], null, TOO_LARGE);
      return undefined;
    }
    if (target === null) return null;
    if (isScalar(target)) return readScalar(target, path, position);
    open.add(target);
    try {
      return isSeq(target)
        ? target.items.map((item, index) => read(item as Node, [...path, index]))
        : readPairs(target, path, {});
    } finally {
      open.delete(target);
    }
  }

  function readScalar(scalar: Scalar, path: Path, position: Position): unknown {
    const raw = scalar.value;
    if (typeof raw === 'bigint') return Number(raw);
    if (typeof raw !== 'string') {
      if (scalar.source !== undefined && isSecretPath(path)) redactor.addSecret(scalar.source);
      return raw;
    }
    const result = interpolate(raw, context);
    for (const value of result.values) redactor.addInterpolated(value);
    for (const file of result.files) files.add(file);
    for (const error of result.errors) addError(path, null, error);
    position.isUnresolved = result.errors.length > 0;
    position.isInterpolated = result.values.length > 0;
    const texts = isSecretPath(path) ? [raw, result.text, ...result.values] : [];
    for (const text of texts) redactor.addSecret(text);
    return result.text;
  }

  /** @param object gets the values; with `isMerge` the keys it already has win */
  function readPairs(
    map: Node,
    path: Path,
    object: Record<string, unknown>,
    isMerge = false,
  ): Record<string, unknown> {
    const merges: Node[] = [];
    const pairs = isMap(map) ? (map.items as KeyedPair[]) : [];
    for (const { key: node, value: valueNode } of pairs) {
      if (isMerge && ++count > NODE_LIMIT) {
        if (count === NODE_LIMIT + 1) addError([], null, TOO_LARGE);
        break;
      }
      const key = keyOf(node);
      const below = [...path, key ?? ''];
      if (key === undefined || key === '__proto__') {
        if (!isMerge) addError(path, node, BAD_KEY);
      } else if (key === '<<' && valueNode) {
        merges.push(valueNode);
      } else if (!Object.hasOwn(object, key)) {
        object[key] = read(valueNode, below, node);
      } else if (!isMerge) {
        addError(below, node, { message: `used twice${placeOfFirst(below)}` });
      }
    }
    for (const merge of merges) mergeInto(object, merge, path, MAX_DEPTH);
    return object;
  }

  /** `<<: *defaults` or `<<: [*a, *b]` */
  function mergeInto(object: Record<string, unknown>, node: Node, path: Path, depth: number): void {
    const target = resolveAlias(node);
    if (isSeq(target) && depth > 0 && count++ < NODE_LIMIT) {
      for (const item of target.items) mergeInto(object, item as Node, path, depth - 1);
    } else if (isMap(target) && !open.has(target)) {
      readPairs(target, path, object, true);
    } else {
      addError(path, node, { message: 'expected << to refer to a mapping by *NAME' });
    }
  }

  function resolveAlias(node: Node | null): Node | null | undefined {
    return isAlias(node) ? targets.get(node) : node;
  }

  function addError(path: Path, node: Node | null, error: InterpolationError): void {
    errors.push({ path, ...(node && { node }), ...error });
  }

  function placeOfFirst(path: Path): string {
    const offset = sourceMap.get(path)?.key?.range?.[0];
    return offset === undefined ? '' : `; the first is in line ${source.lineOf(offset)}`;
  }
}

/** What each alias refers to: the latest anchor of its name before it. (The library looks through the document each time.) */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, (_, node) => {
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  return targets;
}

type KeyedPair = Pair<Node | null, Node | null>;

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

/** A key as it is written: `007` stays a text. */
function keyOf(node: Node | null): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? undefined);
}
