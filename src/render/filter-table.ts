/**
 * The filters a template may use, in one table: the engine registers these and no others, the check of templates
 * follows types and literal arguments through them, editors complete them, and `docs/templates.md` is held against it.
 */
import {
  ANY,
  BOOLEAN,
  elementType,
  groupOf,
  listOf,
  NUMBER,
  TEXT,
  union,
  type Type,
} from './template-words.ts';

export interface Filter {
  /** `text`: groups and lists of groups print nothing. `number`: likewise, and nothing comes of nothing. */
  readonly input: 'text' | 'number' | 'list' | 'any';
  /** What comes out. @param argument the first one. @param property the one that it names. */
  readonly output: Output;
  readonly arguments: readonly FilterArgument[];
  /** What it gives, in a few words. */
  readonly doc: string;
}

export interface FilterArgument {
  readonly type: ArgumentType;
  readonly optional: boolean;
}

/**
 * `count` and `integer` are whole numbers, `count` from 0; `property` is one of the list's items, `amount` one that is a number; `length` that of a
 * date; `pattern` has the letters of `date`; `zone` is a time zone; `list` is nothing that could be written as a literal.
 */
export type ArgumentType =
  | 'any'
  | 'text'
  | 'number'
  | 'integer'
  | 'count'
  | 'property'
  | 'amount'
  | 'list'
  | 'currency'
  | 'length'
  | 'pattern'
  | 'zone';

/** One of each type, as it stands in a template. */
export const ARGUMENT_EXAMPLES: Readonly<Record<ArgumentType, string>> = {
  any: '"text"',
  text: '"text"',
  number: '10',
  integer: '2',
  count: '2',
  property: '"name"',
  amount: '"amount"',
  list: 'tickets',
  currency: '"EUR"',
  length: '"long"',
  pattern: '"%d.%m.%Y"',
  zone: '"Europe/Berlin"',
};

type Output = (input: Type, argument: Type, property: Type) => Type;

/** `NAME: [arguments, doc]`; the types of arguments stand in order, apart by blanks, those with `?` may be left out. */
type Rows<Name extends string> = Readonly<Record<Name, readonly [args: string, doc: string]>>;

function filters<Name extends string>(
  input: Filter['input'],
  output: Output,
  rows: Rows<Name>,
): Readonly<Record<Name, Filter>> {
  const entries = Object.entries<Rows<Name>[Name]>(rows).map(([name, [args, doc]]) => {
    const types = args.split(' ').filter((type) => type !== '');
    const parsed = types.map((type) => ({
      type: type.replace('?', '') as ArgumentType,
      optional: type.endsWith('?'),
    }));
    return [name, { input, output, arguments: parsed, doc }] as const;
  });
  return Object.fromEntries(entries) as unknown as Record<Name, Filter>;
}

const toText: Output = () => TEXT;
const toNumber: Output = () => NUMBER;
const same: Output = (input) => input;
/** A part of a text, of a date as well, is a text. */
const part: Output = (input) => (input.kind === 'date' ? TEXT : input);
const item: Output = (input) => elementType(input);
const concatenated: Output = (input, argument) =>
  input.kind === 'list' ? union(input, argument) : ANY;
const withItem: Output = (input, argument) =>
  input.kind === 'list' ? listOf(union(input.of, argument)) : ANY;
/** A list of `{ name, items }`. */
const groups: Output = (input, _argument, property) => {
  const items = input.kind === 'list' ? input : listOf(ANY);
  return listOf(groupOf({ name: { type: property }, items: { type: items } }));
};

/** The bridge's own, besides those of Liquid. */
export const OWN_FILTERS = {
  ...filters('list', (input, argument) => groups(input, argument, TEXT), {
    group_by_currency: ['', 'by the currency that `money` prints: a list of `name` and `items`'],
  }),
  ...filters('text', toText, {
    money: ['currency?', "an amount with its currency; without one, the tenant's"],
    number: ['count?', 'a number as people write it; optional: how many decimals'],
    day: ['length?', 'a date; optional: "short", "long" or "full"'],
    time: ['', 'the time of day with its zone'],
    ago: ['', 'how long ago, or in how long'],
  }),
  ...filters('text', toNumber, {
    days: ['', 'whole days from that date until now, negative in the future'],
  }),
};

