/**
 * Writes SOQL, and parses the tenant's own conditions. Values come in only through {@link quote}, {@link startsWith}
 * and {@link endsWith}: jsforce does not escape backslashes.
 */

/** A SELECT but for what it selects from. */
export interface Select {
  readonly fields: readonly { readonly path: string }[];
  /** Records that belong to each row. */
  readonly children?: readonly (Select & { readonly relationship: string })[];
  readonly where?: string | undefined;
  readonly orderBy?: readonly string[];
  readonly limit: number;
}

/** @param from the object, or inside another SELECT the child relationship. */
export function toSoql(select: Select, from: string): string {
  const children = (select.children ?? []).map((child) => `(${toSoql(child, child.relationship)})`);
  const columns = [...select.fields.map(({ path }) => path), ...children];
  return [
    `SELECT ${columns.join(', ')} FROM ${from}`,
    select.where === undefined ? '' : `WHERE ${select.where}`,
    select.orderBy?.length ? `ORDER BY ${select.orderBy.join(', ')}` : '',
    `LIMIT ${select.limit}`,
  ]
    .filter((clause) => clause !== '')
    .join(' ');
}

/** A string literal that means exactly `value`. */
export function quote(value: string): string {
  return `'${escape(value)}'`;
}

/** `(…)` for IN. @param values at least one. */
export function quoteAll(values: readonly string[]): string {
  return `(${values.map(quote).join(', ')})`;
}

/** A LIKE pattern for what begins with `value`; `%` and `_` in it mean themselves. */
export function startsWith(value: string): string {
  return `'${escapeWildcards(value)}%'`;
}

/** A LIKE pattern for what ends with `value`. */
export function endsWith(value: string): string {
  return `'%${escapeWildcards(value)}'`;
}

function escapeWildcards(value: string): string {
  return escape(value).replace(/[%_]/g, '\\$&');
}

/**
 * The escapes of https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
 * Half a surrogate pair cannot be percent-encoded, so it is escaped too.
 */
function escape(value: string): string {
  return value.replace(
    /[\\'\p{Cc}]|\p{Cs}/gu,
    (character) => NAMED[character] ?? `\\u${hex(character)}`,
  );
}

const NAMED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}

/** A condition of the tenant's own (`where`). */
export interface Condition {
  /** The paths that are compared, such as `IsActive__c` and `Region__r.Name`. */
  readonly fields: readonly string[];
  /** @param prefix a relationship to the object that has the fields, with a dot, such as `Account.`. */
  toSoql(prefix?: string): string;
}

/**
 * Parses a condition, which is not pasted: one that closed a parenthesis of the statement or began another clause
 * could show other people's records.
 * https://developer.salesforce.com/docs/platform/salesforce-soql-sosl/guide/sforce-api-calls-soql-select-conditionexpression.html
 * @throws {SyntaxError} with what was expected and where.
 */
export function parseCondition(text: string): Condition {
  const reader = new Reader(text);
  reader.conditions();
  reader.expectEnd();
  const { parts } = reader;
  return {
    fields: parts.flatMap((part) => (part.isField ? [part.text] : [])),
    toSoql: (prefix = '') =>
      parts.map((part) => (part.isField ? prefix + part.text : part.text)).join(' '),
  };
}

interface Part {
  readonly text: string;
  readonly isField: boolean;
}

