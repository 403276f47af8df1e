/**
 * The words a template may use (contract, section 4), in one table: the check of templates and
 * `docs/templates.md` are held against it, and the compiler holds it against the view.
 */
import type { Company, Contact, Deal, OtherMatch, Owner, Ticket } from '../../model/profile.ts';
import type { TemplateContext, Visitor } from '../template-set.ts';
import type { Source } from '../../model/outcome.ts';

export interface FieldSchema {
  readonly type: Type;
}

export type Words = Readonly<Record<string, FieldSchema>>;

/**
 * What stands behind a word. `fields`: any name may follow. `any`: nothing is known about it.
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

const RECORD = { ...each(OWNER, 'owner'), ...each(FIELDS, 'fields') };

const CONTACT = groupOf({
  ...each(TEXT, 'kind', 'id', 'name', 'firstName', 'lastName', 'title', 'department', 'email'),
  ...each(TEXT, 'phone', 'mobilePhone', 'city', 'country', 'lifecycleStage', 'leadStatus'),
  ...each(TEXT, 'leadSource', 'url'),
  ...each(DATE, 'createdAt', 'lastActivityAt'),
  ...RECORD,
} satisfies Record<keyof Contact, FieldSchema>);

const COMPANY = groupOf({
  ...each(TEXT, 'id', 'name', 'domain', 'type', 'industry'),
  ...each(NUMBER, 'employees', 'annualRevenue'),
  ...each(TEXT, 'currency', 'city', 'country', 'url'),
  ...RECORD,
} satisfies Record<keyof Company, FieldSchema>);

const DEAL = groupOf({
  ...each(TEXT, 'id', 'name', 'stage', 'pipeline'),
  ...each(NUMBER, 'amount', 'probability'),
  ...each(TEXT, 'currency', 'url'),
  ...each(DATE, 'closeDate'),
  ...each(BOOLEAN, 'open', 'won'),
  ...RECORD,
} satisfies Record<keyof Deal, FieldSchema>);

const TICKET = groupOf({
  ...each(TEXT, 'id', 'number', 'subject', 'status', 'priority'),
  ...each(BOOLEAN, 'open'),
  ...each(DATE, 'createdAt'),
  ...each(TEXT, 'url'),
  ...RECORD,
} satisfies Record<keyof Ticket, FieldSchema>);

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
  ...each(CONTACT, 'contact'),
  ...each(COMPANY, 'company'),
  ...each(listOf(DEAL), 'deals'),
  ...each(listOf(TICKET), 'tickets'),
  ...each(listOf(OTHER), 'others'),
  ...each(BOOLEAN, 'moreDeals', 'moreTickets', 'moreOthers'),
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
