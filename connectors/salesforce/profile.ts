/** Puts Salesforce's records into the words of a profile. */
import type { PartialRecord } from '../../src/connector/index.ts';
import type { Company, Contact, Deal, OtherMatch, Ticket } from '../../src/model/profile.ts';
import { tenantFields } from './fields.ts';
import {
  childRows,
  customFields,
  date,
  flag,
  idOf,
  number,
  ownerOf,
  parentRow,
  text,
  type Row,
} from './rows.ts';
import type { FieldLists } from './settings.ts';

export interface Mapping {
  readonly fields: FieldLists;
  /** The org's origin. `{origin}/{id}` leads to any record's page. */
  readonly instanceUrl: string;
}

/** @param account of the contact, if it could be read: a Person Account's page is that of the account. */
export function contactFrom(
  row: Row,
  account: Row | undefined,
  to: Mapping,
): PartialRecord<Contact> {
  return {
    kind: 'contact',
    id: idOf(row),
    name: text(row, 'Name'),
    firstName: text(row, 'FirstName'),
    lastName: text(row, 'LastName'),
    title: text(row, 'Title'),
    department: text(row, 'Department'),
    email: text(row, 'Email'),
    phone: text(row, 'Phone'),
    mobilePhone: text(row, 'MobilePhone'),
    city: text(row, 'MailingCity'),
    country: text(row, 'MailingCountry'),
    leadSource: text(row, 'LeadSource'),
    createdAt: date(row, 'CreatedDate'),
    lastActivityAt: date(row, 'LastActivityDate'),
    url: urlOf(account !== undefined && isPerson(account) ? account : row, to),
    owner: ownerOf(row),
    fields: customFields(row, tenantFields('Contact', to.fields)),
  };
}

export function contactFromLead(row: Row, to: Mapping): PartialRecord<Contact> {
  return {
    kind: 'lead',
    id: idOf(row),
    name: text(row, 'Name'),
    firstName: text(row, 'FirstName'),
    lastName: text(row, 'LastName'),
    title: text(row, 'Title'),
    email: text(row, 'Email'),
    phone: text(row, 'Phone'),
    mobilePhone: text(row, 'MobilePhone'),
    city: text(row, 'City'),
    country: text(row, 'Country'),
    leadStatus: text(row, 'Status'),
    leadSource: text(row, 'LeadSource'),
    createdAt: date(row, 'CreatedDate'),
    lastActivityAt: date(row, 'LastActivityDate'),
    url: urlOf(row, to),
    owner: ownerOf(row),
    fields: customFields(row, tenantFields('Lead', to.fields)),
  };
}

/** @returns null for a Person Account: that is the person once more, not a company. */
export function companyFrom(account: Row, to: Mapping): PartialRecord<Company> | null {
  if (isPerson(account)) return null;
  return {
    id: idOf(account),
    name: text(account, 'Name'),
    domain: domainOf(text(account, 'Website')),
    type: text(account, 'Type'),
    industry: text(account, 'Industry'),
    employees: number(account, 'NumberOfEmployees'),
    annualRevenue: number(account, 'AnnualRevenue'),
    currency: text(account, 'CurrencyIsoCode'),
    city: text(account, 'BillingCity'),
    country: text(account, 'BillingCountry'),
    url: urlOf(account, to),
    owner: ownerOf(account),
    fields: customFields(account, tenantFields('Account', to.fields)),
  };
}

/** What a lead says of its company; there is no record of it yet. */
export function companyFromLead(row: Row): PartialRecord<Company> | null {
  const name = text(row, 'Company');
  if (name === null) return null;
  return {
    name,
    domain: domainOf(text(row, 'Website')),
    industry: text(row, 'Industry'),
    employees: number(row, 'NumberOfEmployees'),
  };
}

/** Opportunities of the contact's roles and of the account, each once. */
export function dealsFrom(
  contact: Row,
  account: Row | undefined,
  to: Mapping,
): PartialRecord<Deal>[] {
  const ofRoles = childRows(contact, 'OpportunityContactRoles').rows.flatMap((role) => {
    const opportunity = parentRow(role, 'Opportunity');
    return opportunity === undefined ? [] : [opportunity];
  });
  const ofAccount = account === undefined ? [] : childRows(account, 'Opportunities').rows;
  return once([...ofRoles, ...ofAccount]).map((row) => ({
    id: idOf(row),
    name: text(row, 'Name'),
    stage: text(row, 'StageName'),
    amount: number(row, 'Amount'),
    currency: text(row, 'CurrencyIsoCode'),
    closeDate: date(row, 'CloseDate'),
    open: opposite(flag(row, 'IsClosed')),
    won: flag(row, 'IsWon'),
    probability: number(row, 'Probability'),
    url: urlOf(row, to),
    owner: ownerOf(row),
    fields: customFields(row, tenantFields('Opportunity', to.fields)),
  }));
}

/** The contact's cases and the account's open ones, each once. */
export function ticketsFrom(
  contact: Row,
  account: Row | undefined,
  to: Mapping,
): PartialRecord<Ticket>[] {
  const ofAccount = account === undefined ? [] : childRows(account, 'Cases').rows;
  return once([...childRows(contact, 'Cases').rows, ...ofAccount]).map((row) => ({
    id: idOf(row),
    number: text(row, 'CaseNumber'),
    subject: text(row, 'Subject'),
    status: text(row, 'Status'),
    priority: text(row, 'Priority'),
    open: opposite(flag(row, 'IsClosed')),
    createdAt: date(row, 'CreatedDate'),
    url: urlOf(row, to),
    owner: ownerOf(row),
    fields: customFields(row, tenantFields('Case', to.fields)),
  }));
}

export function otherFrom(
  kind: 'contact' | 'lead',
  row: Row,
  account: Row | undefined,
  to: Mapping,
): PartialRecord<OtherMatch> {
  const company =
    kind === 'lead'
      ? text(row, 'Company')
      : account !== undefined && isPerson(account)
        ? null
        : accountName(row);
  return { kind, name: text(row, 'Name'), company, url: urlOf(row, to) };
}

/** As the contact's own row names its account, for when the account can't be read. */
export function accountName(contact: Row): string | null {
  const account = parentRow(contact, 'Account');
  return account === undefined ? null : text(account, 'Name');
}

/** A Person Account is one person, who has a row among the contacts as well. */
export function isPerson(account: Row): boolean {
  return flag(account, 'IsPersonAccount') === true;
}

/** The bare host of a web address as people type it, in lower case, without `www.`. */
export function domainOf(website: string | null): string | null {
  const address = website?.trim() ?? '';
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
  if (!URL.canParse(url)) return null;
  const host = new URL(url).hostname.replace(/^www\./, '');
  return host === '' ? null : host;
}

export function urlOf(row: Row, to: Mapping): string {
  return `${to.instanceUrl}/${idOf(row)}`;
}

function once(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [idOf(row), row])).values()];
}

function opposite(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}
