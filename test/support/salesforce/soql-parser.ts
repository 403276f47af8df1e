/** Reads the subset of SOQL that the emulator understands. */
import { SalesforceError } from './salesforce-error.ts';
import { tokenize, unexpected, type Literal, type Token } from './soql-lexer.ts';

export interface Query {
  readonly columns: readonly (Column | Query)[];
  /** The object, or in a child query the relationship. */
  readonly from: string;
  readonly where: Condition | undefined;
  readonly orderBy: readonly Order[];
  readonly limit: number | undefined;
  readonly offset: number;
}

export interface Column {
  readonly path: readonly string[];
  /** Where it stands in the text, for error messages. */
  readonly at: number;
}

export interface Order {
  readonly column: Column;
  readonly descending: boolean;
  /** SOQL's default is first, in either direction. */
  readonly nullsLast: boolean;
}

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly column: Column; readonly operator: string; readonly value: Value }
  | {
      readonly column: Column;
      readonly negated: boolean;
      readonly among: readonly Value[] | Query;
    };

export type Value =
  | { readonly type: 'string'; readonly literal: Literal }
  | { readonly type: 'constant'; readonly value: number | boolean | string | null };

/** @throws {SalesforceError} MALFORMED_QUERY. */
export function parse(soql: string): Query {
  if (soql.length > 100_000) {
    throw new SalesforceError(400, 'MALFORMED_QUERY', 'SOQL statement is too long');
  }
  const reader = new Reader(tokenize(soql));
  const query = readQuery(reader);
  reader.expectEnd();
  refuseMisplacedSemiJoins(query.where, true);
  return query;
}

export function isQuery(among: readonly Value[] | Query): among is Query {
  return 'from' in among;
}

class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(): Token {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
    if (token === undefined) throw unexpected('<EOF>');
    return token;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** Takes the word or sign if it is next. */
  skip(text: string): boolean {
    const token = this.peek();
    const there =
      (token.type === 'word' || token.type === 'punctuation') && token.text.toUpperCase() === text;
    if (there) this.#next += 1;
    return there;
  }

  expect(text: string): void {
    if (!this.skip(text)) throw unexpected(spelled(this.peek()));
  }

  expectEnd(): void {
    if (this.peek().type !== 'end') throw unexpected(spelled(this.peek()));
  }

  column(): Column {
    const token = this.take();
    if (token.type !== 'word' || KEYWORDS.has(token.text.toUpperCase())) {
      throw unexpected(spelled(token));
    }
    return { path: token.text.split('.'), at: token.at };
  }

  number(): number {
    const token = this.take();
    if (token.type !== 'number' || !Number.isInteger(token.value) || token.value < 0) {
      throw unexpected(spelled(token));
    }
    return token.value;
  }
}

const KEYWORDS: ReadonlySet<string> = new Set(
  'SELECT FROM WHERE AND OR NOT IN LIKE ORDER BY LIMIT OFFSET NULLS'.split(' '),
);

function spelled(token: Token): string {
  if (token.type === 'end') return '<EOF>';
  if (token.type === 'string') return "'";
  return token.type === 'number' ? String(token.value) : token.text;
}

function readQuery(reader: Reader): Query {
  reader.expect('SELECT');
  const columns: (Column | Query)[] = [];
  do {
    if (reader.skip('(')) {
      columns.push(readQuery(reader));
      reader.expect(')');
    } else columns.push(reader.column());
  } while (reader.skip(','));
  reader.expect('FROM');
  const from = reader.column().path.join('.');
  const where = reader.skip('WHERE') ? readConditions(reader) : undefined;
  const orderBy: Order[] = [];
  if (reader.skip('ORDER')) {
    reader.expect('BY');
    do orderBy.push(readOrder(reader));
    while (reader.skip(','));
  }
  const limit = reader.skip('LIMIT') ? reader.number() : undefined;
  const offset = reader.skip('OFFSET') ? reader.number() : 0;
  return { columns, from, where, orderBy, limit, offset };
}

