/**
 * The source line of a problem with a caret below it. It shows the structure of the line, its keys and the
 * value in question; all else is `…`, since the neighbour of a mistake may be a secret.
 */
import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { isQuotableKey } from '../redactor.ts';

/** Offsets in the text, the end not included. */
export type Range = readonly [start: number, end: number];

/** A key or a value. Outside of all spans only punctuation is shown. */
export interface Span {
  readonly range: Range;
  readonly isShown: boolean;
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
  spans: readonly Span[],
): string {
  const [start, lineEnd] = lineAt(text, offset);
  const onLine = spans.filter(({ range: [from, to] }) => from <= lineEnd && to >= start);
  const hashes = Array.from(text.slice(start, lineEnd).matchAll(/(?<=^|\s)#/g));
  const comment = hashes.map(({ index }) => start + index).find((at) => spansAt(at).length === 0);
  const end = comment ?? lineEnd;
  const before = redactUntil(Math.min(offset, end));
  const isInside = before.endsWith('…') && !isVisible(offset);
  return draw(redactUntil(end).trimEnd(), before.length - (isInside ? 1 : 0), lineNumber);

  function redactUntil(to: number): string {
    const characters = Array.from({ length: to - start }, (_, index) =>
      isVisible(start + index) ? text.charAt(start + index) : '…',
    );
    return characters.join('').replaceAll('\t', ' ').replace(/…+/gu, '…');
  }

  function isVisible(at: number): boolean {
    const found = spansAt(at);
    if (found.length === 0) return PUNCTUATION.test(text.charAt(at));
    return found.some(({ isShown }) => isShown);
  }

  function spansAt(at: number): readonly Span[] {
    return onLine.filter(({ range: [from, to] }) => at >= from && at < to);
  }
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
export function spansOf(root: Node | null): readonly Span[] {
  const spans: Span[] = [];
  visit(root, []);
  return spans;

  function visit(node: Node | null, path: readonly (string | number)[], isShown = false): void {
    if (isMap(node)) {
      for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
        const below = [...path, isScalar(key) ? (key.source ?? String(key.value)) : ''];
        visit(key, below, value !== null && isQuotableKey(below));
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
export function vocabularySpans(text: string, vocabulary: ReadonlySet<string>): readonly Span[] {
  const keys = text.matchAll(/(?<=^|[\s{,[])["']?([A-Za-z]+)["']?(?=\s*:(?:\s|$))/dgm);
  return Array.from(keys).flatMap(({ 1: word = '', indices }) =>
    vocabulary.has(word) && indices?.[1] ? [{ range: indices[1], isShown: true }] : [],
  );
}

function draw(line: string, caret: number, lineNumber: number): string {
  const skip = caret < WIDTH - 10 ? 0 : caret - Math.floor(WIDTH / 2);
  const cut = skip === 0 ? '' : '…';
  const rest = line.slice(skip, skip + WIDTH) + (line.length > skip + WIDTH ? '…' : '');
  return withGutter(`${cut}${rest}\n${' '.repeat(caret - skip + cut.length)}^`, lineNumber);
}
