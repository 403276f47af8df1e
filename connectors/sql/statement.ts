/** One `SELECT` of the configuration: where its placeholders stand, and how each dialect binds them. */
import { closestMatch } from '../../src/connector/index.ts';

export type Dialect = 'postgres' | 'mysql' | 'sqlite';

/** Each is replaced with a list. */
const PLACEHOLDERS = ['emails', 'contactIds', 'companyIds', 'domains'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export type Values = Partial<Readonly<Record<Placeholder, readonly (string | null)[]>>>;

export interface Statement {
  readonly placeholders: ReadonlySet<Placeholder>;
  /** @returns what a driver takes; values are bound, never part of the text. */
  bind(values: Values): Bound;
}

export interface Bound {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What is wrong with a statement; quotes nothing of it but names of placeholders. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
}

/** `in (:name)`, as a whole: a dialect's form of a list takes its place. */
const LIST = /(?<![\w$\u0080-\uffff])in[ \t\r\n]*\([ \t\r\n]*:([A-Za-z_]\w*)[ \t\r\n]*\)/gi;
/** A colon that begins a name; not `::cast`, `a := b` or `array[1:n]`. */
const NAME = /(?<![:\w]):([A-Za-z_]\w*)/g;

/**
 * @param text one `SELECT` or `WITH`; a semicolon may end it.
 * @throws {StatementError} says what to change.
 */
export function parseStatement(text: string, dialect: Dialect): Statement {
  const { code: scanned, text: whole } = scan(text, dialect);
  const end = scanned.search(/;[ \t\r\n]*$/);
  const [code, sql] = end < 0 ? [scanned, whole] : [scanned.slice(0, end), whole.slice(0, end)];
  checkSelect(code);
  const other = FOREIGN[dialect].exec(code);
  if (other !== null)
    throw new StatementError(`"${other[0].slice(0, 2)}" has no value here; use ${known()}`);
  const pieces: { readonly before: string; readonly name: Placeholder }[] = [];
  let at = 0;
  for (const { 0: list, 1: name = '', index } of code.matchAll(LIST)) {
    if (!isPlaceholder(name)) continue;
    if (/\bnot[ \t\r\n]+$/i.test(code.slice(0, index))) {
      throw new StatementError(`"not in (:${name})" is not supported; use "in (:${name})"`);
    }
    if (dialect === 'mysql' && sql.charAt(code.slice(0, index).trimEnd().length - 1) === '"') {
      throw new StatementError(
        `a text in "…" is compared with :${name}; in MySQL the name of a column stands in \`…\``,
      );
    }
    pieces.push({ before: sql.slice(at, index), name });
    at = index + list.length;
  }
  // A list is as long as before, so that places still fit.
  const rest = code.replaceAll(LIST, (list, name: string) =>
    isPlaceholder(name) ? ' '.repeat(list.length) : list,
  );
  for (const [, name = ''] of rest.matchAll(NAME)) {
    if (isPlaceholder(name)) {
      throw new StatementError(`:${name} is a list; write "in (:${name})"`);
    }
    const meant = closestMatch(name, PLACEHOLDERS);
    // Any other name is not quoted, as it may be part of a password.
    throw new StatementError(
      meant === undefined
        ? `a name after ":" is not a placeholder; there are ${known()}`
        : `:${name} is not a placeholder; did you mean :${meant}?`,
    );
  }
  return {
    placeholders: new Set(pieces.map(({ name }) => name)),
    bind(values) {
      const bound: unknown[] = [];
      const parts = pieces.map(({ before, name }) => {
        return before + LISTS[dialect](values[name] ?? [], bound);
      });
      return { text: parts.join('') + sql.slice(at), values: bound };
    },
  };
}

function isPlaceholder(name: string): name is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(name);
}

function known(): string {
  return PLACEHOLDERS.map((name) => `:${name}`).join(', ');
}

