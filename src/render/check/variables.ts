/** What tags read: liquidjs' static analysis, asked for one value at a time so that each word's place in a scope is known. */
import {
  analyzeSync,
  IncludeTag,
  RenderTag,
  toValueSync,
  TypeGuards,
  Value,
  type FilteredValueToken,
  type PropertyAccessToken,
  type Template,
  type Token,
  type ValueToken,
  type Variable,
} from 'liquidjs';
import { withoutExtension } from '../engine.ts';
import type { TemplateSource } from '../template-sources.ts';

export interface ParsedTemplate extends TemplateSource {
  readonly templates: readonly Template[];
}

export type Argument = Value | Token;

/** Words with their segments; those in brackets come after the word they belong to. `location.col` is the offset. */
export function variablesOf(values: Iterable<Argument>): readonly Variable[] {
  const tokens = [...values].flatMap((value) => [...readTokens(value)]);
  const tag = { arguments: () => tokens } as unknown as Template;
  return Object.values(analyzeSync([tag], { partials: false }).variables).flat();
}

/** @returns what stands in a range, and before the dots of `(1..deals.size).first`, too: the analysis skips it. */
function* readTokens(value: Argument): Generator<ValueToken> {
  if (isFiltered(value)) {
    const args = value.filters.flatMap((filter: FilterUse) => filter.args.map(argumentOf));
    for (const token of [...value.initial.postfix, ...args]) if (token) yield* readTokens(token);
  } else if (TypeGuards.isRangeToken(value)) {
    yield* readTokens(value.lhs);
    yield* readTokens(value.rhs);
  } else if (TypeGuards.isPropertyAccessToken(value)) {
    if (value.variable === undefined) yield withOffset(value);
    else yield* readTokens(value.variable);
    for (const prop of value.props) if (!TypeGuards.isWordToken(prop)) yield* readTokens(prop);
  }
}

/** `{% cycle %}` and the like have tokens where others have values. */
export function isFiltered(value: Argument): value is Value | FilteredValueToken {
  return value instanceof Value || TypeGuards.isFilteredValueToken(value);
}

export type FilterUse = (Value | FilteredValueToken)['filters'][number];

/** A filter's argument; of a named one, its value. */
export function argumentOf(argument: FilterUse['args'][number]): ValueToken | undefined {
  return Array.isArray(argument) ? argument[1] : argument;
}

/** Counting lines from the file's start for each word takes seconds in a long template. */
function withOffset(token: PropertyAccessToken): PropertyAccessToken {
  const props = token.props.map((prop) =>
    TypeGuards.isPropertyAccessToken(prop) ? withOffset(prop) : prop,
  );
  return Object.create(token, {
    props: { value: props },
    getPosition: { value: () => [1, token.begin] },
  }) as PropertyAccessToken;
}

/** The tags within a tag; not those of a partial that it calls. */
export function childrenOf(tag: Template): readonly Template[] {
  return toValueSync<readonly Template[]>(tag.children?.(false, true) ?? []);
}

/** @returns `undefined` for a name that is only known as the template runs. */
export function partialName(tag: RenderTag | IncludeTag): string | undefined {
  const { file } = tag as unknown as { readonly file: unknown };
  return typeof file === 'string' ? withoutExtension(file) : undefined;
}

/** All tags of a template and of the partials that it includes or, if `open` says so, renders; each partial once. */
export function* tagsIn(
  templates: readonly Template[],
  partials: ReadonlyMap<string, ParsedTemplate>,
  open: (tag: RenderTag | IncludeTag) => boolean = () => true,
  seen = new Set<string>(),
): Generator<Template> {
  for (const tag of templates) {
    yield tag;
    yield* tagsIn(childrenOf(tag), partials, open, seen);
    if (!(tag instanceof RenderTag || tag instanceof IncludeTag) || !open(tag)) continue;
    const name = partialName(tag) ?? '';
    if (seen.has(name)) continue;
    seen.add(name);
    yield* tagsIn(partials.get(name)?.templates ?? [], partials, open, seen);
  }
}
