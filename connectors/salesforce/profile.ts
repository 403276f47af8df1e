/** Maps Salesforce's records to the words of a profile. */
import type {
  Company,
  Contact,
  Deal,
  OtherMatch,
  PartialRecord,
  RecordKey,
  Ticket,
} from '../../src/connector/index.ts';
import { tenantFields, type ReadObject } from './fields.ts';
import {
  boolean,
  childRows,
  customFields,
  date,
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
  /** The org's origin. `{origin}/{id}` leads to the page of any record. */
  readonly instanceUrl: string;
}

/** @param account of the contact, if it could be read: a Person Account's page is that of the account. */
export function contactFrom(
  row: Row,
  account: Row | undefined,
  mapping: Mapping,
): PartialRecord<Contact> {
  return {
    ...personFrom(row, 'Contact', mapping),
    kind: 'contact',
    department: text(row, 'Department'),
    city: text(row, 'MailingCity'),
    country: text(row, 'MailingCountry'),
    url: urlOf(account !== undefined && isPerson(account) ? account : row, mapping),
  };
}

export function contactFromLead(row: Row, mapping: Mapping): PartialRecord<Contact> {
  return {
    ...personFrom(row, 'Lead', mapping),
    kind: 'lead',
    city: text(row, 'City'),
    country: text(row, 'Country'),
    leadStatus: text(row, 'Status'),
  };
}

/** @returns null for a Person Account: that is the person, not a company. */
export function companyFrom(account: Row, mapping: Mapping): PartialRecord<Company> | null {
  if (isPerson(account)) return null;
  return {
    ...recordFrom(account, 'Account', mapping),
    name: text(account, 'Name'),
    domain: domainOf(text(account, 'Website')),
    type: text(account, 'Type'),
    industry: text(account, 'Industry'),
    employees: number(account, 'NumberOfEmployees'),
    annualRevenue: number(account, 'AnnualRevenue'),
    currency: text(account, 'CurrencyIsoCode'),
    city: text(account, 'BillingCity'),
    country: text(account, 'BillingCountry'),
  };
}

/** What a lead says about its company, which has no record yet. */
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
  mapping: Mapping,
): PartialRecord<Deal>[] {
  const ofRoles = childRows(contact, 'OpportunityContactRoles')
    .rows.map((role) => parentRow(role, 'Opportunity'))
    .filter((opportunity) => opportunity !== undefined);
  const ofAccount = account === undefined ? [] : childRows(account, 'Opportunities').rows;
  return uniqueById([...ofRoles, ...ofAccount]).map((row) => ({
    ...recordFrom(row, 'Opportunity', mapping),
    name: text(row, 'Name'),
    stage: text(row, 'StageName'),
    amount: number(row, 'Amount'),
    currency: text(row, 'CurrencyIsoCode'),
    closeDate: date(row, 'CloseDate'),
    open: isOpen(row),
    won: boolean(row, 'IsWon'),
    probability: number(row, 'Probability'),
  }));
}

/** The contact's cases and the account's open ones, each once. */
export function ticketsFrom(
  contact: Row,
  account: Row | undefined,
  mapping: Mapping,
): PartialRecord<Ticket>[] {
  const ofAccount = account === undefined ? [] : childRows(account, 'Cases').rows;
  return uniqueById([...childRows(contact, 'Cases').rows, ...ofAccount]).map((row) => ({
    ...recordFrom(row, 'Case', mapping),
    number: text(row, 'CaseNumber'),
    subject: text(row, 'Subject'),
    status: text(row, 'Status'),
    priority: text(row, 'Priority'),
    open: isOpen(row),
    createdAt: date(row, 'CreatedDate'),
  }));
}

export function otherFrom(
  kind: 'contact' | 'lead',
  row: Row,
  mapping: Mapping,
): PartialRecord<OtherMatch & RecordKey> {
  const account = parentRow(row, 'Account');
  const isOfPerson = account !== undefined && isPerson(account);
  const company = kind === 'lead' ? text(row, 'Company') : isOfPerson ? null : accountName(row);
  const [id, email] = [idOf(row), text(row, 'Email')];
  return { kind, id, email, name: text(row, 'Name'), company, url: urlOf(row, mapping) };
}

/** As the contact's row names its account, for when the account cannot be read. */
export function accountName(contact: Row): string | null {
  const account = parentRow(contact, 'Account');
  return account === undefined ? null : text(account, 'Name');
}

/** A Person Account is one person, who has a row among the contacts as well. */
export function isPerson(account: Row): boolean {
  return boolean(account, 'IsPersonAccount') === true;
}

/** The host of a web address as people type it, in lower case, without `www.`. */
export function domainOf(website: string | null): string | null {
  const address = website?.trim() ?? '';
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
  const host = URL.parse(url)?.hostname.replace(/^www\./, '');
  return host || null;
}

function personFrom(row: Row, object: 'Contact' | 'Lead', mapping: Mapping) {
  return {
    ...recordFrom(row, object, mapping),
    name: text(row, 'Name'),
    firstName: text(row, 'FirstName'),
    lastName: text(row, 'LastName'),
    title: text(row, 'Title'),
    email: text(row, 'Email'),
    phone: text(row, 'Phone'),
    mobilePhone: text(row, 'MobilePhone'),
    leadSource: text(row, 'LeadSource'),
    createdAt: date(row, 'CreatedDate'),
    lastActivityAt: date(row, 'LastActivityDate'),
  };
}

/** What records of every object have. */
function recordFrom(row: Row, object: ReadObject, mapping: Mapping) {
  return {
    id: idOf(row),
    url: urlOf(row, mapping),
    owner: ownerOf(row),
    fields: customFields(row, tenantFields(object, mapping.fields)),
  };
}

function urlOf(row: Row, { instanceUrl }: Mapping): string {
  return `${instanceUrl}/${idOf(row)}`;
}

function uniqueById(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [idOf(row), row])).values()];
}

function isOpen(row: Row): boolean | null {
  const isClosed = boolean(row, 'IsClosed');
  return isClosed === null ? null : !isClosed;
}