/** The servers refuse what writes, too; these sentences come earlier, and MySQL's INTO writes files. */
function checkSelect(code: string): void {
  if (code.includes(';')) {
    throw new StatementError('expected one statement, found several separated by ";"');
  }
  const outside = withoutParentheses(code);
  const [, verb] =
    /\b(select|insert|update|delete|replace|merge|table|values)\b/i.exec(outside) ?? [];
  const isSelect = /^\s*(?:select|with)\b/i.test(code) && verb?.toLowerCase() === 'select';
  if (!isSelect || /\([ \t\r\n]*(?:insert|update|delete|merge)[ \t\r\n]/i.test(code)) {
    throw new StatementError(
      'expected one statement that begins with SELECT or WITH, and only reads',
    );
  }
  if (/\binto\b/i.test(code)) throw new StatementError('SELECT … INTO is not supported');
  if (/\bfor[ \t\r\n]+(?:no|key|update|share)\b|\block[ \t\r\n]+in\b/i.test(code)) {
    throw new StatementError('a SELECT that locks rows is not supported');
  }
}

function withoutParentheses(code: string): string {
  const shorter = code.replaceAll(/\([^()]*\)/g, ' ');
  return shorter === code ? code : withoutParentheses(shorter);
}

/** Parameters of the driver's: nothing is bound to them. */
const FOREIGN: Readonly<Record<Dialect, RegExp>> = {
  postgres: /(?<![\w$\u0080-\uffff])\$\d+/,
  mysql: /\?/,
  sqlite: /[?@#]|(?<![\w$\u0080-\uffff])\$/,
};

/** By dialect: the placeholders for a list of any length. Binds the values. */
const LISTS: Readonly<
  Record<Dialect, (list: readonly (string | null)[], bound: unknown[]) => string>
> = {
  postgres: (list, bound) => `= any($${bound.push([...list])})`,
  /** Padded to one of a few lengths, so that the server prepares few texts. */
  mysql(list, bound) {
    const size = [1, 2, 5, 10, 25, 50, 100, 200].find((one) => one >= list.length) ?? list.length;
    for (let at = 0; at < size; at += 1) bound.push(list[at] ?? list.at(-1) ?? null);
    return `in (${Array.from({ length: size }, () => '?').join(', ')})`;
  },
  /** An expression has no type that a text would be converted to, so ids are there as numbers, too. */
  sqlite(list, bound) {
    const both = list.flatMap((value) => {
      return value !== null && /^[1-9]\d{0,14}$/.test(value) ? [value, Number(value)] : [value];
    });
    bound.push(JSON.stringify(both));
    return 'in (select value from json_each(?))';
  },
};

/**
 * What is not code, by dialect: texts, quoted names, comments to the end of a line; and words, because a quote
 * may be part of one.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 * https://dev.mysql.com/doc/refman/8.4/en/string-literals.html, …/comments.html
 * https://www.sqlite.org/lang_keywords.html, …/lang_comment.html
 */
const TOKENS: Readonly<Record<Dialect, RegExp>> = {
  // Texts in a row continue each other, and an E'' at the beginning holds for all of them.
  postgres:
    /(?<text>[eE]'(?:[^'\\]|\\[^]|'')*'(?:[ \t]*(?:--[^\n\r]*)?[\n\r](?:[ \t\r\n]|--[^\n\r]*[\n\r])*'(?:[^'\\]|\\[^]|'')*')*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[^]*?\$\k<tag>\$)|(?<comment>--[^\n\r]*)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d+|\$\d+/y,
  mysql:
    /(?<text>'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|`(?:[^`]|``)*`)|(?<comment>#[^\n]*|--(?:[ \t\r][^\n]*|(?=\n|$)))|[\w$\u0080-\uffff]+/y,
  sqlite:
    /(?<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?<comment>--[^\n]*)|[\w$\u0080-\uffff]+/y,
};

/** Characters that only begin a text or name, so that one left over has no end. */
const OPENERS: Readonly<Record<Dialect, string>> = {
  postgres: `'"`,
  mysql: `'"\``,
  sqlite: `'"\`[`,
};

/**
 * @returns the text, and its code: of the same length, with quotes where texts and quoted names stand, and spaces
 *   where comments stand, so that only code is searched.
 */
function scan(text: string, dialect: Dialect): { readonly code: string; readonly text: string } {
  // eslint-disable-next-line no-control-regex -- what servers do with these differs
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text)) {
    throw new StatementError('the statement has a control character');
  }
  const token = TOKENS[dialect];
  let code = '';
  while (code.length < text.length) {
    const at = code.length;
    token.lastIndex = at;
    const { 0: word = '', groups = {} } = token.exec(text) ?? {};
    if (text.startsWith('/*', at)) code += ' '.repeat(commentEnd(text, at, dialect) - at);
    else if (groups['text'] !== undefined) code += "'".repeat(word.length);
    else if (groups['comment'] !== undefined) code += ' '.repeat(word.length);
    else if (word !== '') code += word;
    else if (OPENERS[dialect].includes(text.charAt(at))) {
      throw new StatementError(`the text or name that begins with ${text.charAt(at)} has no end`);
    } else code += text.charAt(at);
  }
  return { code, text };
}

/** PostgreSQL's comments nest. MySQL executes some, and they cannot be seen into. */
function commentEnd(text: string, start: number, dialect: Dialect): number {
  if (dialect === 'mysql' && /^M?!/i.test(text.slice(start + 2))) {
    throw new StatementError('comments that MySQL executes (/*! … */) are not supported');
  }
  const edges = dialect === 'postgres' ? /\/\*|\*\//g : /\*\//g;
  edges.lastIndex = start + 2;
  let depth = 1;
  for (let edge = edges.exec(text); edge !== null; edge = edges.exec(text)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.index + 2;
  }
  throw new StatementError('a comment /* has no end */');
}
