/**
 * The words a template may use (contract, section 4), in one table: the check of templates and
 * `docs/templates.md` are held against it, and the compiler holds it against the view.
 */
import type { Company, Contact, Deal, OtherMatch, Owner, Ticket } from '../../model/profile.ts';
import type { TemplateContext, Visitor } from '../template-set.ts';
import type { Source } from '../../model/outcome.ts';

export interface FieldSchema {
  readonly type: Type;
  readonly description: string;
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

const OWNER = groupOf({
  name: { type: TEXT, description: 'the name' },
  email: { type: TEXT, description: 'the e-mail address' },
} satisfies Record<keyof Owner, FieldSchema>);

const CONTACT = groupOf({
  kind: { type: TEXT, description: '`contact` or `lead`' },
  id: { type: TEXT, description: "the CRM's own id" },
  name: { type: TEXT, description: 'the full name' },
  firstName: { type: TEXT, description: 'the first name' },
  lastName: { type: TEXT, description: 'the last name' },
  title: { type: TEXT, description: 'the job title' },
  department: { type: TEXT, description: 'the department' },
  email: { type: TEXT, description: 'the e-mail address in the CRM' },
  phone: { type: TEXT, description: 'the phone number' },
  mobilePhone: { type: TEXT, description: 'the mobile number' },
  city: { type: TEXT, description: 'the city' },
  country: { type: TEXT, description: 'the country' },
  lifecycleStage: { type: TEXT, description: 'how far the person is on the way to a customer' },
  leadStatus: { type: TEXT, description: 'how far sales are with the lead' },
  leadSource: { type: TEXT, description: 'where the lead came from' },
  createdAt: { type: DATE, description: 'since when the CRM knows the person' },
  lastActivityAt: { type: DATE, description: 'the latest activity' },
  url: { type: TEXT, description: 'the record in the CRM' },
  owner: { type: OWNER, description: 'the colleague who looks after the person' },
  fields: { type: FIELDS, description: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Contact, FieldSchema>);

const COMPANY = groupOf({
  id: { type: TEXT, description: "the CRM's own id" },
  name: { type: TEXT, description: "the company's name, also a lead's" },
  domain: { type: TEXT, description: 'the e-mail domain' },
  type: { type: TEXT, description: 'customer, partner, prospect, …' },
  industry: { type: TEXT, description: 'the industry' },
  employees: { type: NUMBER, description: 'the number of employees' },
  annualRevenue: { type: NUMBER, description: 'the revenue of a year' },
  currency: { type: TEXT, description: 'the currency of the revenue' },
  city: { type: TEXT, description: 'the city' },
  country: { type: TEXT, description: 'the country' },
  url: { type: TEXT, description: 'the record in the CRM' },
  owner: { type: OWNER, description: 'the colleague who looks after the company' },
  fields: { type: FIELDS, description: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Company, FieldSchema>);

const DEAL = groupOf({
  id: { type: TEXT, description: "the CRM's own id" },
  name: { type: TEXT, description: 'the name' },
  stage: { type: TEXT, description: 'the stage' },
  pipeline: { type: TEXT, description: 'the pipeline' },
  amount: { type: NUMBER, description: 'the amount' },
  currency: { type: TEXT, description: 'the currency of the amount' },
  closeDate: { type: DATE, description: 'when it was or should be closed' },
  open: { type: BOOLEAN, description: 'still open' },
  won: { type: BOOLEAN, description: 'closed and won' },
  probability: { type: NUMBER, description: 'percent, 0 to 100' },
  url: { type: TEXT, description: 'the record in the CRM' },
  owner: { type: OWNER, description: 'the colleague who looks after the deal' },
  fields: { type: FIELDS, description: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Deal, FieldSchema>);

const TICKET = groupOf({
  id: { type: TEXT, description: "the CRM's own id" },
  number: { type: TEXT, description: 'the number people quote' },
  subject: { type: TEXT, description: 'the subject' },
  status: { type: TEXT, description: 'the status' },
  priority: { type: TEXT, description: 'the priority' },
  open: { type: BOOLEAN, description: 'still open' },
  createdAt: { type: DATE, description: 'when it was opened' },
  url: { type: TEXT, description: 'the record in the CRM' },
  owner: { type: OWNER, description: 'the colleague who looks after the ticket' },
  fields: { type: FIELDS, description: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Ticket, FieldSchema>);

const OTHER = groupOf({
  kind: { type: TEXT, description: '`contact` or `lead`' },
  name: { type: TEXT, description: 'the full name' },
  company: { type: TEXT, description: "the company's name" },
  url: { type: TEXT, description: 'the record in the CRM' },
} satisfies Record<keyof OtherMatch, FieldSchema>);

const SOURCE = groupOf({
  connection: { type: TEXT, description: 'the connection that answered' },
  connector: { type: TEXT, description: 'its kind: `salesforce`, `hubspot`, `csv`' },
  fetchedAt: { type: DATE, description: 'when the CRM gave the data' },
  stale: { type: BOOLEAN, description: 'older than it should be' },
  ageSeconds: { type: NUMBER, description: 'the age of the data in seconds' },
  partial: { type: BOOLEAN, description: 'something could not be had' },
  missing: { type: listOf(TEXT), description: 'what could not be had: connections, sections' },
} satisfies Record<keyof Source, FieldSchema>);

const VISITOR = groupOf({
  email: { type: TEXT, description: 'the address as the visitor wrote it' },
  ip: { type: TEXT, description: 'the IP address' },
  url: { type: TEXT, description: 'the page of the chat' },
  host: { type: TEXT, description: 'the host of that page' },
} satisfies Record<keyof Visitor, FieldSchema>);

const TENANT = groupOf({
  id: { type: TEXT, description: "the tenant's name in the configuration" },
  name: { type: TEXT, description: "the tenant's name for people" },
} satisfies Record<keyof TemplateContext['tenant'], FieldSchema>);

export const TEMPLATE_SCHEMA = {
  contact: { type: CONTACT, description: 'the person' },
  company: { type: COMPANY, description: "the person's company" },
  deals: { type: listOf(DEAL), description: 'open ones first, nearest close date first' },
  tickets: { type: listOf(TICKET), description: 'open ones first, newest first' },
  others: { type: listOf(OTHER), description: 'further records with the same address' },
  moreDeals: { type: BOOLEAN, description: 'the CRM has more deals than are listed' },
  moreTickets: { type: BOOLEAN, description: 'the CRM has more tickets than are listed' },
  source: { type: SOURCE, description: 'where the data came from, and when' },
  visitor: { type: VISITOR, description: 'what SnapEngage told about the visitor' },
  caseId: { type: TEXT, description: "SnapEngage's id of the chat" },
  tenant: { type: TENANT, description: 'whose chat it is' },
  outcome: { type: TEXT, description: '`found`, `not_found`, `no_email` or `unavailable`' },
  now: { type: DATE, description: 'this moment' },
} satisfies Record<keyof TemplateContext, FieldSchema>;

/** What `{% for %}` adds inside of itself. */
export const FORLOOP = groupOf({
  index: { type: NUMBER, description: 'the turn, from 1' },
  index0: { type: NUMBER, description: 'the turn, from 0' },
  rindex: { type: NUMBER, description: 'turns left, to 1' },
  rindex0: { type: NUMBER, description: 'turns left, to 0' },
  first: { type: BOOLEAN, description: 'the first turn' },
  last: { type: BOOLEAN, description: 'the last turn' },
  length: { type: NUMBER, description: 'the number of turns' },
  name: { type: TEXT, description: "the loop's variable and list" },
});

/** What is certain of a value that is either an `a` or a `b`; `a` itself when `b` adds no doubt. */
export function union(a: Type, b: Type): Type {
  if (a.kind === 'nothing') return b;
  if (b.kind === 'nothing') return a;
  if (a.kind === 'list' && b.kind === 'list') {
    const of = union(a.of, b.of);
    return of === a.of ? a : listOf(of);
  }
  if (a.kind === 'group' && b.kind === 'group') return isSameGroup(a.words, b.words) ? a : ANY;
  return a.kind === b.kind ? a : ANY;
}

function isSameGroup(a: Words, b: Words): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const [one, other] = [a[name], b[name]];
      return one && other && union(one.type, other.type) === one.type;
    })
  );
}
