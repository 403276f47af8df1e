/** Which names a piece of a template knows, what they stand for, and what to say about those that do not exist. */
import type { Variable } from 'liquidjs';
import { closestMatch, didYouMean } from '../../model/closest-match.ts';
import {
  ANY,
  NUMBER,
  TEMPLATE_SCHEMA,
  TEXT,
  union,
  type FieldSchema,
  type Type,
} from './template-schema.ts';

const WORDS: Readonly<Record<string, FieldSchema | undefined>> = TEMPLATE_SCHEMA;

export class Scope {
  /** What `assign` and `capture` set anywhere in the template: a loop may read it before it is set. */
  readonly #locals = new Map<string, Type>();
  readonly #blocks: ReadonlyMap<string, Type>[];

  /** @param given a partial's arguments. */
  constructor(given: ReadonlyMap<string, Type> = new Map()) {
    this.#blocks = [given];
  }

  resolve(name: string): Type | undefined {
    const block = this.#blocks.findLast((names) => names.has(name));
    return block?.get(name) ?? this.#locals.get(name) ?? WORDS[name]?.type;
  }

  /** All that are known here. */
  names(): readonly string[] {
    const inner = this.#blocks.flatMap((names) => [...names.keys()]);
    return [...inner, ...this.#locals.keys(), ...Object.keys(TEMPLATE_SCHEMA)];
  }

  declare(name: string, type: Type): void {
    this.#locals.set(name, union(this.#locals.get(name) ?? type, type));
  }

  /** Names that are known only while `run` runs: of a loop, of an `include`. */
  within(names: ReadonlyMap<string, Type>, run: () => void): void {
    this.#blocks.push(names);
    run();
    this.#blocks.pop();
  }
}

/** What a variable stands for, or why it does not exist. */
export type Followed =
  | { readonly type: Type; readonly message?: undefined }
  | { readonly message: string; readonly hint: string | undefined; readonly type?: undefined };

export interface Use {
  /** The name of the partial that the variable stands in, if it is one that `render` calls. */
  readonly partial?: string | undefined;
  /** Whether a partial can do without the value: `{{ label | default: "Owner" }}`. */
  readonly isOptional?: boolean;
}

/** Follows `deals.first.owner.name` to its end or to the first word that does not exist. */
export function follow({ segments }: Variable, scope: Scope, use: Use): Followed {
  const [first = '', ...rest] = segments;
  let path = String(first);
  const start = scope.resolve(path);
  if (start === undefined) {
    const meant = isLikeText(path, scope) ? undefined : didYouMean(path, scope.names());
    if (use.partial !== undefined && use.isOptional && meant === undefined) return { type: ANY };
    return unknownWord(path, meant ?? rootHint(path, use.partial));
  }
  let type = start;
  for (const segment of rest) {
    const isDynamic = typeof segment === 'object';
    const name = String(segment);
    const next = isDynamic ? elementType(type) : propertyType(type, name);
    if (next === undefined) return unknownWord(`${path}.${name}`, propertyHint(path, type, name));
    path = isDynamic ? `${path}[${name}]` : `${path}.${name}`;
    type = next;
  }
  return { type };
}

export function unknownWord(path: string, hint: string | undefined): Followed {
  return { message: `${path}: unknown word`, hint };
}

/** `Won` is more likely a text without its quotes than a misspelt `now`. */
function isLikeText(name: string, scope: Scope): boolean {
  const plain = name.toLowerCase();
  return /^\p{Lu}/u.test(name) && !scope.names().some((known) => known.toLowerCase() === plain);
}

/** One item of what is looped over. */
export function elementType(type: Type): Type {
  if (type.kind === 'list') return type.of;
  return type.kind === 'text' || type.kind === 'date' ? TEXT : ANY;
}

/** What `type.name` stands for, or `undefined` when there is no such word. */
export function propertyType(type: Type, name: string): Type | undefined {
  switch (type.kind) {
    case 'group':
      return Object.hasOwn(type.words, name) ? type.words[name]?.type : undefined;
    case 'list':
      if (name === 'size') return NUMBER;
      return name === 'first' || name === 'last' || /^\d+$/u.test(name) ? type.of : undefined;
    case 'text':
    case 'date':
      return name === 'size' ? NUMBER : undefined;
    case 'number':
    case 'boolean':
      return undefined;
    case 'fields':
    case 'any':
    case 'nothing':
      return ANY;
  }
}

function propertyHint(path: string, type: Type, name: string): string {
  if (type.kind === 'group') {
    const names = Object.keys(type.words);
    const meant = closestMatch(name, names);
    if (meant !== undefined) return `did you mean "${path}.${meant}"?`;
    return names.includes('fields')
      ? `did you mean "${path}.fields.${name}"? The CRM's own fields are below "fields"`
      : `there are ${names.map((word) => `${path}.${word}`).join(', ')}`;
  }
  if (type.kind === 'list') {
    const inItem =
      propertyType(type.of, name) === undefined ? '' : `, such as "${path}.first.${name}"`;
    return `"${path}" is a list: loop over it, or take first, last or size${inItem}`;
  }
  return `"${path}" is a ${type.kind}: nothing can follow it`;
}

function rootHint(name: string, partial: string | undefined): string {
  const owner = Object.entries<FieldSchema>(TEMPLATE_SCHEMA).find(
    ([, { type }]) => type.kind === 'group' && Object.hasOwn(type.words, name),
  );
  if (owner !== undefined) return `did you mean "${owner[0]}.${name}"?`;
  if (partial !== undefined) return `give it to the partial: {% render "${partial}", ${name}: … %}`;
  return `a text needs quotes: "${name}"; the words are ${Object.keys(TEMPLATE_SCHEMA).join(', ')}`;
}
