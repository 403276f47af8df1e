/** Which names a piece of a template knows, their types, and what to say about those that do not exist. */
import { closestMatch, didYouMean } from '../../model/closest-match.ts';
import type { Sliceable } from '../../model/time-slice.ts';
import {
  ANY,
  NUMBER,
  TEMPLATE_SCHEMA,
  union,
  type FieldSchema,
  type Type,
} from '../template-words.ts';

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

  /** Whether another name was meant. `Won` is more likely a text without its quotes than a misspelt `now`. */
  didYouMean(name: string): string | undefined {
    const inner = this.#blocks.flatMap((names) => [...names.keys()]);
    const all = [...inner, ...this.#locals.keys(), ...Object.keys(TEMPLATE_SCHEMA)];
    const isKnown = all.some((known) => known.toLowerCase() === name.toLowerCase());
    return isKnown || !/^\p{Lu}/u.test(name) ? didYouMean(name, all) : undefined;
  }

  declare(name: string, type: Type): void {
    this.#locals.set(name, union(this.#locals.get(name) ?? type, type));
  }

  /** Names that are known only during that work: of a loop, of an `include`. */
  *within(names: ReadonlyMap<string, Type>, work: Sliceable<void>): Sliceable<void> {
    this.#blocks.push(names);
    yield* work;
    this.#blocks.pop();
  }
}

/** The type of `type.name`, or `undefined` when there is no such word. */
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

/** Help for `path.name`, where `path` is a `type`. */
export function propertyHint(path: string, type: Type, name: string): string {
  if (type.kind === 'group') {
    const names = Object.keys(type.words);
    const meant = closestMatch(name, names);
    if (meant !== undefined) return `did you mean "${path}.${meant}"?`;
    if (Object.hasOwn(TEMPLATE_SCHEMA, name)) return `did you mean "${name}" alone?`;
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

/** What other programs call a person, a company, their deals and tickets. */
const OTHER_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    contact: 'person lead customer user client',
    company: 'account organization organisation',
    deals: 'opportunity opportunities',
    tickets: 'case cases issues',
    tenant: 'team',
    now: 'today date',
  }).flatMap(([own, others]) => others.split(' ').map((other) => [other, own])),
);

/** Help for a first word. @param partial the name of the partial it stands in. @param isAlone no property follows. */
export function rootHint(name: string, partial: string | undefined, isAlone: boolean): string {
  const owner = Object.entries<FieldSchema>(TEMPLATE_SCHEMA).find(
    ([, { type }]) => type.kind === 'group' && Object.hasOwn(type.words, name),
  );
  if (owner !== undefined) return `did you mean "${owner[0]}.${name}"?`;
  const own = !isAlone && Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  if (own !== undefined) return `did you mean "${own}"?`;
  if (partial !== undefined) return `give it to the partial: {% render "${partial}", ${name}: … %}`;
  return `a text needs quotes: "${name}"; the words are ${Object.keys(TEMPLATE_SCHEMA).join(', ')}`;
}
