/**
 * The words a template may use (contract, section 4), in one table: the check of templates and
 * `docs/templates.md` are held against it, and the compiler holds it against the view.
 */
import type { Company, Contact, Deal, Other, Owner, Ticket } from '../../model/profile.ts';
import type { View, Visitor } from '../template-context.ts';
import type { Source } from '../../model/outcome.ts';

export interface Word {
  readonly type: Type;
  readonly meaning: string;
}

export type Words = Readonly<Record<string, Word>>;

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
  name: { type: TEXT, meaning: 'the name' },
  email: { type: TEXT, meaning: 'the e-mail address' },
} satisfies Record<keyof Owner, Word>);

const CONTACT = groupOf({
  kind: { type: TEXT, meaning: '`contact` or `lead`' },
  id: { type: TEXT, meaning: "the CRM's own id" },
  name: { type: TEXT, meaning: 'the full name' },
  firstName: { type: TEXT, meaning: 'the first name' },
  lastName: { type: TEXT, meaning: 'the last name' },
  title: { type: TEXT, meaning: 'the job title' },
  department: { type: TEXT, meaning: 'the department' },
  email: { type: TEXT, meaning: 'the e-mail address in the CRM' },
  phone: { type: TEXT, meaning: 'the phone number' },
  mobilePhone: { type: TEXT, meaning: 'the mobile number' },
  city: { type: TEXT, meaning: 'the city' },
  country: { type: TEXT, meaning: 'the country' },
  lifecycleStage: { type: TEXT, meaning: 'how far the person is on the way to a customer' },
  leadStatus: { type: TEXT, meaning: 'how far sales are with the lead' },
  leadSource: { type: TEXT, meaning: 'where the lead came from' },
  createdAt: { type: DATE, meaning: 'since when the CRM knows the person' },
  lastActivityAt: { type: DATE, meaning: 'the latest activity' },
  url: { type: TEXT, meaning: 'the record in the CRM' },
  owner: { type: OWNER, meaning: 'the colleague who looks after the person' },
  fields: { type: FIELDS, meaning: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Contact, Word>);

const COMPANY = groupOf({
  id: { type: TEXT, meaning: "the CRM's own id" },
  name: { type: TEXT, meaning: "the company's name, also a lead's" },
  domain: { type: TEXT, meaning: 'the e-mail domain' },
  type: { type: TEXT, meaning: 'customer, partner, prospect, …' },
  industry: { type: TEXT, meaning: 'the industry' },
  employees: { type: NUMBER, meaning: 'the number of employees' },
  annualRevenue: { type: NUMBER, meaning: 'the revenue of a year' },
  currency: { type: TEXT, meaning: 'the currency of the revenue' },
  city: { type: TEXT, meaning: 'the city' },
  country: { type: TEXT, meaning: 'the country' },
  url: { type: TEXT, meaning: 'the record in the CRM' },
  owner: { type: OWNER, meaning: 'the colleague who looks after the company' },
  fields: { type: FIELDS, meaning: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Company, Word>);

const DEAL = groupOf({
  id: { type: TEXT, meaning: "the CRM's own id" },
  name: { type: TEXT, meaning: 'the name' },
  stage: { type: TEXT, meaning: 'the stage' },
  pipeline: { type: TEXT, meaning: 'the pipeline' },
  amount: { type: NUMBER, meaning: 'the amount' },
  currency: { type: TEXT, meaning: 'the currency of the amount' },
  closeDate: { type: DATE, meaning: 'when it was or should be closed' },
  open: { type: BOOLEAN, meaning: 'still open' },
  won: { type: BOOLEAN, meaning: 'closed and won' },
  probability: { type: NUMBER, meaning: 'percent, 0 to 100' },
  url: { type: TEXT, meaning: 'the record in the CRM' },
  owner: { type: OWNER, meaning: 'the colleague who looks after the deal' },
  fields: { type: FIELDS, meaning: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Deal, Word>);

const TICKET = groupOf({
  id: { type: TEXT, meaning: "the CRM's own id" },
  number: { type: TEXT, meaning: 'the number people quote' },
  subject: { type: TEXT, meaning: 'the subject' },
  status: { type: TEXT, meaning: 'the status' },
  priority: { type: TEXT, meaning: 'the priority' },
  open: { type: BOOLEAN, meaning: 'still open' },
  createdAt: { type: DATE, meaning: 'when it was opened' },
  url: { type: TEXT, meaning: 'the record in the CRM' },
  owner: { type: OWNER, meaning: 'the colleague who looks after the ticket' },
  fields: { type: FIELDS, meaning: "the CRM's own fields, those the tenant asked for" },
} satisfies Record<keyof Ticket, Word>);

const OTHER = groupOf({
  kind: { type: TEXT, meaning: '`contact` or `lead`' },
  name: { type: TEXT, meaning: 'the full name' },
  company: { type: TEXT, meaning: "the company's name" },
  url: { type: TEXT, meaning: 'the record in the CRM' },
} satisfies Record<keyof Other, Word>);

const SOURCE = groupOf({
  connection: { type: TEXT, meaning: 'the connection that answered' },
  connector: { type: TEXT, meaning: 'its kind: `salesforce`, `hubspot`, `csv`' },
  fetchedAt: { type: DATE, meaning: 'when the CRM gave the data' },
  stale: { type: BOOLEAN, meaning: 'older than it should be' },
  ageSeconds: { type: NUMBER, meaning: 'the age of the data in seconds' },
  partial: { type: BOOLEAN, meaning: 'something could not be had' },
  missing: { type: listOf(TEXT), meaning: 'what could not be had: connections, sections' },
} satisfies Record<keyof Source, Word>);

const VISITOR = groupOf({
  email: { type: TEXT, meaning: 'the address as the visitor wrote it' },
  ip: { type: TEXT, meaning: 'the IP address' },
  url: { type: TEXT, meaning: 'the page of the chat' },
  host: { type: TEXT, meaning: 'the host of that page' },
} satisfies Record<keyof Visitor, Word>);

const TENANT = groupOf({
  id: { type: TEXT, meaning: "the tenant's name in the configuration" },
  name: { type: TEXT, meaning: "the tenant's name for people" },
} satisfies Record<keyof View['tenant'], Word>);

export const WORDS = {
  contact: { type: CONTACT, meaning: 'the person' },
  company: { type: COMPANY, meaning: "the person's company" },
  deals: { type: listOf(DEAL), meaning: 'open ones first, nearest close date first' },
  tickets: { type: listOf(TICKET), meaning: 'open ones first, newest first' },
  others: { type: listOf(OTHER), meaning: 'further records with the same address' },
  moreDeals: { type: BOOLEAN, meaning: 'the CRM has more deals than are listed' },
  moreTickets: { type: BOOLEAN, meaning: 'the CRM has more tickets than are listed' },
  source: { type: SOURCE, meaning: 'where the data came from, and when' },
  visitor: { type: VISITOR, meaning: 'what SnapEngage told about the visitor' },
  caseId: { type: TEXT, meaning: "SnapEngage's id of the chat" },
  tenant: { type: TENANT, meaning: 'whose chat it is' },
  outcome: { type: TEXT, meaning: '`found`, `not_found`, `no_email` or `unavailable`' },
  now: { type: DATE, meaning: 'this moment' },
} satisfies Record<keyof View, Word>;

/** What `{% for %}` adds inside of itself. */
export const FORLOOP = groupOf({
  index: { type: NUMBER, meaning: 'the turn, from 1' },
  index0: { type: NUMBER, meaning: 'the turn, from 0' },
  rindex: { type: NUMBER, meaning: 'turns left, to 1' },
  rindex0: { type: NUMBER, meaning: 'turns left, to 0' },
  first: { type: BOOLEAN, meaning: 'the first turn' },
  last: { type: BOOLEAN, meaning: 'the last turn' },
  length: { type: NUMBER, meaning: 'the number of turns' },
  name: { type: TEXT, meaning: "the loop's variable and list" },
});

/** What is certain of a value that is either an `a` or a `b`; `a` itself when `b` adds no doubt. */
export function either(a: Type, b: Type): Type {
  if (a.kind === 'nothing') return b;
  if (b.kind === 'nothing') return a;
  if (a.kind === 'list' && b.kind === 'list') {
    const of = either(a.of, b.of);
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
      return one && other && either(one.type, other.type) === one.type;
    })
  );
}