export const FILTERS: Readonly<Record<string, Filter>> = {
  ...OWN_FILTERS,
  ...filters('text', toText, {
    append: ['text', 'a text after it'],
    prepend: ['text', 'a text before it'],
    upcase: ['', 'capitals'],
    downcase: ['', 'small letters'],
    capitalize: ['', 'a capital first, the rest small'],
    truncate: ['count? text?', 'at most so many characters'],
    truncatewords: ['count? text?', 'at most so many words'],
    replace: ['text text', 'one text for another, everywhere'],
    replace_first: ['text text', 'one text for another, the first time'],
    replace_last: ['text text', 'one text for another, the last time'],
    remove: ['text', 'a text taken out, everywhere'],
    remove_first: ['text', 'a text taken out, the first time'],
    remove_last: ['text', 'a text taken out, the last time'],
    strip: ['text?', 'no blanks at the ends'],
    lstrip: ['text?', 'no blanks at the start'],
    rstrip: ['text?', 'no blanks at the end'],
    squish: ['', 'single blanks only, none at the ends'],
    normalize_whitespace: ['', 'single blanks only'],
    strip_newlines: ['', 'no line breaks'],
    strip_html: ['', 'no HTML tags'],
    newline_to_br: ['', '`<br />` before line breaks'],
    escape: ['', 'HTML special characters as entities'],
    escape_once: ['', 'the same, but not twice'],
    xml_escape: ['', 'the same as `escape`'],
    slugify: ['text? any?', 'letters and digits, the rest as `-`'],
    url_encode: ['', 'for a URL query'],
    url_decode: ['', 'the reverse of `url_encode`'],
    cgi_escape: ['', 'for a URL query, strictly'],
    uri_escape: ['', 'a URL with its special characters encoded'],
    base64_encode: ['', 'as base64'],
    base64_decode: ['', 'from base64'],
    sha256: ['', 'the SHA-256 in hex'],
    hmac_sha256: ['text', 'the HMAC-SHA-256 in hex, with a key'],
    date: ['pattern zone?', 'a date by a pattern such as "%d.%m.%Y"'],
    date_to_string: ['text? text?', 'a date with a short month'],
    date_to_long_string: ['text? text?', 'a date with a long month'],
    date_to_xmlschema: ['', 'a date as ISO 8601'],
    date_to_rfc822: ['', 'a date as in e-mails'],
  }),
  ...filters('any', union, {
    default: [
      'any',
      'another value for what is missing, empty or false; with `allow_false: true` not for false',
    ],
  }),
  ...filters('any', same, {
    raw: ['', 'unchanged'],
  }),
  ...filters('any', part, { slice: ['integer count?', 'a part: start (from 0), length'] }),
  ...filters('any', toText, {
    json: ['count?', 'as JSON'],
    jsonify: ['count?', 'the same as `json`'],
    inspect: ['count?', 'the same as `json`, for finding errors'],
  }),
  ...filters('text', () => listOf(TEXT), { split: ['text', 'a list from a text'] }),
  ...filters('text', toNumber, {
    number_of_words: ['text?', 'how many words'],
    plus: ['number', 'addition'],
    to_integer: ['', 'a number from a text'],
  }),
  ...filters('number', toNumber, {
    minus: ['number', 'subtraction'],
    times: ['number', 'multiplication'],
    divided_by: ['number any?', 'division'],
    modulo: ['number', 'the rest of a division'],
    round: ['integer?', 'rounded; optional: how many decimals'],
    ceil: ['', 'rounded up'],
    floor: ['', 'rounded down'],
    abs: ['', 'without its sign'],
    at_least: ['number', 'no less than'],
    at_most: ['number', 'no more than'],
  }),
  ...filters('any', toNumber, { size: ['', 'how many items or characters'] }),
  ...filters('list', item, {
    first: ['', 'the first item'],
    last: ['', 'the last item'],
    find: ['property any?', 'the first item that `where` would keep'],
  }),
  ...filters('list', toText, {
    join: ['text?', 'one text from a list, with a separator'],
    array_to_sentence_string: ['text?', 'one text: a, b, and c'],
  }),
  ...filters('list', (_input, _argument, property) => listOf(property), {
    map: ['property', 'one property of each item'],
  }),
  ...filters('list', toNumber, {
    sum: ['amount?', 'the sum, of numbers or of a property'],
    find_index: ['property any?', 'its place in the list, from 0'],
  }),
  ...filters('list', () => BOOLEAN, {
    has: ['property any?', 'whether `where` would keep an item'],
  }),
  ...filters('list', groups, {
    group_by: ['property', 'by a property: a list of `name` and `items`'],
  }),
  ...filters('list', same, {
    where: ['property any?', 'the items whose property is set, or has a value'],
    reject: ['property any?', 'the items that `where` leaves out'],
    sort: ['property?', 'in order, optionally of a property'],
    sort_natural: ['property?', 'in order, capitals or not'],
    reverse: ['', 'the other way round'],
    uniq: ['', 'each item once'],
    compact: ['', 'without missing items'],
    pop: ['', 'without the last item'],
    shift: ['', 'without the first item'],
  }),
  ...filters('list', concatenated, { concat: ['list', 'two lists as one'] }),
  ...filters('list', withItem, {
    push: ['any', 'an item at the end'],
    unshift: ['any', 'an item at the start'],
  }),
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
