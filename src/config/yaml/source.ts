/** A YAML file as it was read: its text, its nodes and where they stand. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { excerptAt, visibleIn, visibleWords, type Range, type Visibility } from './excerpt.ts';
import { whyUnreadable } from './interpolate.ts';
import { explainSyntax } from './syntax.ts';

export interface Source {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  /** Line and column from 1, and the line with a caret. @param reveal a value that may be shown. */
  locate(offset: number, reveal?: Range): Location;
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

/** @param vocabulary keys that may be shown from a file that is no valid YAML */
export function readSource(
  file: string,
  vocabulary: () => ReadonlySet<string>,
): Source | { readonly failures: readonly ReadFailure[] } {
  const start = { line: 1, column: 1 };
  const text = readText(file);
  if (typeof text !== 'string') return { failures: [{ ...start, message: text.message }] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false, // evaluate.ts reports them all, with both places
    logLevel: 'error', // nothing is logged here; `silent` would let a second document pass
  });
  const issues = explainSyntax(document, text);
  if (issues.length > 0) {
    const locate = locator(text, lines, () => visibleWords(text, vocabulary()));
    return {
      failures: issues.map(({ offset, ...words }) => ({ ...locate(offset), ...words })),
    };
  }
  if (document.contents === null) {
    return { failures: [{ ...start, message: 'expected a mapping, got an empty file' }] };
  }
  return { file, text, document, locate: locator(text, lines, () => visibleIn(document.contents)) };
}

function readText(file: string): string | { readonly message: string } {
  try {
    // The decoder also drops a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    return { message: `expected a readable file, got ${whyUnreadable(error)}` };
  }
}

function locator(text: string, lines: LineCounter, visibility: () => Visibility) {
  let known: Visibility | undefined;
  return (offset: number, reveal?: Range): Location => {
    known ??= visibility();
    const { line, col } = lines.linePos(offset);
    const shown = reveal === undefined ? known.shown : [...known.shown, reveal];
    return {
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      excerpt: excerptAt(text, offset, line, { ...known, shown }),
    };
  };
}
