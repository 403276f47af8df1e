/**
 * The source line of a problem with a caret below it. Only the structure of the line is shown, its keys
 * and the value at issue; all else is `…`, so that no secret gets into a log with its neighbour's mistake.
 */
import { isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode } from 'yaml';
import { isQuotableKey } from '../redactor.ts';

/** Offsets in the text, the end not included. */
export type Range = readonly [start: number, end: number];

export interface Visibility {
  /** What may be shown. */
  readonly shown: readonly Range[];
  /** Where even punctuation may not be shown: inside of scalars. */
  readonly hidden: readonly Range[];
}

const PUNCTUATION = /[\s\-:,[\]{}"'?|>*&]/;
const WIDTH = 100;

/**
 * @param offset where the caret goes
 * @param lineNumber from 1
 */
export function excerptAt(
  text: string,
  offset: number,
  lineNumber: number,
  visibility: Visibility,
): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', start);
  const end = lineEnd === -1 ? text.length : lineEnd;
  const onLine = (ranges: readonly Range[]): readonly Range[] =>
    ranges.filter(([from, to]) => from <= end && to >= start);
  const shown = onLine(visibility.shown);
  const hidden = onLine(visibility.hidden);
  let masked = '';
  let caret = 0;
  for (let at = start; at <= end; at++) {
    if (at === offset)
      caret = masked.endsWith('…') && !isVisible(at) ? masked.length - 1 : masked.length;
    if (at === end) break;
    const char = text.charAt(at);
    const isComment = char === '#' && !within(shown, at) && !within(hidden, at);
    if (isComment && (at === start || /\s/.test(text.charAt(at - 1)))) {
      if (offset > at) caret = masked.length;
      break;
    }
    if (isVisible(at)) masked += char === '\t' ? ' ' : char;
    else if (!masked.endsWith('…')) masked += '…';
  }
  return draw(masked.trimEnd(), caret, lineNumber);

  function isVisible(at: number): boolean {
    return within(shown, at) || (PUNCTUATION.test(text.charAt(at)) && !within(hidden, at));
  }
}

/** The line's number before the first line. */
export function withGutter(excerpt: string, lineNumber: number): string {
  const gutter = String(lineNumber).padStart(4);
  return excerpt
    .split('\n')
    .map((line, index) => `${index === 0 ? gutter : ' '.repeat(gutter.length)} | ${line}`)
    .join('\n');
}

/** For a file that is valid YAML: the keys are shown, except below secrets; no scalar is. */
export function visibleIn(root: ParsedNode | null): Visibility {
  const shown: Range[] = [];
  const hidden: Range[] = [];
  visit(root, []);
  return { shown, hidden };

  function visit(node: Node | null, path: readonly (string | number)[]): void {
    if (isMap(node)) {
      for (const pair of node.items as Pair<Node, Node | null>[]) visitPair(pair, path);
    } else if (isSeq(node)) {
      node.items.forEach((item, index) => visit(item as Node, [...path, index]));
    } else if (node?.range) {
      hidden.push([node.range[0], node.range[1]]);
    }
  }

  function visitPair(pair: Pair<Node, Node | null>, path: readonly (string | number)[]): void {
    const key = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : '';
    const below = [...path, key];
    const isShown = pair.value !== null && isQuotableKey(below);
    if (isShown && pair.key.range) shown.push([pair.key.range[0], pair.key.range[1]]);
    else visit(pair.key, below);
    visit(pair.value, below);
  }
}

/** For a file that can't be parsed: only words of the vocabulary that stand where a key does. */
export function visibleWords(text: string, vocabulary: ReadonlySet<string>): Visibility {
  const shown: Range[] = [];
  for (const match of text.matchAll(/(?<=^|[\s{,[])["']?([A-Za-z]+)["']?(?=\s*:(?:\s|$))/gm)) {
    const word = match[1] ?? '';
    if (!vocabulary.has(word)) continue;
    const start = match.index + match[0].indexOf(word);
    shown.push([start, start + word.length]);
  }
  return { shown, hidden: [] };
}

function draw(line: string, caret: number, lineNumber: number): string {
  const skip = caret < WIDTH - 10 ? 0 : caret - Math.floor(WIDTH / 2);
  const cut = skip === 0 ? '' : '…';
  const rest = line.slice(skip, skip + WIDTH) + (line.length > skip + WIDTH ? '…' : '');
  return withGutter(`${cut}${rest}\n${' '.repeat(caret - skip + cut.length)}^`, lineNumber);
}

function within(ranges: readonly Range[], at: number): boolean {
  return ranges.some(([start, end]) => at >= start && at < end);
}
