/**
 * The filters a template may use, in one table: the engine registers these and no others, the check
 * of templates follows types through them, and `docs/templates.md` is held against it.
 */
import { elementType } from './template-schema.ts';
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
}

type Output = (input: Type, argument: Type, property: Type) => Type;
type Filters = Readonly<Record<string, FilterWord>>;

/** @param names apart by blanks. */
function each(word: FilterWord, names: string): Filters {
  return Object.fromEntries(names.split(/\s+/u).map((name) => [name, word]));
}

function lists(output: Output, names: string): Filters {
  return each({ input: 'list', output }, names);
}

function byProperty(output: Output, names: string): Filters {
  return each({ input: 'list', output, property: true }, names);
}

const toText: Output = () => TEXT;
const toNumber: Output = () => NUMBER;
const same: Output = (input) => input;
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
export const OWN_FILTERS = each({ input: 'text', output: toText }, 'money number day time ago');

export const FILTERS: Filters = {
  ...OWN_FILTERS,
  ...each(
    { input: 'text', output: toText },
    `append prepend upcase downcase capitalize truncate truncatewords replace replace_first
    replace_last remove remove_first remove_last strip lstrip rstrip squish normalize_whitespace
    strip_newlines strip_html newline_to_br escape escape_once xml_escape slugify url_encode
    url_decode cgi_escape uri_escape base64_encode base64_decode sha256 hmac_sha256 date
    date_to_string date_to_long_string date_to_xmlschema date_to_rfc822`,
  ),
  ...each({ input: 'any', output: union }, 'default'),
  ...each({ input: 'any', output: same }, 'raw slice'),
  ...each({ input: 'any', output: toText }, 'json jsonify inspect'),
  ...each({ input: 'text', output: () => listOf(TEXT) }, 'split'),
  ...each(
    { input: 'text', output: toNumber },
    `number_of_words plus minus times divided_by modulo round ceil floor abs at_least at_most
    to_integer`,
  ),
  ...each({ input: 'any', output: toNumber }, 'size'),
  ...lists(item, 'first last'),
  ...lists(toText, 'join array_to_sentence_string'),
  ...byProperty((_input, _argument, property) => listOf(property), 'map'),
  ...byProperty(toNumber, 'sum find_index'),
  ...byProperty(same, 'where reject sort sort_natural'),
  ...byProperty(item, 'find'),
  ...byProperty(() => BOOLEAN, 'has'),
  ...byProperty(groups, 'group_by'),
  ...lists(same, 'reverse uniq compact pop shift'),
  ...lists(concatenated, 'concat'),
  ...lists(withItem, 'push unshift'),
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
