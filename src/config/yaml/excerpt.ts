/**
 * The source line of a problem with a caret below it. It shows the structure of the line, its keys and the
 * value in question; all else is `…`, since the neighbour of a mistake may be a secret.
 */
import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { isQuotableKey, type Vocabulary } from '../quotable.ts';

/** Offsets in the text, the end not included. */
export type Range = readonly [start: number, end: number];

/** A key or a value. Outside of all spans only punctuation is shown. */
export interface Span {
  readonly range: Range;
  /** Asked only of what is near the caret: a file may have thousands of keys. */
  readonly isShown: () => boolean;
}

const PUNCTUATION = /[\s\-:,[\]{}"'?|>*&]/;
const WIDTH = 100;
/** How much of a long line is looked at, before the caret and after it. */
const MAX_BEFORE = 400;
const MAX_AFTER = 200;

/**
 * @param offset where the caret goes
 * @param lineNumber from 1
 * @param spans in the order of the text
 * @param reveal a value to show
 */
export function excerptAt(
  text: string,
  offset: number,
  lineNumber: number,
  spans: readonly Span[],
  reveal?: Range,
): string {
  const [lineStart, wholeEnd] = lineAt(text, offset);
  const start = Math.max(lineStart, offset - MAX_BEFORE);
  const lineEnd = Math.min(wholeEnd, offset + MAX_AFTER);
  const onLine = spansBetween(spans, start, lineEnd);
  const shown = new Map<Span, boolean>();
  if (reveal) onLine.push({ range: reveal, isShown: () => true });
  const hashes = Array.from(text.slice(start, lineEnd).matchAll(/(?<=^|\s)#/g));
  const comment = hashes.map(({ index }) => start + index).find((at) => spansAt(at).length === 0);
  const end = comment ?? lineEnd;
  const before = redactUntil(Math.min(offset, end));
  const isInside = before.endsWith('…') && !isVisible(offset);
  const rest = end === lineEnd && lineEnd < wholeEnd ? '…' : '';
  return draw(
    collapse(redactUntil(end).trimEnd() + rest),
    before.length - (isInside ? 1 : 0),
    lineNumber,
  );

  function redactUntil(to: number): string {
    const characters = Array.from({ length: Math.max(0, to - start) }, (_, index) =>
      isVisible(start + index) ? text.charAt(start + index) : '…',
    );
    const cut = start > lineStart ? '…' : '';
    return collapse(cut + characters.join(''));
  }

  function isVisible(at: number): boolean {
    const found = spansAt(at);
    if (found.length === 0) return PUNCTUATION.test(text.charAt(at));
    return found.some(isShown);
  }

  function isShown(span: Span): boolean {
    const known = shown.get(span) ?? span.isShown();
    shown.set(span, known);
    return known;
  }

  function spansAt(at: number): readonly Span[] {
    return onLine.filter(({ range: [from, to] }) => at >= from && at < to);
  }
}

/** Those that touch a part of the text. A file may have thousands, none within another. */
function spansBetween(spans: readonly Span[], start: number, end: number): Span[] {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.range[1] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  const found: Span[] = [];
  for (let span = spans[low]; span && span.range[0] <= end; span = spans[++low]) found.push(span);
  return found;
}

function collapse(text: string): string {
  return text.replaceAll('\t', ' ').replace(/…+/gu, '…');
}

/** Where the line with an offset begins and ends. */
export function lineAt(text: string, offset: number): Range {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return [start, end === -1 ? text.length : end];
}

/** Puts the line's number before its first line. */
export function withGutter(excerpt: string, lineNumber: number): string {
  return `${String(lineNumber).padStart(4)} | ${excerpt.replaceAll('\n', '\n     | ')}`;
}

/** For a file that is valid YAML: the keys are shown, except below secrets; no value is. */
export function spansOf(root: Node | null, vocabulary: Vocabulary): readonly Span[] {
  const spans: Span[] = [];
  visit(root, []);
  return spans;

  function visit(
    node: Node | null,
    path: readonly (string | number)[],
    isShown = (): boolean => false,
  ): void {
    if (isMap(node)) {
      for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
        const below = [...path, isScalar(key) ? (key.source ?? String(key.value)) : ''];
        visit(key, below, () => value !== null && isQuotableKey(below, isMap(value), vocabulary));
        visit(value, below);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, index) => visit(item as Node, [...path, index]));
    } else if (node?.range) {
      spans.push({ range: [node.range[0], node.range[1]], isShown });
    }
  }
}

/** For a file that can't be parsed: the words of the vocabulary where a key is expected. */
export function vocabularySpans(
  text: string,
  vocabulary: Pick<Vocabulary, 'has'>,
): readonly Span[] {
  const keys = text.matchAll(/(?<=^|[\s{,[])["']?([A-Za-z]+)["']?(?=\s*:(?:\s|$))/dgm);
  return Array.from(keys).flatMap(({ 1: word = '', indices }) =>
    vocabulary.has(word) && indices?.[1] ? [{ range: indices[1], isShown: () => true }] : [],
  );
}

function draw(line: string, caret: number, lineNumber: number): string {
  const skip = caret < WIDTH - 10 ? 0 : caret - Math.floor(WIDTH / 2);
  const cut = skip === 0 ? '' : '…';
  const rest = line.slice(skip, skip + WIDTH) + (line.length > skip + WIDTH ? '…' : '');
  return withGutter(`${cut}${rest}\n${' '.repeat(caret - skip + cut.length)}^`, lineNumber);
}
