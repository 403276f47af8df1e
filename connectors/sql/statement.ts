/** One `SELECT` of the configuration: where its placeholders stand, and how each dialect binds them. */
import { ConnectorError } from '../../src/connector/index.ts';

export type Dialect = 'postgres' | 'mysql' | 'sqlite';

/** What a statement may ask for; each placeholder stands for a list. */
export const PLACEHOLDERS = ['emails', 'contactIds', 'companyIds', 'domains'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export type Values = Partial<Readonly<Record<Placeholder, readonly string[]>>>;

export interface Statement {
  /** The placeholders it has, each once. */
  readonly placeholders: ReadonlySet<Placeholder>;
  /** @returns what the driver takes; values are bound, never part of the text. */
  bind(values: Values): { readonly text: string; readonly values: readonly unknown[] };
}

/** `in (:name)`, as a whole: a driver's form of a list takes its place. */
const LIST = /\bin\s*\(\s*:([A-Za-z_]\w*)\s*\)/gi;
/** A colon that begins a name; not `::cast`, `a:=b` or `array[1:n]` of a longer word. */
const NAME = /(?<![:\w]):([A-Za-z_]\w*)/g;

/**
 * @param text one `SELECT` or `WITH`; a semicolon at its end does no harm.
 * @throws {StatementError} with what to change, for a person who writes configuration.
 */
export function parseStatement(text: string, dialect: Dialect): Statement {
  const code = maskLiterals(text, dialect).replace(/;\s*$/, (end) => ' '.repeat(end.length));
  if (!/^\s*(?:select|with)\b/i.test(code)) {
    throw new StatementError('expected one statement that begins with SELECT or WITH');
  }
  if (code.includes(';'))
    throw new StatementError('expected one statement, got several apart by ";"');
  const lists = [...code.matchAll(LIST)].map((match) => ({ start: match.index, match }));
  for (const { match } of lists) {
    if (/\bnot\s+$/i.test(code.slice(0, match.index))) {
      throw new StatementError(`"not in (:${match[1] ?? ''})" is not supported; use "in"`);
    }
  }
  for (const { 1: name = '', index } of code.matchAll(NAME)) {
    if (!isPlaceholder(name)) {
      const known = PLACEHOLDERS.map((one) => `:${one}`).join(', ');
      throw new StatementError(`:${name} is not a placeholder; there are ${known}`);
    }
    if (!lists.some(({ start, match }) => start < index && index < start + match[0].length)) {
      throw new StatementError(`:${name} stands for a list; write "in (:${name})"`);
    }
  }
  const pieces: string[] = [];
  let end = 0;
  for (const { start, match } of lists) {
    const [whole, name = ''] = match;
    if (isPlaceholder(name)) pieces.push(text.slice(end, start), name);
    end = start + whole.length;
  }
  const tail = text.slice(end).replace(/;\s*$/, '');
  return {
    placeholders: new Set(
      pieces.filter((piece, index) => index % 2 === 1 && isPlaceholder(piece)) as Placeholder[],
    ),
    bind: (values) => BINDERS[dialect](pieces, tail, values),
  };
}

/** What is wrong with a statement; the message quotes names of placeholders only. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
}

function isPlaceholder(name: string): name is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(name);
}

type Binder = (
  pieces: readonly string[],
  tail: string,
  values: Values,
) => { readonly text: string; readonly values: readonly unknown[] };

const BINDERS: Readonly<Record<Dialect, Binder>> = {
  /** `= any($1)`, one array a placeholder. */
  postgres(pieces, tail, values) {
    const names: Placeholder[] = [];
    const text = render(pieces, (name) => {
      if (!names.includes(name)) names.push(name);
      return `= any($${names.indexOf(name) + 1})`;
    });
    return { text: text + tail, values: names.map((name) => listOf(values, name)) };
  },
  /** `in (?, ?, …)`, padded so that few texts are prepared. */
  mysql(pieces, tail, values) {
    const bound: string[] = [];
    const text = render(pieces, (name) => {
      const list = listOf(values, name);
      const size = SIZES.find((one) => one >= list.length) ?? list.length;
      const padded = Array.from({ length: size }, (_, index) => list[index] ?? list.at(-1) ?? null);
      bound.push(...(padded as string[]));
      return `in (${padded.map(() => '?').join(', ')})`;
    });
    return { text: text + tail, values: bound };
  },
  sqlite(pieces, tail, values) {
    const bound: string[] = [];
    const text = render(pieces, (name) => {
      bound.push(JSON.stringify(listOf(values, name)));
      return 'in (select value from json_each(?))';
    });
    return { text: text + tail, values: bound };
  },
};

const SIZES = [1, 2, 5, 10, 25, 50, 100, 200, 500, 1000] as const;

function render(pieces: readonly string[], list: (name: Placeholder) => string): string {
  return pieces
    .map((piece, at) => (at % 2 === 1 && isPlaceholder(piece) ? list(piece) : piece))
    .join('');
}

function listOf(values: Values, name: Placeholder): readonly string[] {
  const list = values[name];
  if (list === undefined) throw new ConnectorError('misconfigured', `:${name} has no values here`);
  return list;
}

/**
 * What is not code, by dialect: texts, quoted names and comments. Executable comments of MySQL are code that
 * this scanner cannot see into, so they are refused below.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 * https://dev.mysql.com/doc/refman/8.4/en/string-literals.html, …/comments.html
 * https://www.sqlite.org/lang_keywords.html, …/lang_comment.html
 */
const LITERALS: Readonly<Record<Dialect, RegExp>> = {
  postgres:
    /(?<![\w$])[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w$])\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[^]*?\$\k<tag>\$|--[^\n]*|\/\*/y,
  mysql:
    /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|`(?:[^`]|``)*`|#[^\n]*|--(?:(?=\s)[^\n]*|$)|\/\*/y,
  sqlite: /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*/y,
};

/** Same length; every character of a literal or comment is a space, so that only code is searched. */
function maskLiterals(text: string, dialect: Dialect): string {
  const literal = LITERALS[dialect];
  let masked = '';
  let at = 0;
  while (at < text.length) {
    literal.lastIndex = at;
    const [found] = literal.exec(text) ?? [];
    const end = found === '/*' ? commentEnd(text, at, dialect) : at + (found?.length ?? 0);
    if (end > at) {
      masked += ' '.repeat(end - at);
      at = end;
      continue;
    }
    const [character = ''] = text.slice(at, at + 1);
    if (OPENERS[dialect].includes(character)) {
      throw new StatementError(`the text or name that begins with ${character} has no end`);
    }
    masked += character;
    at += 1;
  }
  return masked;
}

/** Characters that only begin a literal, so that one left over has no end. */
const OPENERS: Readonly<Record<Dialect, string>> = {
  postgres: `'"`,
  mysql: `'"\``,
  sqlite: `'"\`[`,
};

/** PostgreSQL's comments nest. */
function commentEnd(text: string, start: number, dialect: Dialect): number {
  if (dialect === 'mysql' && /^\/\*M?!/i.test(text.slice(start, start + 4))) {
    throw new StatementError('comments that MySQL executes (/*! … */) are not supported');
  }
  let depth = 0;
  const edges = dialect === 'postgres' ? /\/\*|\*\//g : /\*\//g;
  edges.lastIndex = dialect === 'postgres' ? start : start + 2;
  for (let edge = edges.exec(text); edge !== null; edge = edges.exec(text)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth <= 0) return edge.index + 2;
  }
  // SQLite takes the end of the statement for the end of the comment; a person has forgotten it.
  throw new StatementError('a comment /* has no end */');
}
