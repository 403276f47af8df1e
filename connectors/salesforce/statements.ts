/**
 * The statements: contacts with their cases and opportunity roles, their accounts with opportunities and open
 * cases, and unconverted leads. SOQL does not reach from a contact to the opportunities of its account, so
 * accounts have a separate statement. All three go in one request.
 */
import { emailForms, type Limits } from '../../src/connector/index.ts';
import {
  conditionFields,
  emailFieldsOf,
  fieldsOf,
  through,
  type Field,
  type RequestedFields,
} from './fields.ts';
import type { Conditions } from './settings.ts';
import { quoteAll, type Condition } from './soql.ts';

export interface Statement {
  readonly name: StatementName;
  readonly object: string;
  readonly fields: readonly Field[];
  readonly children: readonly Child[];
  readonly where: string;
  /** The fields in `where` that statements can be sent without. */
  readonly filters?: readonly Field[];
  readonly orderBy: readonly string[];
  readonly limit: number;
}

export type StatementName =
  | 'contacts'
  | 'accounts'
  | 'leads'
  | 'accountsById'
  | 'closedDeals'
  | 'accountsByWebsite'
  | 'contactsByDomain';

/** Records that belong to each row. */
export interface Child {
  readonly relationship: string;
  readonly object: string;
  readonly section: 'deals' | 'tickets';
  readonly fields: readonly Field[];
  readonly where?: string | undefined;
  /** The fields in `where`. Without one of them the records are not requested. */
  readonly conditions?: readonly Field[];
  readonly orderBy: readonly string[];
  readonly limit: number;
}

export interface Wanted extends RequestedFields {
  readonly where: Conditions;
  readonly limits: Pick<Limits, 'deals' | 'tickets'>;
}

/** In a batch, on average; a lone person may have more. */
const MAX_ROWS_PER_ADDRESS = 5;
const MAX_ROWS_OF_ONE = 25;

/**
 * SOQL cannot sort open deals by the next date and closed ones by the latest. They come as the open ones are
 * shown, and more than needed, so that the closed ones rarely take another request.
 */
const MIN_DEALS = 50;

const IS_CLOSED = ['IsClosed'];

/** As `compareMatches` sorts, so that the limit cuts off the least. */
export const RANK = ['LastActivityDate DESC NULLS LAST', 'LastModifiedDate DESC', 'Id'];

/** @param emails at least one. */
export function statementsFor(emails: readonly string[], wanted: Wanted): readonly Statement[] {
  const contacts = peopleIn('Contact', emails, wanted);
  const contactFields = fieldsOf('Contact', wanted);
  // One more than used, to see whether there are more.
  const limit = Math.max(MAX_ROWS_OF_ONE, MAX_ROWS_PER_ADDRESS * emails.length) + 1;
  return [
    {
      name: 'contacts',
      object: 'Contact',
      fields: contactFields,
      children: [...cases(wanted), ...roles(wanted)],
      where: contacts,
      orderBy: RANK,
      limit,
    },
    {
      ...accounts(wanted),
      name: 'accounts',
      where: all(`Id IN (SELECT AccountId FROM Contact WHERE ${contacts})`, wanted.where.account),
      filters: contactFields.filter(({ path }) => wanted.emailFields.contact.includes(path)),
      limit,
    },
    ...leads(emails, wanted, limit),
  ];
}

/** @param ids at least one. */
export function statementForAccounts(ids: readonly string[], wanted: Wanted): Statement {
  return {
    ...accounts(wanted),
    name: 'accountsById',
    where: all(`Id IN ${quoteAll(ids)}`, wanted.where.account),
    limit: ids.length + 1,
  };
}

/** The latest closed opportunities of accounts. @param ids at least one. */
export function statementForClosedDeals(ids: readonly string[], wanted: Wanted): Statement {
  return {
    name: 'closedDeals',
    object: 'Account',
    fields: [{ path: 'Id', object: 'Account', needed: true }],
    children: opportunities(wanted).map((child) => ({
      ...child,
      where: both('IsClosed = true', wanted.where.opportunity?.toSoql()),
      conditions: conditionFields('Opportunity', wanted.where.opportunity, IS_CLOSED),
      orderBy: ['CloseDate DESC', 'Id'],
      limit: wanted.limits.deals + 1,
    })),
    where: `Id IN ${quoteAll(ids)}`,
    orderBy: [],
    limit: ids.length + 1,
  };
}

