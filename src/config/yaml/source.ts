/** A YAML file as it was read: its text, its nodes and where they stand. */
import {
  Composer,
  Lexer,
  LineCounter,
  Parser,
  YAMLParseError,
  type CST,
  type Document,
} from 'yaml';
import type { TimeSlice } from '../../model/time-slice.ts';
import { excerptAt } from './excerpt.ts';
import { NodeTree } from './node-tree.ts';
import { readText, TooLargeError, whyUnreadable } from '../../model/readable-file.ts';
import { explainSyntax } from './explain-syntax.ts';

export interface Source {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  readonly tree: NodeTree;
  /** @param isShown whether a word may stand in the excerpt */
  locate(offset: number, isShown: (word: string) => boolean): Location;
}

export interface Location {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The line with a caret below it. */
  readonly excerpt?: string;
}

export interface ReadFailure extends Location {
  readonly message: string;
  readonly hint?: string;
}

/** Brackets within brackets, and `- - -` in a line; the parser takes long to say that it is too much. */
const MAX_NESTING = 100;
/** Words, marks and spaces of one file: what is made of them is made in one turn of the event loop. */
const MAX_LEXEMES = 600_000;
/** Of one file; three are shown. */
const MAX_ERRORS = 1000;

/** @param isKey whether a word may stand in the excerpt of a file that cannot be parsed */
export async function readSource(
  file: string,
  slice: TimeSlice,
  isKey: (word: string) => boolean,
): Promise<Source | { readonly failures: readonly ReadFailure[] }> {
  const failure = (message: string) => ({ failures: [{ line: 1, column: 1, message }] });
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    if (error instanceof TooLargeError)
      return failure('expected a file of at most 1 MB, got a larger one');
    return failure(`expected a readable file, got ${whyUnreadable(error)}`);
  }
  if (isTooDeep(text))
    return failure(`not valid YAML: expected at most ${MAX_NESTING} levels, got more`);
  const lines = new LineCounter();
  const document = await parse(text, lines, slice);
  if (document === undefined) return { failures: [TOO_MANY_PARTS] };
  await slice.next();
  const locate = (offset: number, isShown: (word: string) => boolean): Location => {
    const { line, col } = lines.linePos(offset);
    const excerpt = excerptAt(text, offset, line, isShown);
    return { line: Math.max(line, 1), column: Math.max(col, 1), excerpt };
  };
  const issues = explainSyntax(document, text);
  if (issues.length > 0) {
    return {
      failures: issues.map(({ offset, ...issue }) => ({ ...locate(offset, isKey), ...issue })),
    };
  }
  if (document.contents === null) return failure('expected a mapping, got an empty file');
  await slice.next();
  return { file, text, tree: new NodeTree(document, lines), locate };
}

const TOO_MANY_PARTS: ReadFailure = {
  line: 1,
  column: 1,
  message: 'expected a file of fewer keys and values, got one that takes long to read',
  hint: 'divide it, and name the parts in "include"',
};

/** What `parseDocument` of the library does, in slices. @returns `undefined` for too many lexemes. */
async function parse(
  text: string,
  lines: LineCounter,
  slice: TimeSlice,
): Promise<Document.Parsed | undefined> {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  // evaluate.ts reports keys that are used twice, with both positions.
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false });
  const documents: Document.Parsed[] = [];
  let [lexemes, errors] = [0, 0];
  const compose = async (tokens: Iterable<CST.Token>): Promise<void> => {
    for (const token of tokens) {
      if (token.type === 'error' && ++errors > MAX_ERRORS) continue;
      documents.push(...withoutStackTraces(() => [...composer.next(token)]));
      if (slice.isOver) await slice.next();
    }
  };
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += lexeme === ',' ? 2 : 1; // with nothing before it, it makes an item and an error
    if (lexemes > MAX_LEXEMES) return undefined;
    const tokens = [...parser.next(lexeme)];
    if (tokens.length > 0) await compose(tokens);
    if (slice.isOver) await slice.next();
  }
  await slice.next();
  await compose(parser.end());
  documents.push(...withoutStackTraces(() => [...composer.end(true, text.length)]));
  const [first, second] = documents;
  if (first === undefined) throw new Error('the YAML library made no document');
  if (second !== undefined) {
    const [start, end] = second.range;
    first.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'several documents'));
  }
  return first;
}

/** A broken file can have 200,000 errors: their stack traces would take seconds, all else takes a tenth of one. */
function withoutStackTraces<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MAX_NESTING) return true;
  }
  return new RegExp(`(?:[-?:] +){${MAX_NESTING}}|\n {${MAX_NESTING * 4}}`, 'u').test(text);
}
