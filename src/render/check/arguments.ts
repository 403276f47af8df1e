/** Checks what is written as a literal after a filter: by the types of arguments in the table of filters. */
import { TypeGuards, type Token } from 'liquidjs';
import { closestMatch } from '../../model/closest-match.ts';
import { isTimeZone } from '../../model/intl.ts';
import { DATE_LENGTHS } from '../format.ts';
import { ARGUMENT_EXAMPLES, type ArgumentType, type Filter } from '../filter-table.ts';
import { datePatternProblem, monthForMinute } from './date-pattern.ts';

type Literal = string | number;

/** What is wrong with a literal of a type, and what to write instead; `undefined` when it is right. */
interface Rule {
  isRight(value: Literal): boolean;
  readonly expected: string;
  /** What was probably meant, as it is written in a template. */
  meant?(value: Literal): string | undefined;
  /** What to write without an argument. */
  readonly without?: string;
  /** What to do, where no other argument is right. */
  hint?(value: Literal): string | undefined;
}

const isNumber = (value: Literal): boolean =>
  typeof value === 'number' || (value.trim() !== '' && Number.isFinite(Number(value)));
const isWhole = (value: Literal): boolean => isNumber(value) && Number.isInteger(Number(value));

const PROPERTY: Rule = {
  isRight: (value) => typeof value === 'string',
  expected: 'the name of a property',
};

/** By type; those that take any text have none. */
const RULES: Readonly<Partial<Record<ArgumentType, Rule>>> = {
  number: { isRight: isNumber, expected: 'a number' },
  integer: { isRight: isWhole, expected: 'a whole number' },
  count: {
    isRight: (value) => isWhole(value) && Number(value) >= 0,
    expected: 'a whole number from 0',
  },
  currency: {
    isRight: (value) => Intl.supportedValuesOf('currency').includes(String(value).toUpperCase()),
    expected: 'the code of a currency',
    meant: (value) => quoted(currencyNamed(String(value))),
  },
  length: {
    isRight: (value) => (DATE_LENGTHS as readonly Literal[]).includes(value),
    expected: `a length of dates (${DATE_LENGTHS.join(', ')})`,
    meant: (value) => quoted(closestMatch(String(value), DATE_LENGTHS)),
  },
  pattern: {
    isRight: (value) => datePatternProblem(String(value)) === undefined,
    expected: 'a pattern of %-letters',
    meant: (value) => quoted(datePatternProblem(String(value))?.meant),
    hint: (value) => datePatternProblem(String(value))?.instead,
    without: 'day, for the date as the tenant writes it',
  },
  zone: {
    isRight: (value) => typeof value === 'number' || isTimeZone(value),
    expected: 'a time zone',
  },
  property: PROPERTY,
  amount: PROPERTY,
  list: { isRight: () => false, expected: 'a list' },
};

export interface ArgumentProblem {
  /** The argument in question; `undefined` when one is missing. */
  readonly token?: Token;
  readonly message: string;
  readonly hint: string;
  /** An error by default. */
  readonly severity?: 'warning';
}

/** @param args those without a name, in order. */
export function argumentProblems(
  name: string,
  filter: Filter,
  args: readonly (Token | undefined)[],
): readonly ArgumentProblem[] {
  const problems: ArgumentProblem[] = [];
  const expected = filter.arguments;
  const surplus = args[expected.length];
  if (surplus !== undefined) {
    const most = expected.length === 0 ? 'nothing' : `at most ${expected.length}`;
    const message = `${name}: takes ${most} after its colon`;
    problems.push({ token: surplus, message, hint: `leave out ${surplus.getText()}` });
  }
  expected.forEach(({ type, optional }, index) => {
    const token = args[index];
    const rule = RULES[type];
    if (token === undefined) {
      if (optional) return;
      const required = expected.filter((each) => !each.optional);
      const examples = required.map((each) => ARGUMENT_EXAMPLES[each.type]).join(', ');
      const or = rule?.without === undefined ? '' : `, or take ${rule.without}`;
      const hint = `write it after a colon, such as ${name}: ${examples}${or}`;
      problems.push({ message: `${name}: an argument is missing`, hint });
    } else {
      const value = literalOf(token);
      if (rule === undefined || value === undefined) return;
      if (rule.isRight(value)) {
        const pattern = type === 'pattern' ? monthForMinute(String(value)) : undefined;
        if (pattern === undefined) return;
        const message = `${name}: in ${token.getText()} %M are the minutes, %m is the month`;
        problems.push({ token, message, hint: `did you mean "${pattern}"?`, severity: 'warning' });
        return;
      }
      const message = `${name}: ${token.getText()} is not ${rule.expected}`;
      const meant = rule.meant?.(value);
      const example = `write such as ${name}: ${ARGUMENT_EXAMPLES[type]}`;
      const hint = rule.hint?.(value) ?? (meant === undefined ? example : `did you mean ${meant}?`);
      problems.push({ token, message, hint });
    }
  });
  problems.push(...booleanInQuotes(name, args));
  // Of two arguments that are missing, one is enough to say.
  return problems.filter(
    ({ token }, index) => token !== undefined || index === problems.length - 1,
  );
}

/** Properties of deals and tickets that are true or false. */
const BOOLEANS: readonly unknown[] = ['open', 'won'];

/** `where: "open", "true"` finds nothing: the text is not the value. */
function booleanInQuotes(
  name: string,
  [property, value]: readonly (Token | undefined)[],
): readonly ArgumentProblem[] {
  if (property === undefined || value === undefined || !TypeGuards.isQuotedToken(value)) return [];
  const literal = literalOf(property);
  if (!BOOLEANS.includes(literal) || !/^(?:true|false)$/iu.test(value.content)) return [];
  const message = `${name}: ${property.getText()} is true or false, not a text`;
  const hint = `leave out the quotes: ${name}: ${property.getText()}, ${value.content.toLowerCase()}`;
  return [{ token: value, message, hint }];
}

function literalOf(token: Token): Literal | undefined {
  if (TypeGuards.isQuotedToken(token) || TypeGuards.isNumberToken(token)) return token.content;
  return undefined;
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `"${text}"`;
}

const SYMBOLS: Readonly<Record<string, string>> = {
  '€': 'EUR',
  $: 'USD',
  US$: 'USD',
  '£': 'GBP',
  '¥': 'JPY',
};

/** The code of `Euro`, `US dollars` or `€`. */
function currencyNamed(text: string): string | undefined {
  const names = new Intl.DisplayNames('en', { type: 'currency' });
  const singular = text.trim().toLowerCase().replace(/s$/u, '');
  const named = (code: string) => names.of(code)?.toLowerCase() === singular;
  return SYMBOLS[text.trim()] ?? Intl.supportedValuesOf('currency').find(named);
}
