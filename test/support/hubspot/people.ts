/** Believable people for the emulated account. */
import { AccountData } from './account-data.ts';

/** The addresses in {@link samplePeople}, for tests and for trying things by hand. */
export const people = {
  /** Much is known: two companies, three deals, two tickets. */
  maria: 'maria.keller@lumen-optics.example',
  /** A contact and a company, nothing else; the address is stored in mixed case. */
  tom: 'tom.okafor@riverbank.example',
  /** Only a contact without company. */
  ada: 'ada@solo.example',
  /** Known by a second address as well. */
  noor: 'noor.haddad@brightfield.example',
  noorAtHome: 'noor.h@home.example',
  /** No contact has it. */
  unknown: 'nobody@nowhere.example',
} as const;

export function samplePeople(): AccountData {
  const data = new AccountData();
  const lumen = data.add('companies', {
    name: 'Lumen Optics GmbH',
    domain: 'lumen-optics.example',
    type: 'CUSTOMER',
    industry: 'COMPUTER_SOFTWARE',
    numberofemployees: 240,
    annualrevenue: '18500000',
    city: 'Jena',
    country: 'Germany',
    hubspot_owner_id: '51200003',
    support_plan: 'Premium',
  });
  const previous = data.add(
    'companies',
    { name: 'Glasbau Krause', domain: 'krause.example' },
    '99',
  );
  const riverbank = data.add('companies', {
    name: 'Riverbank Stores',
    domain: 'riverbank.example',
  });
  const brightfield = data.add('companies', {
    name: 'Brightfield Energy',
    domain: 'brightfield.example',
  });

  const maria = data.add('contacts', {
    email: people.maria,
    firstname: 'Maria',
    lastname: 'Keller',
    jobtitle: 'Head of Purchasing',
    phone: '+49 3641 55 0101',
    mobilephone: '+49 151 5550 0102',
    city: 'Jena',
    country: 'Germany',
    lifecyclestage: 'customer',
    hs_lead_status: 'IN_PROGRESS',
    hs_analytics_source: 'ORGANIC_SEARCH',
    notes_last_updated: '2026-11-18T09:15:00Z',
    hs_last_sales_activity_timestamp: '2026-11-20T14:05:00.250Z',
    hubspot_owner_id: '51200001',
    plan_tier: 'gold_2',
    interests: 'cloud;ai',
    seats: '25',
    newsletter: 'true',
    trial_ends: '2026-12-01',
    last_login: '2026-11-23T22:10:00Z',
    billing_account_id: '00420017',
    account_manager: '51200002',
  });
  data.associate(maria, 'companies', previous, 'Former employer');
  data.associate(maria, 'companies', lumen, 'primary');
  const deal = (contact: string, properties: Parameters<AccountData['add']>[1]): void =>
    data.associate(contact, 'deals', data.add('deals', properties));
  deal(maria, {
    dealname: 'Lens controllers 2027',
    dealstage: 'contractsent',
    pipeline: 'default',
    amount: '48000.50',
    deal_currency_code: 'USD',
    closedate: '2026-12-15T00:00:00Z',
    hs_is_closed: false,
    hs_is_closed_won: false,
    hs_deal_stage_probability: '0.29',
    hubspot_owner_id: '51200001',
    seats_sold: '12',
  });
  deal(maria, {
    dealname: 'Support renewal',
    dealstage: '98877601',
    pipeline: '48812345',
    amount: '9600',
    closedate: '2027-01-30T23:30:00Z',
  });
  deal(maria, {
    dealname: 'Pilot order',
    dealstage: 'closedwon',
    pipeline: 'default',
    amount: '5200',
    closedate: '2025-06-30T10:00:00Z',
    hs_is_closed: true,
    hs_is_closed_won: true,
    hs_deal_stage_probability: '1',
  });
  const ticket = (contact: string, properties: Parameters<AccountData['add']>[1]): void =>
    data.associate(contact, 'tickets', data.add('tickets', properties));
  ticket(maria, {
    subject: 'Calibration drifts after update',
    hs_pipeline: '0',
    hs_pipeline_stage: '2',
    hs_ticket_priority: 'HIGH',
    createdate: '2026-11-19T07:00:00Z',
    hubspot_owner_id: '51200002',
    escalated: true,
  });
  ticket(maria, {
    subject: 'Invoice address',
    hs_pipeline: '0',
    hs_pipeline_stage: '4',
    hs_ticket_priority: 'LOW',
    createdate: '2026-09-01T07:00:00Z',
    closed_date: '2026-09-02T07:00:00Z',
  });

  const tom = data.add('contacts', {
    email: 'Tom.Okafor@Riverbank.example',
    firstname: 'Tom',
    lastname: 'Okafor',
    lifecyclestage: 'lead',
  });
  data.associate(tom, 'companies', riverbank, 'primary');

  data.add('contacts', { email: people.ada, firstname: 'Ada', lifecyclestage: '3016596683' });

  const noor = data.add('contacts', {
    email: people.noor,
    hs_additional_emails: `${people.noorAtHome};noor@old.example`,
    firstname: 'Noor',
    lastname: 'Haddad',
    lifecyclestage: 'opportunity',
  });
  data.associate(noor, 'companies', brightfield, 'primary');
  deal(noor, { dealname: 'Solar park', dealstage: 'appointmentscheduled', pipeline: 'default' });
  return data;
}

/**
 * Adds people by the hundred, `visitor-0@crowd.example` and so on: nine in ten with a company, each with up to
 * two deals and every third with a ticket.
 * @returns their addresses.
 */
export function crowd(data: AccountData, count: number): readonly string[] {
  const companies = Array.from({ length: Math.ceil(count / 4) }, (_, i) =>
    data.add('companies', { name: `Crowd Company ${i}`, domain: `company-${i}.example` }),
  );
  return Array.from({ length: count }, (_, i) => {
    const email = `visitor-${i}@crowd.example`;
    const contact = data.add('contacts', { email, firstname: 'Visitor', lastname: `No. ${i}` });
    const company = companies[i % companies.length];
    if (company !== undefined && i % 10 !== 9)
      data.associate(contact, 'companies', company, 'primary');
    for (let n = 0; n < i % 3; n += 1) {
      const properties = {
        dealname: `Deal ${n} of ${i}`,
        dealstage: 'contractsent',
        pipeline: 'default',
      };
      data.associate(contact, 'deals', data.add('deals', properties));
    }
    if (i % 3 === 0)
      data.associate(contact, 'tickets', data.add('tickets', { subject: `Ticket of ${i}` }));
    return email;
  });
}