/** How many opportunities of a record are requested. */
export function dealsLimit(limits: Wanted['limits']): number {
  return Math.max(limits.deals + 1, MIN_DEALS);
}

/** All fields of a statement, including those of its children. */
export function fieldsIn(statement: Statement): readonly Field[] {
  return [
    ...statement.fields,
    ...statement.children.flatMap(({ fields, conditions = [] }) => [...fields, ...conditions]),
    ...(statement.filters ?? []),
  ];
}

/** Whose address is one of `emails`, in any of the fields and spellings. */
function peopleIn(
  object: 'Contact' | 'Lead',
  emails: readonly string[],
  { emailFields, where }: Wanted,
): string {
  const addresses = quoteAll(emails.flatMap(emailForms));
  const matches = emailFieldsOf(object, emailFields).map((field) => `${field} IN ${addresses}`);
  return all(anyOf(matches), object === 'Contact' ? where.contact : where.lead);
}

/** The conditions joined by OR, as one. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? conditions.join('') : `(${conditions.join(' OR ')})`;
}

/** The conditions joined by AND. @param first needs no parentheses beside it. */
export function all(first: string, ...more: readonly (Condition | string | undefined)[]): string {
  const given = more.filter((condition) => condition !== undefined);
  const texts = given.map((one) => (typeof one === 'string' ? one : one.toSoql()));
  return [first, ...texts.map((text) => `(${text})`)].join(' AND ');
}

function accounts(wanted: Wanted) {
  return {
    object: 'Account',
    fields: fieldsOf('Account', wanted),
    children: [...opportunities(wanted), ...cases(wanted, 'IsClosed = false')],
    orderBy: RANK,
  };
}

function leads(emails: readonly string[], wanted: Wanted, limit: number): readonly Statement[] {
  if (wanted.fields.lead === false) return [];
  return [
    {
      name: 'leads',
      object: 'Lead',
      fields: fieldsOf('Lead', wanted),
      children: [],
      where: `IsConverted = false AND ${peopleIn('Lead', emails, wanted)}`,
      orderBy: RANK,
      limit,
    },
  ];
}

function cases(wanted: Wanted, where?: string): readonly Child[] {
  if (wanted.fields.case === false) return [];
  return [
    {
      relationship: 'Cases',
      object: 'Case',
      section: 'tickets',
      fields: fieldsOf('Case', wanted),
      where: both(where, wanted.where.case?.toSoql()),
      conditions: conditionFields('Case', wanted.where.case, where === undefined ? [] : IS_CLOSED),
      orderBy: ['IsClosed', 'CreatedDate DESC', 'Id'],
      limit: wanted.limits.tickets + 1,
    },
  ];
}

function opportunities(wanted: Wanted): readonly Child[] {
  if (wanted.fields.opportunity === false) return [];
  return [
    {
      relationship: 'Opportunities',
      object: 'Opportunity',
      section: 'deals',
      fields: fieldsOf('Opportunity', wanted),
      where: wanted.where.opportunity?.toSoql(),
      conditions: conditionFields('Opportunity', wanted.where.opportunity),
      orderBy: ['IsClosed', 'CloseDate', 'Id'],
      limit: dealsLimit(wanted.limits),
    },
  ];
}

function roles(wanted: Wanted): readonly Child[] {
  return opportunities(wanted).map((child) => ({
    ...child,
    relationship: 'OpportunityContactRoles',
    object: 'OpportunityContactRole',
    fields: through('Opportunity', child.fields),
    where: wanted.where.opportunity?.toSoql('Opportunity.'),
    conditions: through('Opportunity', child.conditions ?? []),
    orderBy: child.orderBy.map((order) => `Opportunity.${order}`),
  }));
}

function both(first: string | undefined, second: string | undefined): string | undefined {
  return first === undefined ? second : all(first, second);
}
