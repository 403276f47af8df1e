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
  const start = offset === 0 ? 0 : source.text.lastIndexOf('\n', offset - 1) + 1;
  const column = offset - start + 1;
  const lineBreak = source.text.indexOf('\n', offset);
  const end = lineBreak === -1 ? source.text.length : lineBreak;
  const isCrLf = source.text[end - 1] === '\r' && end > offset;
  const text = source.text.slice(start, isCrLf ? end - 1 : end);
  return {
    file: source.file,
    line: lineAt(source.text, start),
    column,
    length: MEANT.exec(text.slice(column - 1, column - 1 + MAX_MEANT))?.[0].length ?? 1,
    severity: 'error',
    message: message.replace(/\s+/gu, ' '),
    ...(hint === undefined ? {} : { hint }),
    excerpt: excerpt(text, column),
  };
}

/** Of one file: the problems of a text of nothing but mistakes take seconds to describe. */
const MAX_LISTED = 200;

/** The problems of one file, up to a bound. */
export class ProblemList {
  readonly all: TemplateProblem[] = [];
  readonly #max: number;

  constructor(max = MAX_LISTED) {
    this.#max = max;
  }

  /** Nothing is added any more. */
  get isFull(): boolean {
    return this.all.length > this.#max;
  }

  /** @param change what the problem has differently. */
  add(
    source: TemplateSource,
    offset: number,
    [message, hint]: readonly [message: string, hint?: string | undefined],
    change: Partial<TemplateProblem> = {},
  ): void {
    if (this.isFull) return;
    if (this.all.length === this.#max) {
      this.all.push(problemAt(source, offset, 'more mistakes follow', 'correct those above first'));
    } else {
      this.all.push({ ...problemAt(source, offset, message, hint), ...change });
    }
  }
}

/** From 1. @param start of the line. */
function lineAt(text: string, start: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < start; at = text.indexOf('\n', at + 1))
    line += 1;
  return line;
}

/** A problem of a whole file or folder. */
export function problemOf(file: string, message: string, hint?: string): TemplateProblem {
  const place = { file, line: 1, column: 1, length: 1, severity: 'error' } as const;
  return { ...place, message, ...(hint === undefined ? {} : { hint }) };
}

/** As much as is looked at to find what is meant. */
const MAX_MEANT = 200;

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
