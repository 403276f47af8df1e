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
    '=>': '>=',
    '=<': '<=',
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
    pattern: /[\u00ad\u200b-\u200d\u2060\ufeff]/u,
    message: 'an invisible character',
    hint: () => 'delete what stands here and type it again',
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
    pattern: /(?<!\|)\|(?=[^|].*(?:[=<>]| (?:contains|and|or) ))/su,
    message: 'a filter within a comparison',
    hint: () =>
      'assign it first: {% assign length = contact.name | size %}, then {% if length > 3 %}',
  },
  {
    where: 'condition',
    pattern:
      /(&&|\|\||[!=]==|<>|=[<>]|(?<= )(?:AND|OR|NOT|is not|is|eq|equals|ne|gte?|lte?)(?= ))/u,
    message: 'no such comparison',
    hint: (operator = '') => `write ${OPERATORS.get(operator) ?? '=='}`,
  },
  {
    where: 'condition',
    pattern: /(?<=[\w"\]]\s+)in(?=\s+[\p{L}"])/u,
    message: 'no such comparison',
    hint: () => 'write contains, the list or text first: contact.title contains "Manager"',
  },
  {
    where: 'condition',
    pattern:
      /(?<=[<>=]\s*)\d+\s*(?:minute|hour|day|week|month|year|Stunde|Tag|Woche|Monat)\p{L}*/iu,
    message: 'a span of time',
    hint: () =>
      'assign the days first: {% assign days = contact.lastActivityAt | days %}, then {% if days > 7 %}',
  },
  {
    where: 'markup',
    pattern: /(?<![\w.])(?:loop|@)\.?(first|last|index0?|length|rindex0?)\b/u,
    message: 'another name here',
    hint: (_, name = '') => `write forloop.${name}`,
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
    pattern: /[<>]=?[^<>,]*[\w\]"]\s*[<>](?<!\b(?:and|or)\b[^<>]*[<>])/u,
    message: 'two comparisons',
    hint: () => 'write a < b and b < c',
  },
  {
    where: 'condition',
    pattern: /\b(?:or|and)\s+("_*")(?=\s*(?:-?$|(?:or|and)\b))/u,
    message: 'a text alone is always true',
    hint: () => 'write the comparison again: contact.title == "A" or contact.title == "B"',
  },
  {
    where: 'condition',
    pattern: /(\d+),(\d+)/u,
    message: 'a comma in a number',
    hint: (_, whole = '', fraction = '') => `write a point: ${whole}.${fraction}`,
  },
  {
    where: 'condition',
    pattern: /,(?<=^[^|,]*,)/u,
    message: 'a comma',
    hint: () => 'write the comparison again: contact.title == "A" or contact.title == "B"',
  },
  {
    where: 'condition',
    pattern: /\((?![^()]*\.\.)/u,
    message: 'brackets',
    hint: () => 'put one {% if %} into another; "and" and "or" are read from right to left',
  },
  {
    where: 'assignment',
    pattern: /(?<=^-?\s*assign\s+[\w-]+)\s*(?:==|:(?!=)|:=)/u,
    message: 'no assignment',
    hint: () => 'write {% assign name = value %}',
  },
  {
    where: 'assignment',
    pattern: /^-?\s*(?!assign\b)([\p{L}_]\w*)\s*=(?!=)/u,
    message: 'no assignment',
    hint: (_, name = '') => `write {% assign ${name} = … %}`,
  },
  {
    where: 'assignment',
    pattern: /\|(?<=^-?\s*for\s[^|]*\|)/u,
    message: 'a filter within a loop',
    hint: () =>
      'assign it first: {% assign list = deals | where: "open" %}, then {% for deal in list %}',
  },
  {
    where: 'assignment',
    pattern: /\b(\p{L}\w*)\s*=(?!=)(?<=^-?\s*(?:for|render|include)\s[^=]*=)/u,
    message: 'a single =',
    hint: (_, name = '') => `write ${name}: …`,
  },
  {
    where: 'output',
    pattern: /,(?<=^[^|,]*,)/u,
    message: 'a comma',
    hint: () => 'to print both, write {{ a }}, {{ b }}',
  },
  {
    where: 'output',
    pattern: /(&&?|(?<=[\w"\]]\s+)(?:and|or)(?=\s+[\w"]))/u,
    message: 'no choice in an output',
    hint: (sign = '') =>
      sign === 'or'
        ? 'write | default: …'
        : 'to print both, write {{ a }} {{ b }}; to ask for both, {% if a and b %}',
  },
  {
    where: 'markup',
    pattern: /[|.]\s*([\p{L}_]\w*)\(([^()]*)\)?/u,
    message: 'a function with brackets',
    hint: (_, name = '', args = '') =>
      `write | ${filterNamed(name) ?? name}${args.trim() === '' ? '' : ': …'}`,
  },
  {
    where: 'markup',
    pattern: /\b(\p{L}\w*)\((\d+)\)/u,
    message: 'round brackets',
    hint: (_, name = '', index = '') => `write ${name}[${index}]`,
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
    pattern: /(?<=\bdate:\s*)%[^|"'\n]*[^|"'\s-]/u,
    message: 'a pattern without quotes',
    hint: (pattern = '') => `write "${pattern}"`,
  },
  {
    where: 'markup',
    pattern:
      /\.fields\.(\p{L}[\p{L}\w]*(?: (?!(?:and|or|contains|reversed|limit|offset|as|with|if|else|unless)\b)\p{L}[\p{L}\w]*(?![\p{L}\w]|:))+|["'])/iu,
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
