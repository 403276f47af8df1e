/** What a value in a template stands for, and which words in it do not exist. */
import {
  TypeGuards,
  Value,
  type Expression,
  type FilteredValueToken,
  type PropertyAccessToken,
  type Token,
  type ValueToken,
} from 'liquidjs';
import { didYouMean } from '../../model/closest-match.ts';
import { FILTERS, UNSUPPORTED, type FilterWord } from './filter-table.ts';
import type { TemplateSource } from '../problem.ts';
import type { Scope } from './scope.ts';
import { elementType, propertyHint, rootHint, propertyType } from './property-type.ts';
import {
  ANY,
  BOOLEAN,
  union,
  groupOf,
  listOf,
  NOTHING,
  NUMBER,
  TEXT,
  type Type,
} from './template-schema.ts';

/** Where a value stands. */
export interface LintContext {
  readonly scope: Scope;
  readonly source: TemplateSource;
  /** The name of the partial, in one that `render` calls. */
  readonly partial?: string;
  /** @param offset into the source's text. */
  report(offset: number, message: string, hint?: string): void;
  /** Is told of every name that is looked up. */
  onRead?(name: string): void;
}

type FilterUse = Value['filters'][number] | FilteredValueToken['filters'][number];

export function typeOf(value: Value | ValueToken, place: LintContext): Type {
  if (value instanceof Value || TypeGuards.isFilteredValueToken(value)) {
    const isOptional = value.filters[0]?.name === 'default';
    const initial = typeOfExpression(value.initial, place, isOptional);
    return value.filters.reduce<Type>((type, use) => applyFilter(use, type, place), initial);
  }
  return typeOfToken(value, place);
}

function typeOfExpression({ postfix }: Expression, place: LintContext, isOptional: boolean): Type {
  const operands = postfix.filter((token) => TypeGuards.isValueToken(token));
  const operators = postfix.filter((token) => TypeGuards.isOperatorToken(token));
  const types = operands.map((token) => typeOfToken(token, place, isOptional));
  const expected = operators.filter(({ operator }) => operator !== 'not').length + 1;
  const last = operands.at(-1) ?? postfix[0];
  if (last !== undefined && operands.length > expected) {
    const hint = 'to print both, write {{ a }} {{ b }}; to compare, write a == b';
    place.report(last.begin, `${last.getText()}: two values with nothing between them`, hint);
  } else if (last !== undefined && operands.length < expected) {
    place.report(last.begin, 'a comparison lacks a value', 'nothing is written as nil');
  }
  return operators.length === 0 ? (types[0] ?? ANY) : BOOLEAN;
}

/** @param isOptional whether a partial can do without the value. */
export function typeOfToken(token: Token, place: LintContext, isOptional = false): Type {
  if (TypeGuards.isQuotedToken(token)) return TEXT;
  if (TypeGuards.isNumberToken(token)) return NUMBER;
  if (TypeGuards.isLiteralToken(token)) return typeOfLiteral(token.literal);
  if (TypeGuards.isPropertyAccessToken(token)) return access(token, place, isOptional);
  if (TypeGuards.isRangeToken(token)) {
    typeOf(token.lhs, place);
    typeOf(token.rhs, place);
    return listOf(NUMBER);
  }
  return TypeGuards.isFilteredValueToken(token) ? typeOf(token, place) : ANY;
}

function typeOfLiteral(literal: string): Type {
  if (literal === 'true' || literal === 'false') return BOOLEAN;
  return literal === 'nil' || literal === 'null' ? NOTHING : ANY;
}

/** Follows `deals.first.owner.name` to its end or to the first word that does not exist. */
function access(token: PropertyAccessToken, place: LintContext, isOptional: boolean): Type {
  const [root, ...rest] =
    token.variable === undefined ? token.props : [token.variable, ...token.props];
  if (root === undefined) return ANY;
  const start = token.variable === undefined ? nameOf(root) : undefined;
  let type =
    start === undefined ? typeOfToken(root, place) : rootType(start, token, place, isOptional);
  let path = start ?? root.getText();
  for (const prop of rest) {
    const name = nameOf(prop);
    if (name === undefined) typeOfToken(prop, place);
    const next = name === undefined ? elementType(type) : propertyType(type, name);
    if (next === undefined) {
      place.report(
        token.begin,
        `${path}.${name}: unknown word`,
        propertyHint(path, type, name ?? ''),
      );
      return ANY;
    }
    path = name === undefined ? `${path}[${prop.getText()}]` : `${path}.${name}`;
    type = next;
  }
  return type;
}

