/** A YAML file as it was read: its text, its nodes and where they stand. */
import { statSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { excerptAt, spansOf, vocabularySpans, type Range, type Span } from './excerpt.ts';
import type { Vocabulary } from '../quotable.ts';
import { readText, whyUnreadable } from './interpolate.ts';
import { explainSyntax } from './syntax.ts';

export interface Source {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  /** Line and column from 1, and the line with a caret. @param reveal a value that may be shown. */
  locate(offset: number, reveal?: Range): Location;
  /** From 1. */
  lineOf(offset: number): number;
}

export interface Location {
  readonly line: number;
  readonly column: number;
  readonly excerpt?: string;
}

export interface ReadFailure extends Location {
  readonly message: string;
  readonly hint?: string;
}

/** A larger file is refused: reading it would hold up all requests. A thousand tenants take a third of it. */
const MAX_BYTES = 1024 * 1024;
/** Brackets within brackets, and `- - -` in a line; the parser takes long to say that it is too much. */
const MAX_NESTING = 100;

/** @param vocabulary what may be shown of it */
export function readSource(
  file: string,
  vocabulary: Vocabulary,
): Source | { readonly failures: readonly ReadFailure[] } {
  const failure = (message: string) => ({ failures: [{ line: 1, column: 1, message }] });
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) return failure('expected a file of at most 1 MB, got a larger one');
    text = readText(file);
  } catch (error) {
    return failure(`expected a readable file, got ${whyUnreadable(error)}`);
  }
  if (isTooDeep(text))
    return failure(`not valid YAML: expected at most ${MAX_NESTING} levels, got more`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false, // evaluate.ts reports them all, with both positions
    logLevel: 'error', // logs nothing; `silent` would let a second document pass
  });
  const issues = explainSyntax(document, text);
  if (issues.length > 0) {
    const locate = locator(text, lines, () => vocabularySpans(text, vocabulary));
    return { failures: issues.map(({ offset, ...issue }) => ({ ...locate(offset), ...issue })) };
  }
  if (document.contents === null) return failure('expected a mapping, got an empty file');
  const locate = locator(text, lines, () => spansOf(document.contents, vocabulary));
  return { file, text, document, locate, lineOf: (offset) => lines.linePos(offset).line };
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MAX_NESTING) return true;
  }
  return new RegExp(`(?:[-?:] +){${MAX_NESTING}}|\n {${MAX_NESTING * 4}}`, 'u').test(text);
}

function locator(text: string, lines: LineCounter, findSpans: () => readonly Span[]) {
  let spans: readonly Span[] | undefined;
  return (offset: number, reveal?: Range): Location => {
    spans ??= findSpans();
    const { line, col } = lines.linePos(offset);
    const excerpt = excerptAt(text, offset, line, spans, reveal);
    return { line: Math.max(line, 1), column: Math.max(col, 1), excerpt };
  };
}
