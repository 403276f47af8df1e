/** Finds the nodes of a YAML document by path: where a value and its key stand in the file. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  visit,
  type Document,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLSeq,
} from 'yaml';
import type { Path } from '../problem.ts';

export interface Position {
  readonly key?: Node | null;
  /** Aliases are followed. */
  readonly node: Node | null;
}

export class NodeTree {
  readonly root: Node | null;
  readonly #lines: LineCounter;
  readonly #targets: ReadonlyMap<Node, Node>;
  /** The pairs of each mapping by key, the first of each. */
  readonly #indexes = new Map<Node, ReadonlyMap<string, NodePair>>();

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.root = document.contents;
    this.#lines = lines;
    this.#targets = aliasTargets(document);
  }

  /** The node, or what an alias refers to; `undefined` when there is no such anchor. */
  resolve(node: Node | null): Node | null | undefined {
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  /** What stands at a path, also by way of a merge; `undefined` when nothing does. */
  find(path: Path): Position | undefined {
    let position: Position | undefined = { node: this.root };
    for (const step of path) {
      const holder: Node | null | undefined = this.resolve(position.node);
      position = isSeq(holder) ? itemAt(holder, step) : this.#pairAt(holder, String(step), 0);
      if (position === undefined) return undefined;
    }
    return { ...position, node: this.resolve(position.node) ?? position.node };
  }

  /** From 1. */
  lineOf(offset: number): number {
    return this.#lines.linePos(offset).line;
  }

  #pairAt(holder: Node | null | undefined, key: string, depth: number): Position | undefined {
    if (!isMap(holder) || depth > MAX_MERGES) return undefined;
    const index = this.#indexes.get(holder) ?? indexOf(holder);
    this.#indexes.set(holder, index);
    const pair = index.get(key);
    if (pair !== undefined) return { key: pair.key, node: pair.value };
    const merged = this.resolve(index.get('<<')?.value ?? null);
    const sources = isSeq(merged) ? (merged.items as Node[]) : [merged ?? null];
    return sources
      .map((source) => this.#pairAt(this.resolve(source), key, depth + 1))
      .find((found) => found !== undefined);
  }
}

/** Merges within merges that are followed to find a place. */
const MAX_MERGES = 10;

type NodePair = Pair<Node | null, Node | null>;

export function pairsOf(node: Node): readonly NodePair[] {
  return isMap(node) ? (node.items as NodePair[]) : [];
}

/** A key as it is written: `007` stays a text. */
export function keyOf(node: Node | null): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? undefined);
}

function itemAt({ items }: YAMLSeq, step: string | number): Position | undefined {
  const node = items[Number(step)] as Node | undefined;
  return node && { node };
}

function indexOf(map: Node): ReadonlyMap<string, NodePair> {
  return new Map(
    pairsOf(map)
      .map((pair) => [keyOf(pair.key) ?? '', pair] as const)
      .toReversed(),
  );
}

/** The latest anchor of its name before each alias. (The library looks through the document each time.) */
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
