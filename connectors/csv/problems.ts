/** What is wrong with a file, and where. Never a cell's content: it is personal data. */

/** Where a row is. `line` counts line breaks, `row` counts rows as a spreadsheet does; both from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly row: number;
}

/** @returns `people.csv:12:3 (row 12, column "amount"): text`. @param column its index counts from 0. */
export function located(
  { file, line, row }: Place,
  text: string,
  column?: { readonly index: number; readonly word: string },
): string {
  return column === undefined
    ? `${file}:${line} (row ${row}): ${text}`
    : `${file}:${line}:${column.index + 1} (row ${row}, column "${column.word}"): ${text}`;
}

const MAX_SHOWN = 20;

/** The first 20 problems in full, the rest as a number: a wrong file may have one in every row. */
export class Problems {
  readonly #texts: string[] = [];
  #total = 0;

  get total(): number {
    return this.#total;
  }

  get texts(): readonly string[] {
    const hidden = this.#total - this.#texts.length;
    return hidden === 0 ? this.#texts : [...this.#texts, `… and ${hidden} more`];
  }

  add(...texts: readonly string[]): void {
    this.#total += texts.length;
    this.#texts.push(...texts.slice(0, Math.max(0, MAX_SHOWN - this.#texts.length)));
  }

  /** The first problem, and how many more there are. */
  summary(): string {
    const more = this.#total - 1;
    return `${this.#texts[0] ?? 'no problem'}${more > 0 ? ` (and ${more} more)` : ''}`;
  }
}

/** A file that cannot be read, or not any further. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly problems: readonly string[];

  constructor(...problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
