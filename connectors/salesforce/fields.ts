/** Which fields are asked for, and on which object each of them lives. */
import type { FieldLists } from './settings.ts';

export interface Field {
  /** As it stands in the statement, such as `Account.Name`. */
  readonly path: string;
  /** The object that has the last part, such as `Account`; for a parent of the tenant's own the relationship. */
  readonly object: string;
  /** Without it the row is of no use. */
  readonly needed: boolean;
}

/** Features an org has or has not; they come with fields of their own. */
export interface FeatureFields {
  readonly multiCurrency: boolean;
  readonly personAccounts: boolean;
}

/** The objects the bridge reads. */
export type ReadObject = 'Contact' | 'Account' | 'Lead' | 'Opportunity' | 'Case';

const STANDARD: Readonly<Record<ReadObject, string>> = {
  Contact:
    'Id Email Name FirstName LastName Title Department Phone MobilePhone MailingCity MailingCountry ' +
    'LeadSource CreatedDate LastActivityDate LastModifiedDate Owner.Name Owner.Email AccountId Account.Name',
  Account:
    'Id Name Website Type Industry NumberOfEmployees AnnualRevenue BillingCity BillingCountry ' +
    'LastActivityDate LastModifiedDate Owner.Name Owner.Email',
  Lead:
    'Id Email Name FirstName LastName Title Phone MobilePhone City Country Company Website Industry ' +
    'NumberOfEmployees Status LeadSource CreatedDate LastActivityDate LastModifiedDate Owner.Name Owner.Email',
  Opportunity:
    'Id Name StageName Amount CloseDate Probability IsClosed IsWon Owner.Name Owner.Email',
  Case: 'Id CaseNumber Subject Status Priority IsClosed CreatedDate Owner.Name Owner.Email',
};

const NEEDED: Readonly<Record<ReadObject, readonly string[]>> = {
  Contact: ['Id', 'Email'],
  Account: ['Id'],
  Lead: ['Id', 'Email'],
  Opportunity: ['Id'],
  Case: ['Id'],
};

/** The object behind a relationship. A lead's or case's owner may be a queue: Salesforce calls that `Name`. */
const PARENTS: Readonly<Record<string, string>> = {
  'Contact.Owner': 'User',
  'Contact.Account': 'Account',
  'Account.Owner': 'User',
  'Opportunity.Owner': 'User',
  'Opportunity.Account': 'Account',
  'Lead.Owner': 'Name',
  'Case.Owner': 'Name',
  'Case.Contact': 'Contact',
  'Case.Account': 'Account',
};

/** The standard fields, those the tenant asks for, and those of the org's features, each once. */
export function fieldsOf(
  object: ReadObject,
  lists: FieldLists,
  features: FeatureFields,
): readonly Field[] {
  const paths = [
    ...STANDARD[object].split(' '),
    ...(features.multiCurrency && (object === 'Account' || object === 'Opportunity')
      ? ['CurrencyIsoCode']
      : []),
    ...(features.personAccounts && object === 'Account' ? ['IsPersonAccount'] : []),
    ...tenantFields(object, lists),
  ];
  // Salesforce refuses a field that stands there twice, and capital letters make no difference.
  const unique = new Map(paths.map((path) => [path.toLowerCase(), path]));
  return [...unique.values()].map((path) => ({
    path,
    object: objectOf(object, path),
    needed: NEEDED[object].includes(path),
  }));
}

/** The same fields as seen from another object, by way of a relationship. */
export function through(relationship: string, fields: readonly Field[]): readonly Field[] {
  return fields.map((field) => ({ ...field, path: `${relationship}.${field.path}` }));
}

/** The tenant's own fields of an object; none when its records are not asked for. */
export function tenantFields(object: ReadObject, lists: FieldLists): readonly string[] {
  const list = {
    Contact: lists.contact,
    Account: lists.account,
    Lead: lists.lead,
    Opportunity: lists.opportunity,
    Case: lists.case,
  }[object];
  return list === false ? [] : list;
}

function objectOf(object: string, path: string): string {
  const [relationship = '', ...rest] = path.split('.');
  if (rest.length === 0) return object;
  return objectOf(PARENTS[`${object}.${relationship}`] ?? relationship, rest.join('.'));
}
