/** The slow-changing data of the emulated account: owners, pipelines, properties, account details. */
import type { ObjectType } from './account-data.ts';

export interface PropertyDefinition {
  readonly name: string;
  readonly label: string;
  readonly type: 'string' | 'number' | 'bool' | 'date' | 'datetime' | 'enumeration';
  readonly fieldType: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly referencedObjectType: string | null;
}

export const account = {
  portalId: 149063119,
  accountType: 'STANDARD',
  timeZone: 'Europe/Berlin',
  companyCurrency: 'EUR',
  additionalCurrencies: ['USD'],
  utcOffset: '+01:00',
  utcOffsetMilliseconds: 3600000,
  uiDomain: 'app-eu1.hubspot.com',
  dataHostingLocation: 'eu1',
};

export const owners = [
  owner('51200001', 'Petra', 'Lindqvist', 'petra@acme-crm.example', false),
  owner('51200002', 'Jonas', 'Weber', 'jonas@acme-crm.example', false),
  owner('51200003', 'Ines', 'Moreau', 'ines@acme-crm.example', true),
];

export const pipelines = {
  deals: [
    pipeline('default', 'Sales pipeline', [
      ['appointmentscheduled', 'Appointment scheduled', { isClosed: 'false', probability: '0.2' }],
      ['contractsent', 'Contract sent', { isClosed: 'false', probability: '0.9' }],
      ['closedwon', 'Closed won', { isClosed: 'true', probability: '1.0' }],
      ['closedlost', 'Closed lost', { isClosed: 'true', probability: '0.0' }],
    ]),
    pipeline('48812345', 'Renewals', [
      ['98877601', 'Notice period', { isClosed: 'false', probability: '0.7' }],
      ['98877602', 'Renewed', { isClosed: 'true', probability: '1.0' }],
    ]),
  ],
  tickets: [
    pipeline('0', 'Support pipeline', [
      ['1', 'New', { ticketState: 'OPEN', isClosed: 'false' }],
      ['2', 'Waiting on contact', { ticketState: 'OPEN', isClosed: 'false' }],
      ['4', 'Closed', { ticketState: 'CLOSED', isClosed: 'true' }],
      // The documents show either alone.
      ['5', 'Merged', { ticketState: 'CLOSED' }],
      ['6', 'Spam', { isClosed: 'true' }],
    ]),
  ],
};

const lifecycle = {
  subscriber: 'Subscriber',
  lead: 'Lead',
  marketingqualifiedlead: 'Marketing Qualified Lead',
  opportunity: 'Opportunity',
  customer: 'Customer',
  '3016596683': 'Former customer',
};
const industries = { COMPUTER_SOFTWARE: 'Computer Software', RETAIL: 'Retail' };
const sources = { ORGANIC_SEARCH: 'Organic search', DIRECT_TRAFFIC: 'Direct traffic' };
const priorities = { LOW: 'Low', MEDIUM: 'Medium', HIGH: 'High', URGENT: 'Urgent' };

export const properties: Record<ObjectType, PropertyDefinition[]> = {
  contacts: [
    ...texts('email hs_additional_emails firstname lastname jobtitle phone mobilephone'),
    ...texts('city country'),
    choice('lifecyclestage', lifecycle),
    choice('hs_lead_status', { NEW: 'New', IN_PROGRESS: 'In progress' }),
    choice('hs_analytics_source', sources),
    property('notes_last_updated', 'datetime'),
    property('hs_last_sales_activity_timestamp', 'datetime'),
    { ...choice('hubspot_owner_id', {}), referencedObjectType: 'OWNER' },
    choice('plan_tier', { gold_2: 'Gold', silver_1: 'Silver' }),
    choice('interests', { cloud: 'Cloud', ai: 'AI', crm: 'CRM' }),
    property('seats', 'number'),
    property('newsletter', 'bool'),
    property('trial_ends', 'date'),
    property('last_login', 'datetime'),
    property('billing_account_id', 'number'),
    { ...property('account_manager', 'enumeration'), referencedObjectType: 'OWNER' },
  ],
  companies: [
    ...texts('name domain hs_additional_domains city country'),
    choice('type', { PROSPECT: 'Prospect', CUSTOMER: 'Customer' }),
    choice('industry', industries),
    property('numberofemployees', 'number'),
    property('annualrevenue', 'number'),
    { ...choice('hubspot_owner_id', {}), referencedObjectType: 'OWNER' },
    property('support_plan', 'string'),
  ],
  deals: [
    ...texts('dealname dealstage pipeline deal_currency_code'),
    property('amount', 'number'),
    property('closedate', 'datetime'),
    property('hs_is_closed', 'bool'),
    property('hs_is_closed_won', 'bool'),
    property('hs_deal_stage_probability', 'number'),
    { ...choice('hubspot_owner_id', {}), referencedObjectType: 'OWNER' },
    property('seats_sold', 'number'),
  ],
  // Unlike deals, tickets have no hs_is_closed.
  tickets: [
    ...texts('subject content hs_pipeline hs_pipeline_stage'),
    choice('hs_ticket_priority', priorities),
    property('closed_date', 'datetime'),
    { ...choice('hubspot_owner_id', {}), referencedObjectType: 'OWNER' },
    property('escalated', 'bool'),
  ],
};

function owner(id: string, firstName: string, lastName: string, email: string, archived: boolean) {
  return {
    id,
    email,
    type: 'PERSON',
    firstName,
    lastName,
    userId: archived ? null : Number(id) - 51_000_000,
    userIdIncludingInactive: Number(id) - 51_000_000,
    createdAt: '2023-01-02T03:04:05.678Z',
    updatedAt: '2026-01-02T03:04:05.678Z',
    archived,
  };
}

type StageRow = readonly [id: string, label: string, metadata: Readonly<Record<string, string>>];

function pipeline(id: string, label: string, stages: readonly StageRow[]) {
  const dates = { createdAt: '1970-01-01T00:00:00Z', updatedAt: '2025-05-05T05:05:05.055Z' };
  return {
    id,
    label,
    displayOrder: 0,
    stages: stages.map(([stageId, stageLabel, metadata], displayOrder) => ({
      id: stageId,
      label: stageLabel,
      displayOrder,
      metadata,
      writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
      ...dates,
      archived: false,
    })),
    ...dates,
    archived: false,
  };
}

function property(name: string, type: PropertyDefinition['type']): PropertyDefinition {
  const fieldTypes = { number: 'number', bool: 'booleancheckbox', enumeration: 'select' } as const;
  const fieldType = type in fieldTypes ? fieldTypes[type as keyof typeof fieldTypes] : 'text';
  return { name, label: name, type, fieldType, options: [], referencedObjectType: null };
}

function choice(name: string, options: Readonly<Record<string, string>>): PropertyDefinition {
  return {
    ...property(name, 'enumeration'),
    options: Object.entries(options).map(([value, label]) => ({ value, label })),
  };
}

function texts(names: string): PropertyDefinition[] {
  return names.split(' ').map((name) => property(name, 'string'));
}
