/**
 * What people write who know another language, or who write in a word processor: never valid here, and the parser
 * would explain something else.
 */
import { filterNamed } from './other-languages.ts';

/** Where a slip is one: in `{{ … }}`, in a tag with a condition, in another tag, or in each of these. */
export type Where = 'output' | 'condition' | 'assignment' | 'markup';

export interface Slip {
  readonly where: Where;
  readonly pattern: RegExp;
  readonly message: string;
  /** @param groups of the pattern, the whole first. */
  readonly hint: (...groups: readonly string[]) => string;
}

const OPERATORS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '&&': 'and',
    '||': 'or',
    AND: 'and',
    OR: 'or',
    NOT: 'not',
    '===': '==',
    '!==': '!=',
    '<>': '!=',
    is: '==',
    'is not': '!=',
    eq: '==',
    equals: '==',
    ne: '!=',
    gt: '>',
    gte: '>=',
    lt: '<',
    lte: '<=',
  }),
);
const ARITHMETIC: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '+': '| plus: … for numbers, | append: … for texts',
    '-': '| minus: …',
    '*': '| times: …',
    '/': '| divided_by: …',
    '~': '| append: …',
    '??': '| default: …',
    '||': '| default: …',
  }),
);

export const SLIPS: readonly Slip[] = [
  {
    where: 'markup',
    pattern: /[“”„‟‘’‚«»‹›]/u,
    message: 'curly quotes',
    hint: () => 'write straight ones: "text"',
  },
  {
    where: 'markup',
    pattern: /%?\}/u,
    message: 'the end is not that of its beginning',
    hint: () => '{{ ends with }}, {% ends with %}',
  },
  {
    where: 'output',
    pattern: /^\{/u,
    message: 'three braces',
    hint: () => 'two are enough: {{ contact.name }}',
  },
  {
    where: 'output',
    pattern: /^\s*([#/^]\s*\w+|(?:if|unless|for|else|elsif|case|when|assign|end\w*)\b)\s*([^}]*)/u,
    message: 'a tag stands in {% … %}',
    hint: (_, word = '', rest = '') => `write ${asTag(word, rest)}`,
  },
  {
    where: 'condition',
    pattern: /^-?\s*else\s+if\b/u,
    message: 'else if',
    hint: () => 'write elsif',
  },
  {
    where: 'condition',
    pattern: /\|(?=[^|].*(?:[=<>]| (?:contains|and|or) ))(?!\|)/su,
    message: 'a filter within a comparison',
    hint: () =>
      'assign it first: {% assign length = contact.name | size %}, then {% if length > 3 %}',
  },
  {
    where: 'condition',
    pattern: /(&&|\|\||[!=]==|<>|(?<= )(?:AND|OR|NOT|is not|is|eq|equals|ne|gte?|lte?)(?= ))/u,
    message: 'no such comparison',
    hint: (operator = '') => `write ${OPERATORS.get(operator) ?? '=='}`,
  },
  {
    where: 'condition',
    pattern: /!(?=[\p{L}(])/u,
    message: 'no such comparison',
    hint: () => 'write not, or {% unless … %}',
  },
  {
    where: 'condition',
    pattern: /(?<![=!<>])=(?!=)/u,
    message: 'a single =',
    hint: () => 'to compare, write ==',
  },
  {
    where: 'condition',
    pattern: /\((?![^()]*\.\.)/u,
    message: 'brackets',
    hint: () => 'put one {% if %} into another; or and and are read from right to left',
  },
  {
    where: 'assignment',
    pattern: /(?<=^-?\s*assign\s+[\w-]+)\s*(?:==|:(?!=)|:=)/u,
    message: 'no assignment',
    hint: () => 'write {% assign name = value %}',
  },
  {
    where: 'markup',
    pattern: /[|.]\s*([\p{L}_]\w*)\(([^()]*)\)?/u,
    message: 'a function with brackets',
    hint: (_, name = '', args = '') =>
      `write | ${filterNamed(name) ?? name}${args.trim() === '' ? '' : ': …'}`,
  },
  {
    where: 'output',
    pattern: /\s(\?(?!\?))\s/u,
    message: 'no question in an output',
    hint: () => 'write {% if … %}a{% else %}b{% endif %}',
  },
  {
    where: 'markup',
    pattern: /(?<=[\w"'\])]\s*)(?:\?\?|\|\||~|(?<=\s)[+*/-](?=\s))/u,
    message: 'no arithmetic with signs',
    hint: (sign = '') => `write a filter: ${ARITHMETIC.get(sign) ?? ''}`,
  },
  {
    where: 'markup',
    pattern: /(?<=\p{L})->|\$(?=\p{L})/u,
    message: 'no such sign in a word',
    hint: () => 'write contact.name',
  },
  {
    where: 'markup',
    pattern: /\.fields\.(\p{L}\w*(?: (?!AND|OR)\p{Lu}\w*)+|["'])/u,
    message: 'a name with blanks',
    hint: (_, name = '') => `write .fields["${/\w/u.test(name) ? name : 'Support plan'}"]`,
  },
];

/** What `{{#each deals}}`, `{{/if}}` and `{{ else }}` are here. */
function asTag(word: string, rest: string): string {
  const name = word.replace(/^[#/^]\s*/u, '');
  const own = name === 'each' ? 'for' : name === 'end' ? 'if' : name;
  if (word.startsWith('/') || name === 'end') return `{% end${own} %}`;
  if (name === 'each') return `{% for item in ${rest.trim()} %}`;
  return `{% ${own}${rest.trim() === '' ? '' : ` ${rest.trim()}`} %}`;
}
