/** What is wrong with a configuration, and how it is shown. */

/** Keys of mappings and places in lists, from the top of the file. */
export type Path = readonly (string | number)[];

export interface Problem {
  /** Relative to the working directory when inside of it, else absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Such as `tenants.acme.keys[0]`; empty when the problem is the file's or a template's. */
  readonly path: string;
  /** What was expected and what was got; on one line, never a secret. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  /** The line in question and a caret below it; values that are not at issue are left out. */
  readonly excerpt?: string;
}

export interface ProblemStyle {
  /** Colours for a terminal. */
  readonly color?: boolean;
  /** Whether the source line follows. */
  readonly excerpt?: boolean;
}

/** `file:line:column path: message; hint` on one line, then the excerpt if asked for. */
export function formatProblem(problem: Problem, style: ProblemStyle = {}): string {
  const paint = (code: number, text: string): string =>
    style.color === true && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const path = problem.path === '' ? ':' : ` ${problem.path}:`;
  const hint = problem.hint === undefined ? '' : `; ${problem.hint}`;
  const head =
    paint(1, oneLine(formatPosition(problem))) +
    paint(36, oneLine(path)) +
    ` ${oneLine(problem.message)}` +
    paint(32, oneLine(hint));
  if (style.excerpt !== true || problem.excerpt === undefined) return head;
  const body = problem.excerpt.split('\n').map(safe).join('\n');
  return `${head}\n${paint(2, body)}`;
}

/** `file:line:column` */
export function formatPosition({ file, line, column }: Problem): string {
  return `${file}:${line}:${column}`;
}

/** In order of file and position, each once. */
export function sortProblems(problems: Iterable<Problem>): readonly Problem[] {
  const unique = new Map<string, Problem>();
  for (const problem of problems) {
    const line = formatProblem(problem);
    if (!unique.has(line)) unique.set(line, problem);
  }
  return [...unique.values()].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
  );
}

/** `tenants.acme.keys[0]`; a key that is not a plain word is put in quotes. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const word = /^[\w$…-]+$/u.test(step) ? step : JSON.stringify(step);
    return text === '' ? word : `${text}.${word}`;
  }, '');
}

/** `"a", "b" or "c"` */
export function listOf(words: readonly string[], conjunction: 'and' | 'or'): string {
  const quoted = words.map((word) => JSON.stringify(word));
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${conjunction} ${last}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function oneLine(text: string): string {
  return safe(text.replace(/\s*[\r\n\u2028\u2029]+\s*/gu, ' '));
}

/** Without control characters and bidirectional overrides: nothing can forge a line or paint the terminal. */
function safe(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '�');
}

/**
 * Finds where in the files a connection stands that cannot be opened: the setting whose text, such as
 * `people.csv`, or whose key begins the message (`people.csv:2: …`, `file: …`), else the connection. Secrets are
 * removed.
 * @param connection its name in the configuration
 * @param message one line, in the connector's words
 */
export type LocateOpenError = (connection: string, message: string) => Problem;
