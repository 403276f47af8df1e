/** The type of a value in a template. Reports words, filters and properties that do not exist. */
import { basename } from 'node:path';
import { TypeGuards, Value, type EchoTag, type Output, type Token, type Variable } from 'liquidjs';
import { didYouMean } from '../../model/closest-match.ts';
import { problemAt, type ProblemList, type TemplateProblem } from '../problem.ts';
import type { TemplateSource } from '../template-sources.ts';
import { FILTERS, UNSUPPORTED, type ArgumentType } from '../filter-table.ts';
import { filterNamed } from './other-languages.ts';
import { argumentProblems } from './arguments.ts';
import { itemsProblem } from './items.ts';
import { propertyHint, propertyType, rootHint, type Scope } from './scope.ts';
import { elementType } from '../template-words.ts';
import { ANY, BOOLEAN, listOf, NOTHING, NUMBER, TEXT, type Type } from '../template-words.ts';
import { argumentOf, isFiltered, variablesOf, type Argument, type FilterUse } from './variables.ts';

/** Where a value stands. */
export interface Place {
  readonly scope: Scope;
  readonly source: TemplateSource;
  /** The partial in which it stands, if it is in one. */
  readonly partial?: PartialCall | undefined;
  /** Of a partial: where the template that is rendered on its own calls it, directly or through others. */
  readonly caller?: Call | undefined;
  readonly problems: ProblemList;
  /** Of tokens that were analysed before: each is looked at several times. */
  readonly analysed: Map<Token, readonly Variable[]>;
}

export interface PartialCall {
  readonly tag: 'render' | 'include';
  readonly name: string;
  /** What it reads and is not given, as far as reported: once is enough. */
  readonly missing: Set<string>;
}

export interface Call {
  readonly source: TemplateSource;
  /** Into the source's text. */
  readonly offset: number;
}

/** @param offset into the source's text. @param hint a function when it takes time to find. */
export function report(
  place: Place,
  offset: number,
  message: string,
  hint?: string | (() => string | undefined),
  severity: TemplateProblem['severity'] = 'error',
): void {
  const { source, caller, problems } = place;
  if (problems.isFull) return;
  const found = typeof hint === 'function' ? hint() : hint;
  problems.add(source, offset, [message + calledFrom(caller), found], { severity });
}

function calledFrom(call: Call | undefined): string {
  if (call === undefined) return '';
  const { file, line, column } = problemAt(call.source, call.offset, '');
  return ` (called from ${basename(file)}:${line}:${column})`;
}

export function typeOf(value: Argument, place: Place): Type {
  if (!isFiltered(value)) return typeOfToken(value, place);
  const isOptional = value.filters[0]?.name === 'default';
  const { postfix } = value.initial;
  const operands = postfix.filter((token) => TypeGuards.isValueToken(token));
  const operators = postfix.filter((token) => TypeGuards.isOperatorToken(token));
  const types = operands.map((token) => typeOfToken(token, place, isOptional));
  const expected = operators.filter(({ operator }) => operator !== 'not').length + 1;
  const last = operands.at(-1) ?? postfix[0];
  if (last !== undefined && operands.length > expected) {
    const hint = 'to print both, write {{ a }} {{ b }}; to compare, write a == b';
    report(place, last.begin, `${last.getText()}: two values with nothing between them`, hint);
  } else if (last !== undefined && operands.length < expected) {
    report(place, last.begin, 'a comparison lacks a value', 'nothing is written as nil');
  }
  const initial = operators.length > 0 ? BOOLEAN : (types[0] ?? ANY);
  const filters: readonly FilterUse[] = value.filters;
  return filters.reduce<Type>((type, filter) => applyFilter(filter, type, place), initial);
}

function typeOfToken(token: Token, place: Place, isOptional = false): Type {
  if (TypeGuards.isQuotedToken(token)) return TEXT;
  if (TypeGuards.isNumberToken(token)) return NUMBER;
  if (TypeGuards.isLiteralToken(token)) return LITERALS.get(token.literal) ?? ANY;
  if (!TypeGuards.isValueToken(token)) return ANY;
  const variables = place.analysed.get(token) ?? variablesOf([token]);
  place.analysed.set(token, variables);
  const types = variables.map((variable) => follow(variable, place, isOptional));
  if (TypeGuards.isRangeToken(token)) return listOf(NUMBER);
  const isWord = TypeGuards.isPropertyAccessToken(token) && token.variable === undefined;
  return isWord ? (types[0] ?? ANY) : ANY;
}

/** Follows `deals.first.owner.name` to its end or to the first word that does not exist. */
function follow({ segments, location }: Variable, place: Place, isOptional: boolean): Type {
  const unknown = (name: string, hint: () => string): Type => {
    report(place, location.col, `${name}: unknown word`, hint);
    return ANY;
  };
  const [first = '', ...rest] = segments;
  let path = String(first);
  let type = place.scope.resolve(path);
  if (type === undefined) {
    if (place.problems.isFull) return ANY;
    const { scope, partial } = place;
    // A partial's argument that it can do without: {{ label | default: "Owner" }}.
    const isArgument = partial !== undefined && scope.closest(path) === undefined;
    if (isArgument && (isOptional || partial.missing.has(path))) return ANY;
    partial?.missing.add(path);
    const [next] = rest.map(String);
    return unknown(path, () => rootHint(path, scope, { partial, next }));
  }
  for (const segment of rest) {
    const isDynamic = typeof segment === 'object';
    const name = String(segment);
    const next: Type | undefined = isDynamic ? elementType(type) : propertyType(type, name);
    if (next === undefined) {
      const [known, of] = [path, type];
      return unknown(`${path}.${name}`, () => propertyHint(known, of, name));
    }
    path = isDynamic ? `${path}[${name}]` : `${path}.${name}`;
    type = next;
  }
  return type;
}

