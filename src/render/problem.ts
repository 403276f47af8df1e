/** What is wrong with a template. */
import type { TemplateSource } from './template-sources.ts';

export interface TemplateProblem {
  /** Absolute. A folder when the problem is the folder's. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** How many UTF-16 units from there on are meant; at least 1. */
  readonly length: number;
  /** A warning keeps no template from being used. */
  readonly severity: 'error' | 'warning';
  /** On one line, such as `contact.nmae: unknown word`. */
  readonly message: string;
  /** What to do, such as `did you mean "contact.name"?`. */
  readonly hint?: string;
  /** The line in question and a caret below it. */
  readonly excerpt?: string;
}

/** A problem at an offset of a source's text. */
export function problemAt(
  source: TemplateSource,
  offset: number,
  message: string,
  hint?: string,
): TemplateProblem {
  const before = source.text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  const column = offset - start + 1;
  const text = source.text.slice(start).split(/\r?\n/u, 1)[0] ?? '';
  return {
    file: source.file,
    line,
    column,
    length: MEANT.exec(text.slice(column - 1))?.[0].length ?? 1,
    severity: 'error',
    message: message.replace(/\s+/gu, ' '),
    ...(hint === undefined ? {} : { hint }),
    excerpt: excerpt(text, column),
  };
}

/** A problem of a whole file or folder. */
export function problemOf(file: string, message: string, hint?: string): TemplateProblem {
  const place = { file, line: 1, column: 1, length: 1, severity: 'error' } as const;
  return { ...place, message, ...(hint === undefined ? {} : { hint }) };
}

/** What stands at a problem: a tag up to its name, a text in quotes, a word with its properties, or signs. */
const MEANT =
  /^(?:\{%-?\s*[\w#]*|"[^"]*"|'[^']*'|[\p{L}\p{N}_][\p{L}\p{N}_.[\]-]*|[^\s\p{L}\p{N}_"']+)/u;

/** In order of file and position, each once. */
export function sortProblems(problems: readonly TemplateProblem[]): readonly TemplateProblem[] {
  const unique = new Map(
    problems.map((p) => [`${p.file}:${p.line}:${p.column} ${p.message}`, p] as const),
  );
  return [...unique.values()].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

/** How much of a long line is shown before and after the column. */
const BEFORE = 60;
const AFTER = 40;

function excerpt(line: string, column: number): string {
  const from = Math.max(0, column - 1 - BEFORE);
  const shown = line.slice(from, column - 1 + AFTER).replaceAll('\t', ' ');
  return `${shown}\n${' '.repeat(column - 1 - from)}^`;
}
