/**
 * The statements: contacts with their cases and opportunity roles, their accounts with opportunities and open
 * cases, and unconverted leads. SOQL does not reach from a contact to the opportunities of its account, so
 * accounts have a separate statement. All three go in one request.
 */
import type { Limits } from '../../src/connector/index.ts';
import { fieldsOf, through, type FeatureFields, type Field } from './fields.ts';
import type { FieldLists } from './settings.ts';
import { endsWith, quote, quoteAll, startsWith } from './soql.ts';

export interface Statement {
  readonly name: StatementName;
  readonly object: string;
  readonly fields: readonly Field[];
  readonly children: readonly Child[];
  readonly where: string;
  readonly orderBy: readonly string[];
  readonly limit: number;
}

export type StatementName =
  'contacts' | 'accounts' | 'leads' | 'accountsByWebsite' | 'contactsByDomain';

/** Records that belong to each row. */
export interface Child {
  readonly relationship: string;
  readonly object: string;
  readonly section: 'deals' | 'tickets';
  readonly fields: readonly Field[];
  readonly where?: string | undefined;
  readonly orderBy: readonly string[];
  readonly limit: number;
}

export interface Wanted {
  readonly fields: FieldLists;
  readonly features: FeatureFields;
  readonly limits: Pick<Limits, 'deals' | 'tickets'>;
}

/** In a batch it is the average. */
const MAX_ROWS_PER_ADDRESS = 5;

/**
 * SOQL cannot sort open deals by the next date and closed ones by the latest. So more than needed are
 * requested, latest first, and the bridge sorts them.
 */
const MIN_DEALS = 20;

/** As `compareMatches` sorts, so that the limit cuts off the least. */
const RANK = ['LastActivityDate DESC NULLS LAST', 'LastModifiedDate DESC', 'Id'];

/** @param emails at least one. */
export function statementsFor(emails: readonly string[], wanted: Wanted): readonly Statement[] {
  const addresses = quoteAll(emails);
  const limit = MAX_ROWS_PER_ADDRESS * emails.length;
  return [
    {
      name: 'contacts',
      object: 'Contact',
      fields: fieldsOf('Contact', wanted.fields, wanted.features),
      children: [...cases(wanted), ...roles(wanted)],
      where: `Email IN ${addresses}`,
      orderBy: RANK,
      limit,
    },
    {
      name: 'accounts',
      object: 'Account',
      fields: fieldsOf('Account', wanted.fields, wanted.features),
      children: [...opportunities(wanted), ...cases(wanted, 'IsClosed = false')],
      where: `Id IN (SELECT AccountId FROM Contact WHERE Email IN ${addresses})`,
      orderBy: [],
      limit,
    },
    ...leads(wanted, addresses, limit),
  ];
}

/** Enough to find the company most of them belong to. */
const MAX_CONTACTS_OF_DOMAIN = 50;
const MAX_ACCOUNTS_OF_WEBSITE = 10;

/** @param domain lower case, ASCII. The caller compares the rows exactly. */
export function statementsForDomain(domain: string, wanted: Wanted): readonly Statement[] {
  const account = fieldsOf('Account', wanted.fields, wanted.features);
  return [
    {
      name: 'accountsByWebsite',
      object: 'Account',
      fields: account,
      children: [],
      where: websites(domain)
        .map((site) => `Website = ${quote(site)} OR Website LIKE ${startsWith(`${site}/`)}`)
        .join(' OR '),
      orderBy: RANK,
      limit: MAX_ACCOUNTS_OF_WEBSITE,
    },
    {
      name: 'contactsByDomain',
      object: 'Contact',
      fields: [
        { path: 'Email', object: 'Contact', needed: true },
        { path: 'AccountId', object: 'Contact', needed: true },
        ...through('Account', account),
      ],
      children: [],
      where: `Email LIKE ${endsWith(`@${domain}`)} AND AccountId != null`,
      orderBy: RANK,
      limit: MAX_CONTACTS_OF_DOMAIN,
    },
  ];
}

/** All fields of a statement, including those of its children. */
export function fieldsIn(statement: Statement): readonly Field[] {
  return [...statement.fields, ...statement.children.flatMap(({ fields }) => fields)];
}

function websites(domain: string): readonly string[] {
  const hosts = [domain, `www.${domain}`];
  return ['', 'https://', 'http://'].flatMap((scheme) => hosts.map((host) => scheme + host));
}

function leads(wanted: Wanted, addresses: string, limit: number): readonly Statement[] {
  if (wanted.fields.lead === false) return [];
  return [
    {
      name: 'leads',
      object: 'Lead',
      fields: fieldsOf('Lead', wanted.fields, wanted.features),
      children: [],
      where: `IsConverted = false AND Email IN ${addresses}`,
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
      fields: fieldsOf('Case', wanted.fields, wanted.features),
      where,
      orderBy: ['IsClosed', 'CreatedDate DESC'],
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
      fields: fieldsOf('Opportunity', wanted.fields, wanted.features),
      orderBy: ['IsClosed', 'CloseDate DESC'],
      limit: Math.max(wanted.limits.deals + 1, MIN_DEALS),
    },
  ];
}

function roles(wanted: Wanted): readonly Child[] {
  return opportunities(wanted).map((child) => ({
    ...child,
    relationship: 'OpportunityContactRoles',
    object: 'OpportunityContactRole',
    fields: through('Opportunity', child.fields),
    orderBy: ['Opportunity.IsClosed', 'Opportunity.CloseDate DESC'],
  }));
}