/** `undefined` for what is only known when the template runs: `contact[name]`. */
function nameOf(token: Token): string | undefined {
  if (TypeGuards.isWordToken(token) || TypeGuards.isQuotedToken(token)) return token.content;
  return undefined;
}

function rootType(name: string, token: Token, place: LintContext, isOptional: boolean): Type {
  place.onRead?.(name);
  const type = place.scope.resolve(name);
  if (type !== undefined) return type;
  const meant = isLikeText(name, place) ? undefined : didYouMean(name, place.scope.names());
  // A partial's argument that it can do without: {{ label | default: "Owner" }}.
  if (place.partial !== undefined && isOptional && meant === undefined) return ANY;
  place.report(token.begin, `${name}: unknown word`, meant ?? rootHint(name, place.partial));
  return ANY;
}

/** `Won` is more likely a text without its quotes than a misspelt `now`. */
function isLikeText(name: string, { scope }: LintContext): boolean {
  const plain = name.toLowerCase();
  return /^\p{Lu}/u.test(name) && !scope.names().some((known) => known.toLowerCase() === plain);
}

function applyFilter(use: FilterUse, input: Type, place: LintContext): Type {
  const values = use.args.map((arg) => (Array.isArray(arg) ? arg[1] : arg));
  const types = values.map((value) => (value === undefined ? ANY : typeOf(value, place)));
  const word = Object.hasOwn(FILTERS, use.name) ? FILTERS[use.name] : undefined;
  if (word === undefined) {
    const hint = UNSUPPORTED[use.name] ?? didYouMean(use.name, Object.keys(FILTERS));
    const { begin } = tokenOf(use);
    place.report(
      begin,
      `${use.name}: unknown filter`,
      hint ?? 'docs/templates.md lists the filters',
    );
    return ANY;
  }
  const [first] = values;
  const item = input.kind === 'list' ? input.of : input;
  const property =
    word.property === true && first !== undefined && TypeGuards.isQuotedToken(first)
      ? propertyOf(item, first, place)
      : ANY;
  return outputOf(word, input, types[0] ?? NOTHING, property);
}

/** The property of a list's items that a filter's argument names: `sum: "amount"`. */
function propertyOf(
  item: Type,
  token: Token & { readonly content: string },
  place: LintContext,
): Type {
  let type = item;
  let path = '';
  for (const name of token.content.split('.')) {
    const next = type.kind === 'list' ? ANY : propertyType(type, name);
    path = path === '' ? name : `${path}.${name}`;
    if (next === undefined) {
      const names = type.kind === 'group' ? Object.keys(type.words) : [];
      const hint = didYouMean(name, names) ?? `there are ${names.join(', ')}`;
      place.report(token.begin, `${path}: unknown word`, names.length === 0 ? undefined : hint);
      return ANY;
    }
    type = next;
  }
  return type;
}

function outputOf(
  { output: gives }: FilterWord,
  input: Type,
  argument: Type,
  property: Type,
): Type {
  switch (gives) {
    case 'text':
      return TEXT;
    case 'number':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    case 'texts':
      return listOf(TEXT);
    case 'same':
      return input;
    case 'item':
      return elementType(input);
    case 'either':
      return union(input, argument);
    case 'items':
      return input.kind === 'list' ? union(input, argument) : ANY;
    case 'with':
      return input.kind === 'list' ? listOf(union(input.of, argument)) : ANY;
    case 'properties':
      return listOf(property);
    case 'groups':
      return listOf(
        groupOf({
          name: { type: property, description: 'what the items have in common' },
          items: { type: input.kind === 'list' ? input : listOf(ANY), description: 'the items' },
        }),
      );
  }
}

/** liquidjs keeps the position of a filter to itself. */
function tokenOf(use: FilterUse): Token {
  return 'begin' in use ? use : (use as unknown as { readonly token: Token }).token;
}
