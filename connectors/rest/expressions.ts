/** Liquid in the configuration: expressions over what an API sent, and templates of what it is sent. */
import type { Liquid } from 'liquidjs';
import { closestMatch, isShortWord } from '../../src/connector/index.ts';
import { FILTERS, textOf } from './filters.ts';

/** What an expression or template may read, by name. */
export type Scope = Readonly<Record<string, unknown>>;

/** @returns the value, with its type. */
export type Expression = (scope: Scope) => unknown;

export interface Language {
  /** `first | append: last` @throws {Error} with a sentence, for what cannot be understood. */
  expression(text: string): Expression;
  /**
   * `customers/{{ contact.id }}` @param encode makes of each value what may stand there.
   * @param names the variables there are; others are errors.
   */
  template(
    text: string,
    encode: (value: string) => string,
    names: readonly string[],
  ): (scope: Scope) => string;
}

/** Work of one expression or template: turns of loops, characters. The texts are the operator's own. */
const LIMITS = { parseLimit: 10_000, renderLimit: 500, memoryLimit: 1_000_000 };

export async function openLanguage(): Promise<Language> {
  const liquidjs = await import('liquidjs');
  const options = {
    ...LIMITS,
    strictFilters: true,
    ownPropertyOnly: true,
    relativeReference: false,
    templates: {},
  };
  const engine = (outputEscape?: (value: unknown) => string): Liquid => {
    const liquid = new liquidjs.Liquid({ ...options, ...(outputEscape && { outputEscape }) });
    // `raw` would let a value pass unencoded; nothing is included.
    Reflect.deleteProperty(liquid.filters, 'raw');
    for (const [name, filter] of Object.entries(FILTERS)) liquid.registerFilter(name, filter);
    for (const [name, filter] of Object.entries(liquid.filters))
      if (typeof filter === 'function') liquid.registerFilter(name, ofBoundedLists(filter));
    for (const tag of ['include', 'render', 'layout', 'block'])
      Reflect.deleteProperty(liquid.tags, tag);
    return liquid;
  };
  const plain = engine();

  return {
    expression(text) {
      const slip = slipIn(text);
      if (slip !== undefined) throw new Error(slip);
      const [token, value] = explained(plain, () => {
        const tokens = new liquidjs.Tokenizer(text, plain.options.operators);
        const filtered = tokens.readFilteredValue();
        return [filtered, new liquidjs.Value(filtered, plain)] as const;
      });
      // Liquid takes the last of several operands and ignores the others.
      const parts = [...token.initial.postfix];
      const operators = parts.filter((part) => liquidjs.TypeGuards.isOperatorToken(part));
      const binary = operators.filter(({ operator }) => operator !== 'not').length;
      const isWhole = parts.length - operators.length === binary + 1 && !/\|\s*$/.test(text);
      if (!isWhole) throw new Error('expected one value, with filters after "|"');
      return (scope) =>
        liquidjs.toValueSync<unknown>(
          value.value(new liquidjs.Context(scope, plain.options), true),
        );
    },
    template(text, encode, names) {
      const liquid = engine((value) => encode(presentText(value)));
      const parsed = explained(liquid, () => liquid.parse(text));
      const unknown = liquid.globalVariablesSync(text).find((name) => !names.includes(name));
      if (unknown !== undefined) {
        const meant = closestMatch(unknown, names);
        const isQuoted = meant !== undefined || ALL_NAMES.includes(unknown);
        const hint =
          meant === undefined
            ? `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`
            : `did you mean "${meant}"?`;
        throw new Error(`${isQuoted ? `"${unknown}"` : 'a name'} is not known here; ${hint}`);
      }
      return (scope) => String(liquid.renderSync(parsed, scope));
    },
  };
}

/** Of other languages; Liquid would take some of them for a name that there is not. */
const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/\{[{%]/, 'expected an expression, which stands without "{{" and "}}"'],
  [/^\s*\$|\[[*?]/, 'expected Liquid, not JSONPath, such as data or items[0].id'],
  [/[^=!<>]=[^=]/, 'expected "==" to compare values'],
  [/[\w\])"']\s*[+&]\s*[\w("']/, 'expected "| append: …" to put texts together'],
];

function slipIn(text: string): string | undefined {
  const code = text.replaceAll(/"[^"]*"|'[^']*'/g, '""');
  return SLIPS.find(([pattern]) => pattern.test(code))?.[1];
}

/** Items of a list that a filter gets: sorting or searching more would hold up the process. */
const MAX_ITEMS = 10_000;

type Filter = Extract<Liquid['filters'][string], (...args: never[]) => unknown>;

/** @returns the filter, which throws for longer lists. */
function ofBoundedLists(filter: Filter): Filter {
  return function (this: ThisParameterType<Filter>, ...args: Parameters<Filter>): unknown {
    if (args.some((each) => Array.isArray(each) && each.length > MAX_ITEMS))
      throw new Error(`a filter takes ${MAX_ITEMS} items at most`);
    return filter.apply(this, args);
  };
}

/** @throws {Error} with a sentence; the caller adds the place in the configuration. */
function explained<T>(liquid: Liquid, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(explain(error instanceof Error ? error.message : '', liquid), { cause: error });
  }
}

/** Liquid's own sentences quote the text, into which a token may have been pasted: they are not shown. */
function explain(message: string, { filters, tags }: Liquid): string {
  const [, filter] = /^undefined filter: (.+?)(?:,|$)/.exec(message) ?? [];
  if (filter !== undefined) return notThere('filter', filter, Object.keys(filters));
  const [, tag] = /^tag "([^"]*)" not found/.exec(message) ?? [];
  if (tag !== undefined) return notThere('tag', tag, Object.keys(tags));
  const [expected] = /^expected "[^"\w]"[a-z ]*/.exec(message) ?? [];
  return expected ?? SENTENCES.find(([pattern]) => pattern.test(message))?.[1] ?? NOT_LIQUID;
}

/** Filters of other languages that are operators here. */
const OPERATORS: readonly (readonly [RegExp, string])[] = [
  [/^(?:equals?|eq)$/, 'compare with "=="'],
  [/^(?:not_equals?|neq?)$/, 'compare with "!="'],
  [/^(?:contains|includes)$/, 'write "contains" without "|" and ":"'],
];

/** The name is quoted when it is near a known one, or so short and plain that it is no token. */
function notThere(kind: string, word: string, known: readonly string[]): string {
  const meant = closestMatch(word, known);
  const operator = OPERATORS.find(([pattern]) => pattern.test(word))?.[1];
  const hint = operator ?? (meant && `did you mean "${meant}"?`);
  if (hint !== undefined) return `there is no ${kind} "${word}"; ${hint}`;
  return isShortWord(word) ? `there is no ${kind} "${word}"` : `there is no such ${kind}`;
}

/** Every variable that some request has. */
const ALL_NAMES: readonly string[] = ['email', 'emails', 'domain', 'contact', 'company'];

const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/limit exceeded/, 'the text is too long'],
  [/^output .* not closed/s, 'expected "}}" after each "{{"'],
  [/^tag "\{%.* not closed/s, 'expected "%}" after each "{%"'],
  [/^tag \{%.* not closed/s, 'expected an end of each tag, such as {% endif %} of {% if … %}'],
];
const NOT_LIQUID = 'expected Liquid; look for a missing quote, bracket, ":" or "|"';

/** @throws {Error} for an empty value: in a request it may select the records of others, as `tickets?customer=` does. */
function presentText(value: unknown): string {
  const text = textOf(value);
  if (text === '') throw new Error('a value is missing');
  return text;
}
