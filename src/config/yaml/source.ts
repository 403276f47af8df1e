/** A YAML file as it was read: its text, its nodes and where they stand. */
import { LineCounter, parseDocument, type Document } from 'yaml';
import { excerptAt, spansOf, vocabularySpans, type Range, type Span } from './excerpt.ts';
import { readText, whyUnreadable } from './interpolate.ts';
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

/** @param vocabulary keys that may be shown from a file that is not valid YAML */
export function readSource(
  file: string,
  vocabulary: () => ReadonlySet<string>,
): Source | { readonly failures: readonly ReadFailure[] } {
  const failure = (message: string) => ({ failures: [{ line: 1, column: 1, message }] });
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    return failure(`expected a readable file, got ${whyUnreadable(error)}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false, // evaluate.ts reports them all, with both positions
    logLevel: 'error', // logs nothing; `silent` would let a second document pass
  });
  const issues = explainSyntax(document, text);
  if (issues.length > 0) {
    const locate = locator(text, lines, () => vocabularySpans(text, vocabulary()));
    return { failures: issues.map(({ offset, ...issue }) => ({ ...locate(offset), ...issue })) };
  }
  if (document.contents === null) return failure('expected a mapping, got an empty file');
  return { file, text, document, locate: locator(text, lines, () => spansOf(document.contents)) };
}

function locator(text: string, lines: LineCounter, findSpans: () => readonly Span[]) {
  let spans: readonly Span[] | undefined;
  return (offset: number, reveal?: Range): Location => {
    spans ??= findSpans();
    const { line, col } = lines.linePos(offset);
    const visible = reveal === undefined ? spans : [...spans, { range: reveal, isShown: true }];
    const excerpt = excerptAt(text, offset, line, visible);
    return { line: Math.max(line, 1), column: Math.max(col, 1), excerpt };
  };
}