function readOrder(reader: Reader): Order {
  const column = reader.column();
  const descending = reader.skip('DESC');
  if (!descending) reader.skip('ASC');
  let nullsLast = false;
  if (reader.skip('NULLS')) {
    nullsLast = reader.skip('LAST');
    if (!nullsLast) reader.expect('FIRST');
  }
  return { column, descending, nullsLast };
}

/** SOQL takes no AND beside OR without parentheses. */
function readConditions(reader: Reader): Condition {
  const first = readCondition(reader);
  const connective = ['AND', 'OR'].find((word) => reader.skip(word));
  if (connective === undefined) return first;
  const conditions = [first, readCondition(reader)];
  while (reader.skip(connective)) conditions.push(readCondition(reader));
  return connective === 'AND' ? { all: conditions } : { any: conditions };
}

function readCondition(reader: Reader): Condition {
  if (reader.skip('NOT')) return { not: readCondition(reader) };
  if (reader.skip('(')) {
    const inner = readConditions(reader);
    reader.expect(')');
    return inner;
  }
  const column = reader.column();
  const negated = reader.skip('NOT');
  if (negated) reader.expect('IN');
  if (negated || reader.skip('IN')) return { column, negated, among: readAmong(reader) };
  if (reader.skip('LIKE')) return { column, operator: 'LIKE', value: readValue(reader, true) };
  const token = reader.take();
  if (token.type !== 'punctuation' || !/^[=!<>]/.test(token.text)) throw unexpected(spelled(token));
  return { column, operator: token.text, value: readValue(reader, false) };
}

function readAmong(reader: Reader): readonly Value[] | Query {
  reader.expect('(');
  const start = reader.peek();
  if (start.type === 'word' && start.text.toUpperCase() === 'SELECT') {
    const query = readQuery(reader);
    reader.expect(')');
    return query;
  }
  const values: Value[] = [];
  do values.push(readValue(reader, false));
  while (reader.skip(','));
  reader.expect(')');
  return values;
}

function readValue(reader: Reader, inLike: boolean): Value {
  const token = reader.take();
  if (token.type === 'string') {
    if (token.literal.onlyForLike && !inLike) {
      throw new SalesforceError(400, 'MALFORMED_QUERY', 'Illegal string literal: \\% or \\_');
    }
    if (token.literal.pieces.length > 4000) {
      throw new SalesforceError(400, 'MALFORMED_QUERY', 'String literal is too long');
    }
    return { type: 'string', literal: token.literal };
  }
  if (token.type === 'number') return { type: 'constant', value: token.value };
  if (token.type === 'date') return { type: 'constant', value: token.text };
  if (token.type === 'word') {
    const constant = { TRUE: true, FALSE: false, NULL: null }[token.text.toUpperCase()];
    if (constant !== undefined) return { type: 'constant', value: constant };
  }
  throw unexpected(spelled(token));
}

/** Semi-joins stand at the top level, at most two of them, and not beside OR. */
function refuseMisplacedSemiJoins(where: Condition | undefined, top: boolean): number {
  if (where === undefined) return 0;
  if ('among' in where) {
    if (!isQuery(where.among)) return 0;
    if (!top) throw misplaced('only allowed at the top level, not beside OR and not nested');
    refuseMisplacedSemiJoins(where.among.where, false);
    return 1;
  }
  if ('all' in where) {
    const count = where.all.reduce((sum, one) => sum + refuseMisplacedSemiJoins(one, top), 0);
    if (count > 2) throw misplaced('at most two');
    return count;
  }
  const inner = 'any' in where ? where.any : 'not' in where ? [where.not] : [];
  inner.forEach((one) => refuseMisplacedSemiJoins(one, false));
  return 0;
}

function misplaced(why: string): SalesforceError {
  return new SalesforceError(400, 'MALFORMED_QUERY', `Semi join sub-selects: ${why}`);
}