const WORD = /[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*(?::\d+)?/;
/** An amount with decimals; without them it is a word. */
const AMOUNT = /[A-Z]{3}\d+\.\d+(?![\w.])/;
const TEXT = /'(?:[^'\\\n\r]|\\(?:[nrtbfNRTBF"'\\%_]|u[0-9a-fA-F]{4}))*'/;
const DATE = /\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?(?![\w.])/;
const NUMBER = /[+-]?\d+(?:\.\d+)?(?![\w.])/;
const SIGN = /[<>!]=|<>|[=<>(),]/;
const TOKEN = new RegExp(
  [AMOUNT, WORD, TEXT, DATE, NUMBER, SIGN].map(({ source }) => source).join('|'),
  'y',
);

const FIELD = /^[A-Za-z]\w*(?:\.[A-Za-z]\w*)*$/;
/** Texts, numbers, dates, `TODAY`, `LAST_N_DAYS:30`, `EUR5000`. */
const VALUE =
  /^(?:['\d+-]|(?:true|false|null)$|[A-Z]+(?:_[A-Z]+)*(?::\d+)?$|[A-Z]{3}\d+(?:\.\d+)?$)/i;
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'SELECT FROM WHERE WITH GROUP ORDER BY HAVING LIMIT OFFSET FOR UPDATE USING SCOPE ALL ROWS TYPEOF ' +
    'AND OR NOT IN LIKE INCLUDES EXCLUDES NULLS ASC DESC'
  ).split(' '),
);

class Reader {
  readonly parts: Part[] = [];
  readonly #text: string;
  #at = 0;
  #token = '';

  constructor(text: string) {
    this.#text = text;
    this.#advance();
  }

  /** SOQL takes no AND beside OR without parentheses. */
  conditions(): void {
    this.#condition();
    const connective = ['AND', 'OR'].find((word) => this.#is(word));
    if (connective === undefined) return;
    while (this.#is(connective)) {
      this.#take();
      this.#condition();
    }
    if (this.#is('AND') || this.#is('OR')) throw this.#problem('parentheses around AND beside OR');
  }

  expectEnd(): void {
    if (this.#token !== '') throw this.#problem('AND, OR or the end');
  }

  #condition(): void {
    if (this.#is('NOT')) {
      this.#take();
      this.#condition();
    } else if (this.#is('(')) {
      this.#take();
      this.conditions();
      this.#expect(')');
    } else this.#comparison();
  }

  #comparison(): void {
    this.#field();
    if (this.#is('NOT')) {
      this.#take();
      if (!this.#is('IN')) throw this.#problem('IN');
    }
    if (this.#is('IN') || this.#is('INCLUDES') || this.#is('EXCLUDES')) {
      this.#take();
      this.#expect('(');
      this.#value();
      while (this.#is(',')) {
        this.#take();
        this.#value();
      }
      this.#expect(')');
      return;
    }
    if (!this.#is('LIKE') && !/^[=<>!]/.test(this.#token)) {
      throw this.#problem('a comparison by =, !=, <, >, LIKE or IN');
    }
    this.#take();
    this.#value();
  }

  /** A path, or a function of one, such as `CALENDAR_YEAR(CreatedDate)`. */
  #field(): void {
    const path = this.#token;
    if (!FIELD.test(path) || KEYWORDS.has(path.toUpperCase())) throw this.#problem('a field');
    this.#advance();
    const isFunction = this.#is('(');
    this.parts.push({ text: path, isField: !isFunction });
    if (!isFunction) return;
    this.#take();
    this.#field();
    this.#expect(')');
  }

  #value(): void {
    if (!VALUE.test(this.#token) || KEYWORDS.has(this.#token.toUpperCase())) {
      throw this.#problem('a value: text in single quotes, a number, a date, true, false or null');
    }
    this.#take();
  }

  #is(text: string): boolean {
    return this.#token.toUpperCase() === text;
  }

  #expect(text: string): void {
    if (!this.#is(text)) throw this.#problem(text);
    this.#take();
  }

  #take(): void {
    this.parts.push({ text: this.#token, isField: false });
    this.#advance();
  }

  #advance(): void {
    this.#at += this.#token.length;
    this.#at += /^\s*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
    TOKEN.lastIndex = this.#at;
    const [token] = TOKEN.exec(this.#text) ?? [''];
    const next = this.#text.charAt(this.#at);
    if (token === '' && next !== '') {
      throw this.#problem(/["'‘’“”„]/.test(next) ? "text in single quotes ('…')" : 'SOQL');
    }
    this.#token = token;
  }

  #problem(expected: string): SyntaxError {
    return new SyntaxError(`expected ${expected} at character ${this.#at + 1}`);
  }
}
