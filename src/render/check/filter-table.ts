/**
 * The filters a template may use, in one table: the engine registers these and no others, the check
 * of templates follows types through them, and `docs/templates.md` is held against it.
 */
import { elementType } from './scope.ts';
import {
  ANY,
  BOOLEAN,
  groupOf,
  listOf,
  NUMBER,
  TEXT,
  union,
  type Type,
} from './template-schema.ts';

export interface FilterWord {
  /** `text`: groups and lists of groups print nothing. */
  readonly input: 'text' | 'list' | 'any';
  /** What comes out. @param argument the first one. @param property the one that it names. */
  readonly output: Output;
  /** The first argument names a property of the list's items. */
  readonly property?: true;
  readonly meaning: string;
}

type Output = (input: Type, argument: Type, property: Type) => Type;

const toText: Output = () => TEXT;
const toNumber: Output = () => NUMBER;
const same: Output = (input) => input;
const item: Output = (input) => elementType(input);
const properties: Output = (_input, _argument, property) => listOf(property);
const concatenated: Output = (input, argument) =>
  input.kind === 'list' ? union(input, argument) : ANY;
const withItem: Output = (input, argument) =>
  input.kind === 'list' ? listOf(union(input.of, argument)) : ANY;
const groups: Output = (input, _argument, property) =>
  listOf(
    groupOf({
      name: { type: property, description: 'what the items have in common' },
      items: { type: input.kind === 'list' ? input : listOf(ANY), description: 'the items' },
    }),
  );

const text = (meaning: string): FilterWord => ({ input: 'text', output: toText, meaning });
const math = (meaning: string): FilterWord => ({ input: 'text', output: toNumber, meaning });
const any = (output: Output, meaning: string): FilterWord => ({ input: 'any', output, meaning });
const list = (output: Output, meaning: string): FilterWord => ({ input: 'list', output, meaning });
const find = (output: Output, meaning: string): FilterWord => ({
  ...list(output, meaning),
  property: true,
});

/** The bridge's own, besides those of Liquid. */
export const OWN_FILTERS = {
  money: text("an amount with its currency; without one, the tenant's"),
  number: text('a number as people write it; optional: how many decimals'),
  day: text('a date; optional: "short", "long" or "full"'),
  time: text('the time of day with its zone'),
  ago: text('how long ago, or in how long'),
} satisfies Record<string, FilterWord>;

export const FILTERS: Readonly<Record<string, FilterWord>> = {
  ...OWN_FILTERS,
  default: any(union, 'another value for what is missing'),

  append: text('a text after it'),
  prepend: text('a text before it'),
  upcase: text('capitals'),
  downcase: text('small letters'),
  capitalize: text('a capital first, the rest small'),
  truncate: text('at most so many characters'),
  truncatewords: text('at most so many words'),
  replace: text('one text for another, everywhere'),
  replace_first: text('one text for another, the first time'),
  replace_last: text('one text for another, the last time'),
  remove: text('a text taken out, everywhere'),
  remove_first: text('a text taken out, the first time'),
  remove_last: text('a text taken out, the last time'),
  strip: text('no blanks at the ends'),
  lstrip: text('no blanks at the start'),
  rstrip: text('no blanks at the end'),
  squish: text('single blanks only, none at the ends'),
  normalize_whitespace: text('single blanks only'),
  strip_newlines: text('no line breaks'),
  strip_html: text('no HTML tags'),
  newline_to_br: text('`<br />` before line breaks'),
  escape: text('HTML special characters as entities'),
  escape_once: text('the same, but not twice'),
  xml_escape: text('the same as `escape`'),
  slugify: text('letters and digits, the rest as `-`'),
  url_encode: text('for a URL query'),
  url_decode: text('the reverse of `url_encode`'),
  cgi_escape: text('for a URL query, strictly'),
  uri_escape: text('a URL with its special characters encoded'),
  base64_encode: text('as base64'),
  base64_decode: text('from base64'),
  sha256: text('the SHA-256 in hex'),
  hmac_sha256: text('the HMAC-SHA-256 in hex, with a key'),
  raw: any(same, 'unchanged'),
  json: any(toText, 'as JSON'),
  jsonify: any(toText, 'the same as `json`'),
  inspect: any(toText, 'the same as `json`, for finding errors'),
  split: { input: 'text', output: () => listOf(TEXT), meaning: 'a list from a text' },
  number_of_words: math('how many words'),

  date: text('a date by a pattern such as "%d.%m.%Y"'),
  date_to_string: text('a date with a short month'),
  date_to_long_string: text('a date with a long month'),
  date_to_xmlschema: text('a date as ISO 8601'),
  date_to_rfc822: text('a date as in e-mails'),

  plus: math('addition'),
  minus: math('subtraction'),
  times: math('multiplication'),
  divided_by: math('division'),
  modulo: math('the rest of a division'),
  round: math('rounded; optional: how many decimals'),
  ceil: math('rounded up'),
  floor: math('rounded down'),
  abs: math('without its sign'),
  at_least: math('no less than'),
  at_most: math('no more than'),
  to_integer: math('a number from a text'),

  size: any(toNumber, 'how many items or characters'),
  first: list(item, 'the first item'),
  last: list(item, 'the last item'),
  join: list(toText, 'one text from a list, with a separator'),
  array_to_sentence_string: list(toText, 'one text: a, b, and c'),
  map: find(properties, 'one property of each item'),
  sum: find(toNumber, 'the sum, of numbers or of a property'),
  where: find(same, 'the items whose property is set, or has a value'),
  reject: find(same, 'the items that `where` leaves out'),
  find: find(item, 'the first item that `where` would keep'),
  find_index: find(toNumber, 'its place in the list, from 0'),
  has: find(() => BOOLEAN, 'whether `where` would keep an item'),
  sort: find(same, 'in order, optionally of a property'),
  sort_natural: find(same, 'in order, capitals or not'),
  group_by: find(groups, 'by a property: a list of `name` and `items`'),
  reverse: list(same, 'the other way round'),
  slice: any(same, 'a part: start (from 0), length'),
  uniq: list(same, 'each item once'),
  compact: list(same, 'without missing items'),
  concat: list(concatenated, 'two lists as one'),
  push: list(withItem, 'an item at the end'),
  unshift: list(withItem, 'an item at the start'),
  pop: list(same, 'without the last item'),
  shift: list(same, 'without the first item'),
};

/**
 * Filters of liquidjs that are left out, and why: what an expression in a text misspells cannot be
 * seen before the template runs, and an agent should not see something else each time.
 */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  where_exp: 'use "where"',
  reject_exp: 'use "reject"',
  group_by_exp: 'use "group_by"',
  has_exp: 'use "has"',
  find_exp: 'use "find"',
  find_index_exp: 'use "find_index"',
  sample: 'use "first"',
};