const LITERALS: ReadonlyMap<string, Type> = new Map([
  ['true', BOOLEAN],
  ['false', BOOLEAN],
  ['nil', NOTHING],
  ['null', NOTHING],
]);

/** Arguments that name a property of the items. */
const NAMING: ReadonlySet<unknown> = new Set<ArgumentType>(['property', 'amount']);

function applyFilter(filter: FilterUse, input: Type, place: Place): Type {
  const [first, ...others] = filter.args.map(argumentOf);
  const argument = first === undefined ? undefined : typeOf(first, place);
  for (const value of others) if (value !== undefined) typeOf(value, place);
  const word = Object.hasOwn(FILTERS, filter.name) ? FILTERS[filter.name] : undefined;
  if (word === undefined) {
    const message = `${filter.name}: unknown filter`;
    report(place, tokenOf(filter).begin, message, () => filterHint(filter.name));
    return ANY;
  }
  const plain = filter.args.filter((each) => !Array.isArray(each)).map(argumentOf);
  for (const { token, message, hint, severity } of argumentProblems(filter.name, word, plain)) {
    report(place, (token ?? tokenOf(filter)).begin, message, hint, severity);
  }
  reportDates(filter, input, argument, place);
  const named = NAMING.has(word.arguments[0]?.type) ? first : undefined;
  const property =
    named !== undefined && TypeGuards.isQuotedToken(named) ? propertyOf(input, named, place) : ANY;
  const wrong = itemsProblem(
    filter.name,
    input,
    named && { type: property, text: named.getText() },
  );
  if (wrong !== undefined) {
    report(place, (first ?? tokenOf(filter)).begin, wrong.message, wrong.hint);
  }
  return word.output(input, argument ?? NOTHING, property);
}

/** Reports `{{ contact.createdAt | minus: now }}`: a date is a text, and not the number that this would need. */
function reportDates(
  filter: FilterUse,
  input: Type,
  argument: Type | undefined,
  place: Place,
): void {
  const { name } = filter;
  const isArithmetic = FILTERS[name]?.input === 'number' || name === 'plus';
  if (!isArithmetic || (input.kind !== 'date' && argument?.kind !== 'date')) return;
  const hint =
    'for the days since a date write contact.createdAt | days, for such as "3 years ago" contact.createdAt | ago';
  report(place, tokenOf(filter).begin, `${name}: a date is not a number`, hint);
}

/** Help for a filter that does not exist. */
function filterHint(name: string): string {
  const own = filterNamed(name);
  return (
    (Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : undefined) ??
    (own === undefined ? didYouMean(name, Object.keys(FILTERS)) : `write ${own}`) ??
    'docs/templates.md lists the filters'
  );
}

/** liquidjs keeps the filter's position private, and with `strictFilters` reports that of the tag. */
function tokenOf(filter: FilterUse): Token {
  return 'begin' in filter ? filter : (filter as unknown as { token: Token }).token;
}

/** The property of a list's items that a filter's argument names: `sum: "amount"`. */
function propertyOf(list: Type, token: Token & { readonly content: string }, place: Place): Type {
  let type = list.kind === 'list' ? list.of : list;
  let path = '';
  for (const name of token.content.split('.')) {
    const next = type.kind === 'list' ? ANY : propertyType(type, name);
    path = path === '' ? name : `${path}.${name}`;
    if (next === undefined) {
      const names = type.kind === 'group' ? Object.keys(type.words) : [];
      const hint = () =>
        names.length === 0
          ? undefined
          : (didYouMean(name, names) ?? `there are ${names.join(', ')}`);
      report(place, token.begin, `${path}: unknown word`, hint);
      return ANY;
    }
    type = next;
  }
  return type;
}

/** Reports `{{ contact.owner }}`: groups of words, and lists of them, have no text. @param type of what is printed. */
export function checkPrintable(tag: Output | EchoTag, type: Type | undefined, place: Place): void {
  const item = type?.kind === 'list' ? type.of : type;
  if (item?.kind !== 'group' && item?.kind !== 'fields') return;
  const [value] = tag.arguments();
  if (!(value instanceof Value)) return;
  const [start] = value.initial.postfix;
  // A dot may stand behind the last word.
  const path = start?.getText().replace(/[.\s]+$/u, '') ?? '';
  const isPlain = value.filters.length === 0;
  const words = item.kind === 'group' ? Object.keys(item.words) : ['NAME'];
  const named = words.map((word) => (isPlain ? `${path}.${word}` : word)).join(', ');
  const [what, hint] =
    type?.kind === 'list'
      ? ['a list', 'loop over it with {% for %}']
      : [`a group of ${item.kind === 'group' ? 'words' : 'fields'}`, `name one: ${named}`];
  const subject = isPlain ? path : `what becomes of ${path}`;
  report(place, start?.begin ?? tag.token.begin, `${subject}: ${what} cannot be printed`, hint);
}
