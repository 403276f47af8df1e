/**
 * The words of a profile at run time, for connectors whose columns or mappings are named by them
 * (docs/templates.md). The compiler holds the table to the types of profile.ts.
 */
import type { Company, Contact, Deal, Ticket } from './profile.ts';

/** What a word holds: `date` is an ISO 8601 date or time, `kind` is `contact` or `lead`, `url` is of http or https. */
export type WordKind = 'text' | 'number' | 'boolean' | 'date' | 'kind' | 'url';

type Words<T> = Readonly<Record<Exclude<keyof T, 'owner' | 'fields'>, WordKind>>;

const contact: Words<Contact> = {
  kind: 'kind',
  id: 'text',
  name: 'text',
  firstName: 'text',
  lastName: 'text',
  title: 'text',
  department: 'text',
  email: 'text',
  phone: 'text',
  mobilePhone: 'text',
  city: 'text',
  country: 'text',
  lifecycleStage: 'text',
  leadStatus: 'text',
  leadSource: 'text',
  createdAt: 'date',
  lastActivityAt: 'date',
  url: 'url',
};

const company: Words<Company> = {
  id: 'text',
  name: 'text',
  domain: 'text',
  type: 'text',
  industry: 'text',
  employees: 'number',
  annualRevenue: 'number',
  currency: 'text',
  city: 'text',
  country: 'text',
  url: 'url',
};

const deal: Words<Deal> = {
  id: 'text',
  name: 'text',
  stage: 'text',
  pipeline: 'text',
  amount: 'number',
  currency: 'text',
  closeDate: 'date',
  open: 'boolean',
  won: 'boolean',
  probability: 'number',
  url: 'url',
};

const ticket: Words<Ticket> = {
  id: 'text',
  number: 'text',
  subject: 'text',
  status: 'text',
  priority: 'text',
  open: 'boolean',
  createdAt: 'date',
  url: 'url',
};

const owner = { 'owner.name': 'text', 'owner.email': 'text' } as const;

/** By section of a profile: each word, `owner.name` included, with what it holds; `fields` takes any name. */
export const PROFILE_WORDS: Readonly<
  Record<'contact' | 'company' | 'deal' | 'ticket', Readonly<Record<string, WordKind>>>
> = {
  contact: { ...contact, ...owner },
  company: { ...company, ...owner },
  deal: { ...deal, ...owner },
  ticket: { ...ticket, ...owner },
};
