/**
 * Splits SOQL into tokens, as strictly as Salesforce: an unknown escape or an open quote fails.
 * Reserved characters: https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
 */
import { SalesforceError } from './salesforce-error.ts';

export type Token =
  | { readonly type: 'word'; readonly text: string; readonly at: number }
  | { readonly type: 'string'; readonly literal: Literal; readonly at: number }
  | { readonly type: 'number'; readonly value: number; readonly at: number }
  | { readonly type: 'date'; readonly text: string; readonly at: number }
  | { readonly type: 'punctuation'; readonly text: string; readonly at: number }
  | { readonly type: 'end'; readonly at: number };

/** A string literal, piece by piece; for LIKE a bare `%` or `_` is a wildcard. */
export interface Literal {
  readonly pieces: readonly { readonly text: string; readonly escaped: boolean }[];
  /** `\%` and `\_` mean something in LIKE and are errors everywhere else. */
  readonly onlyForLike: boolean;
}

export function valueOf(literal: Literal): string {
  return literal.pieces.map(({ text }) => text).join('');
}

export function tokenize(soql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < soql.length) {
    const rest = soql.slice(at);
    const space = /^\s+/.exec(rest);
    if (space) {
      at += space[0].length;
      continue;
    }
    if (rest.startsWith("'")) {
      const [literal, length] = readString(rest);
      tokens.push({ type: 'string', literal, at });
      at += length;
      continue;
    }
    const date = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d))?(?![\w.])/.exec(rest);
    if (date) {
      tokens.push({ type: 'date', text: date[0], at });
      at += date[0].length;
      continue;
    }
    const word = /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*/.exec(rest);
    const digits = /^-?\d+(\.\d+)?(?![\w.])/.exec(rest);
    const sign = /^(<=|>=|!=|<>|[=<>(),])/.exec(rest);
    const [text] = word ?? digits ?? sign ?? [undefined];
    if (text === undefined) throw unexpected(rest.charAt(0));
    tokens.push(
      word
        ? { type: 'word', text, at }
        : digits
          ? { type: 'number', value: Number(text), at }
          : { type: 'punctuation', text, at },
    );
    at += text.length;
  }
  return [...tokens, { type: 'end', at }];
}

export function unexpected(what: string): SalesforceError {
  return new SalesforceError(400, 'MALFORMED_QUERY', `unexpected token: ${what}`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

/** @returns the literal and how many characters it takes, quotes included. */
function readString(text: string): readonly [Literal, number] {
  const pieces: { text: string; escaped: boolean }[] = [];
  let onlyForLike = false;
  let at = 1;
  for (;;) {
    const character = text.charAt(at);
    if (character === '' || /[\n\r]/.test(character)) throw unexpected("'");
    if (character === "'") return [{ pieces, onlyForLike }, at + 1];
    if (character !== '\\') {
      pieces.push({ text: character, escaped: false });
      at += 1;
      continue;
    }
    const next = text.charAt(at + 1);
    const unicode = /^[0-9a-fA-F]{4}/.exec(text.slice(at + 2));
    const plain = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined;
    if (plain !== undefined) {
      pieces.push({ text: plain, escaped: true });
      at += 2;
    } else if (next === '%' || next === '_') {
      pieces.push({ text: next, escaped: true });
      onlyForLike = true;
      at += 2;
    } else if (/^[uU]$/.test(next) && unicode) {
      pieces.push({ text: String.fromCharCode(parseInt(unicode[0], 16)), escaped: true });
      at += 6;
    } else {
      throw new SalesforceError(400, 'MALFORMED_QUERY', `Illegal string literal: \\${next}`);
    }
  }
}
