/** Words for what a value should have been, from a zod issue. */
import { didYouMean } from '../../model/closest-match.ts';
import type { Hint } from '../yaml/config-file.ts';
import { listOf, type Path } from '../problem.ts';
import { isRecord } from '../is-record.ts';

export interface Expectation {
  /** What goes between `expected` and `, got`. */
  readonly expected: string;
  readonly hint?: Hint;
}

/**
 * What an issue says, or `undefined` when its own message has to do.
 * @param title of the value in the JSON Schema; used when it reads like `a duration such as 5s`
 */
export function expectationFor(issue: Issue, title: string | undefined): Expectation | undefined {
  const { params } = issue;
  if (isRecord(params) && typeof params.expected === 'string') {
    const { expected, hint } = params as Partial<Expectation> & { readonly expected: string };
    return { expected, hint };
  }
  // What the author of a schema wrote in place of zod's own message.
  const [, own, hint] = /^expected ([^;\n]+)(?:; ([^\n]+))?$/i.exec(issue.message) ?? [];
  if (own !== undefined) return { expected: own.replace(/, got .*$/, ''), hint };
  if (title !== undefined && /^(?:an?|one|at|true|false|the) /.test(title)) {
    return { expected: title };
  }
  const expected = issue.code === undefined ? undefined : WORDS[issue.code]?.(issue);
  return expected === undefined ? undefined : { expected };
}

/**
 * What to do about a value of another kind, whatever it is.
 * @param example a mapping that may be there
 */
export function hintForKind(
  issue: Issue,
  value: unknown,
  example: () => string | undefined,
): string | undefined {
  const wants = wantedKind(issue);
  if (Array.isArray(value)) return hintForList(wants, value);
  if (value === undefined || typeof value === 'object') return undefined;
  if (wants === 'array') return 'put it in brackets: [ ]';
  const shown = wants === 'object' ? example() : undefined;
  return shown === undefined ? undefined : `write it like ${shown}`;
}

/** The type that is wanted there, by all alternatives of a union. */
function wantedKind(issue: Issue): unknown {
  if (issue.code === 'invalid_type') return issue.expected;
  const branches = Array.isArray(issue.errors) ? (issue.errors as readonly Issue[][]) : [];
  const kinds = new Set(
    branches.map(([first]) => (first?.code === 'invalid_type' ? first.expected : undefined)),
  );
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** For a list of mappings where one mapping belongs. */
function hintForList(wants: unknown, list: readonly unknown[]): string | undefined {
  const [first] = list;
  if ((wants !== 'object' && wants !== 'record') || !isRecord(first)) return undefined;
  const [value, ...others] = Object.values(first);
  const isNamed = others.length === 0 || value === null || isRecord(value);
  return wants === 'object' || isNamed
    ? 'leave out the "-"'
    : 'write a name and a colon in place of each "-", and what belongs to it below';
}

/** What to do about a value, where the value shows it. @param pattern of the texts that are right */
export function hintFor(
  issue: Issue,
  { value, text }: { readonly value: unknown; readonly text: string },
  pattern: string | undefined,
): string | undefined {
  const wants = issue.code === 'invalid_type' ? issue.expected : undefined;
  if (value === null) return 'remove it or give it a value';
  if (wants === 'string' && typeof value === 'number') {
    const isRight = pattern === undefined || new RegExp(pattern, 'u').test(text);
    return isRight ? 'put it in quotes' : undefined;
  }
  if (wants === 'boolean' && typeof value === 'string') {
    if (/^(?:yes|on)$/i.test(value)) return 'write true';
    if (/^(?:no|off)$/i.test(value)) return 'write false';
  }
  const options = issue.code === 'invalid_value' ? issue.values : issue.options;
  if (typeof value !== 'string') return undefined;
  if (issue.format === 'url' && !value.includes('://')) return 'begin it with https:// or http://';
  if (!Array.isArray(options)) return undefined;
  const words = options.map(String);
  const meant = completed(value, words);
  return didYouMean(value, words) ?? (meant && `did you mean ${JSON.stringify(meant)}?`);
}

/** A word of which the value is the beginning, or that begins it: `bool`, `datetime`. */
function completed(value: string, words: readonly string[]): string | undefined {
  const plain = value.toLowerCase();
  const begin = (a: string, b: string) => b.length >= 3 && a.startsWith(b);
  const fitting = words.filter((word) => begin(word, plain) || begin(plain, word));
  return fitting.length === 1 ? fitting[0] : undefined;
}

const WORDS: Readonly<Record<string, (issue: Issue) => string>> = {
  invalid_type: ({ expected }) => typeInWords(expected),
  invalid_value: ({ values }) => oneOf(values),
  invalid_union: ofUnion,
  too_small: (issue) => rangeText(issue, 'at least', issue.minimum),
  too_big: (issue) => rangeText(issue, 'at most', issue.maximum),
  invalid_format: formOf,
  not_multiple_of: ({ divisor }) => `a multiple of ${String(divisor)}`,
};

function typeInWords(type: unknown): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    null: 'nothing',
  };
  return words[String(type)] ?? 'another kind of value';
}

function oneOf(values: unknown): string {
  const words = Array.isArray(values) ? values.map(String) : [];
  return words.length === 0 ? 'another value' : listOf(words, 'or');
}

function ofUnion(issue: Issue): string {
  if (Array.isArray(issue.options)) return oneOf(issue.options);
  const branches = Array.isArray(issue.errors) ? (issue.errors as readonly Issue[][]) : [];
  const types = branches.flatMap((branch) =>
    branch
      .filter(({ code }) => code === 'invalid_type')
      .map(({ expected }) => typeInWords(expected)),
  );
  return types.length === 0 ? 'another value' : [...new Set(types)].join(' or ');
}

function rangeText(issue: Issue, words: 'at least' | 'at most', bound: unknown): string {
  const exclusive = words === 'at least' ? 'more than' : 'less than';
  const range = `${issue.inclusive === false ? exclusive : words} ${String(bound)}`;
  if (issue.origin === 'string') {
    return range === 'at least 1' ? 'a text that is not empty' : `a text of ${range} characters`;
  }
  if (issue.origin === 'array') {
    return range === 'at least 1' ? 'at least one item' : `a list of ${range} items`;
  }
  return issue.origin === 'record' || issue.origin === 'object'
    ? `${range} entries`
    : `a number of ${range}`;
}

function formOf({ format, pattern }: Issue): string {
  if (format === 'url') return 'a URL';
  const form = format === 'regex' && typeof pattern === 'string' ? pattern : JSON.stringify(format);
  return `a text in the form ${form}`;
}

/** An issue as zod has it; other libraries have only the message and the path. */
export interface Issue {
  readonly message: string;
  readonly path: Path;
  readonly code?: string;
  readonly [detail: string]: unknown;
}
