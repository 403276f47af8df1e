/**
 * The words a template may use, in one table: the check of templates and
 * `docs/templates.md` are held against it, and the compiler holds it against `TemplateContext`.
 */
import type { OtherMatch, Owner } from '../model/profile.ts';
import { PROFILE_WORDS, type WordKind } from '../model/profile-words.ts';
import type { TemplateContext, Visitor } from './template-set.ts';
import type { Source } from '../model/outcome.ts';

export interface FieldSchema {
  readonly type: Type;
}

export type Words = Readonly<Record<string, FieldSchema>>;

/**
 * The type of a word. `fields`: any name may follow. `any`: nothing is known about it.
 * `nothing`: the literal nil.
 */
export type Type =
  | { readonly kind: 'text' | 'date' | 'number' | 'boolean' | 'fields' | 'any' | 'nothing' }
  | { readonly kind: 'list'; readonly of: Type }
  | { readonly kind: 'group'; readonly words: Words };

export const TEXT: Type = { kind: 'text' };
export const DATE: Type = { kind: 'date' };
export const NUMBER: Type = { kind: 'number' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const FIELDS: Type = { kind: 'fields' };
export const ANY: Type = { kind: 'any' };
export const NOTHING: Type = { kind: 'nothing' };

export function listOf(type: Type): Type {
  return { kind: 'list', of: type };
}

export function groupOf(words: Words): Type {
  return { kind: 'group', words };
}

/** Several words of one type. */
function each<Name extends string>(type: Type, ...names: Name[]): Record<Name, FieldSchema> {
  const words = names.map((name) => [name, { type }] as const);
  return Object.fromEntries(words) as Record<Name, FieldSchema>;
}

const OWNER = groupOf(each(TEXT, 'name', 'email') satisfies Record<keyof Owner, FieldSchema>);

const KINDS: Readonly<Record<WordKind, Type>> = {
  text: TEXT,
  kind: TEXT,
  url: TEXT,
  date: DATE,
  number: NUMBER,
  boolean: BOOLEAN,
};

/** The words of a record, from the table that connectors use. */
function recordOf(section: keyof typeof PROFILE_WORDS): Type {
  const words = Object.entries(PROFILE_WORDS[section]).filter(([word]) => !word.includes('.'));
  return groupOf({
    ...Object.fromEntries(words.map(([word, kind]) => [word, { type: KINDS[kind] }])),
    ...each(OWNER, 'owner'),
    ...each(FIELDS, 'fields'),
  });
}

const OTHER = groupOf(
  each(TEXT, 'kind', 'name', 'company', 'url') satisfies Record<keyof OtherMatch, FieldSchema>,
);

const SOURCE = groupOf({
  ...each(TEXT, 'connection', 'connector'),
  ...each(DATE, 'fetchedAt'),
  ...each(BOOLEAN, 'stale', 'partial'),
  ...each(NUMBER, 'ageSeconds'),
  ...each(listOf(TEXT), 'missing'),
} satisfies Record<keyof Source, FieldSchema>);

const VISITOR = groupOf(
  each(TEXT, 'email', 'ip', 'url', 'host') satisfies Record<keyof Visitor, FieldSchema>,
);

const TENANT = groupOf(
  each(TEXT, 'id', 'name') satisfies Record<keyof TemplateContext['tenant'], FieldSchema>,
);

export const TEMPLATE_SCHEMA = {
  ...each(recordOf('contact'), 'contact'),
  ...each(recordOf('company'), 'company'),
  ...each(listOf(recordOf('deal')), 'deals'),
  ...each(listOf(recordOf('ticket')), 'tickets'),
  ...each(listOf(OTHER), 'others'),
  ...each(BOOLEAN, 'moreDeals', 'moreTickets', 'moreOpenDeals', 'moreOpenTickets', 'moreOthers'),
  ...each(SOURCE, 'source'),
  ...each(VISITOR, 'visitor'),
  ...each(TEXT, 'caseId'),
  ...each(TENANT, 'tenant'),
  ...each(TEXT, 'outcome'),
  ...each(DATE, 'now'),
} satisfies Record<keyof TemplateContext, FieldSchema>;

/** What `{% for %}` adds inside of itself. */
export const FORLOOP = groupOf({
  ...each(NUMBER, 'index', 'index0', 'rindex', 'rindex0'),
  ...each(BOOLEAN, 'first', 'last'),
  ...each(NUMBER, 'length'),
  ...each(TEXT, 'name'),
});

/** What is certain of a value that is either an `a` or a `b`. */
export function union(a: Type, b: Type): Type {
  if (a.kind === 'nothing') return b;
  if (a === b || b.kind === 'nothing' || JSON.stringify(a) === JSON.stringify(b)) return a;
  return a.kind === 'list' && b.kind === 'list' ? listOf(union(a.of, b.of)) : ANY;
}

/** One item of what is looped over. */
export function elementType(type: Type): Type {
  if (type.kind === 'list') return type.of;
  return type.kind === 'text' || type.kind === 'date' ? TEXT : ANY;
}
