/** Which names a piece of a template knows, their types, and what to say about those that do not exist. */
import { closestMatch } from '../../model/closest-match.ts';
import { wordMeant } from '../../model/word-meant.ts';
import type { Sliceable } from '../../model/time-slice.ts';
import {
  ANY,
  NUMBER,
  TEMPLATE_SCHEMA,
  union,
  type FieldSchema,
  type Type,
  type Words,
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

  /** The name that was meant. `Won` is more likely a text without its quotes than a misspelt `now`. */
  closest(name: string): string | undefined {
    const inner = this.#blocks.flatMap((names) => [...names.keys()]);
    const all = [...inner, ...this.#locals.keys(), ...Object.keys(TEMPLATE_SCHEMA)];
    const isKnown = all.some((known) => known.toLowerCase() === name.toLowerCase());
    return isKnown || !/^\p{Lu}/u.test(name) ? closestMatch(name, all) : undefined;
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
    const hasFields = names.includes('fields');
    const meant = hasFields && OF_CRM.test(name) ? undefined : fullWord(path, type.words, name);
    const field = `"${path}.fields.${name}"`;
    if (meant !== undefined) {
      const isSlip = closestMatch(name, names) === meant.slice(path.length + 1);
      const other = hasFields && !isSlip ? ` A field of the CRM's own is ${field}` : '';
      return `did you mean "${meant}"?${other}`;
    }
    if (Object.hasOwn(TEMPLATE_SCHEMA, name)) return `did you mean "${name}" alone?`;
    return hasFields
      ? `did you mean ${field}? The CRM's own fields are below "fields"`
      : `there are ${names.map((word) => `${path}.${word}`).join(', ')}`;
  }
  if (type.kind === 'list') {
    const inItem =
      propertyType(type.of, name) === undefined ? '' : `, such as "${path}.first.${name}"`;
    return `"${path}" is a list: loop over it, or take first, last or size${inItem}`;
  }
  return `"${path}" is a ${type.kind}: nothing can follow it`;
}

/** Salesforce's own fields of a customer end so. */
const OF_CRM = /__[cr]$/iu;

/** `contact.name` for `contact.full_name`, `company.name` for `contact.companyName`. */
function fullWord(path: string, words: Words, name: string): string | undefined {
  const direct = wordMeant(name, Object.keys(words));
  if (direct !== undefined) return `${path}.${direct}`;
  const [, noun = '', rest = ''] = OF_GROUP.exec(name) ?? [];
  const group = noun.toLowerCase();
  const root = Object.hasOwn(OTHER_NAMES, group) ? OTHER_NAMES[group] : group;
  const type = root === 'owner' ? words[root]?.type : WORDS[root ?? '']?.type;
  const of = type?.kind === 'group' ? type.words : words;
  const place = type?.kind !== 'group' ? path : root === 'owner' ? `${path}.owner` : root;
  const word = rest === '' ? undefined : wordMeant(rest, Object.keys(of));
  return word && `${place}.${word}`;
}

/** A name that begins with what it belongs to, such as `companyName`, `owner_email`, `dealStage`. */
const OF_GROUP =
  /^(contact|person|customer|company|account|organi[sz]ation|owner|deal|opportunity|ticket|case)[\s_-]*(.+)$/iu;

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

interface RootPlace {
  readonly partial: { readonly tag: string; readonly name: string } | undefined;
  readonly next: string | undefined;
}

/**
 * Help for a first word that neither the scope nor the words have.
 * @param place the partial it stands in, and the property that follows.
 */
export function rootHint(name: string, scope: Scope, { partial, next }: RootPlace): string {
  const give =
    partial && `give it to the partial: {% ${partial.tag} "${partial.name}", ${name}: … %}`;
  const own = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  const meant = scope.closest(name);
  const list = own ?? meant;
  if (list !== undefined && isMeantAsItem(name, list, next)) return give ?? loopHint(list);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  const group = Object.entries<FieldSchema>(TEMPLATE_SCHEMA).find(
    ([, { type }]) => type.kind === 'group' && Object.hasOwn(type.words, name),
  );
  if (group !== undefined) return `did you mean "${group[0]}.${name}"?`;
  if (own !== undefined && (next !== undefined || partial === undefined)) {
    return `did you mean "${own}"?`;
  }
  if (give !== undefined) return give;
  const { type } = TEMPLATE_SCHEMA.contact;
  const words = type.kind === 'group' ? Object.keys(type.words) : [];
  // With a capital it is rather a text without its quotes.
  const word = /^\p{Ll}.{2}/u.test(name) ? wordMeant(name, words) : undefined;
  if (word !== undefined) return `did you mean "contact.${word}"?`;
  return `a text needs quotes: "${name}"; the words are ${Object.keys(TEMPLATE_SCHEMA).join(', ')}`;
}

/** Whether `deal.name` was meant as it stands in a loop. @param next the property that follows. */
function isMeantAsItem(name: string, list: string, next: string | undefined): boolean {
  const type = WORDS[list]?.type;
  if (type?.kind !== 'list') return false;
  return next === undefined ? name === itemOf(list) : propertyType(type, next) === undefined;
}

function loopHint(list: string): string {
  return `an item of "${list}" stands in a loop: {% for ${itemOf(list)} in ${list} %} … {% endfor %}`;
}

/** `deal` for `deals`. */
function itemOf(list: string): string {
  return list.replace(/s$/u, '');
}
