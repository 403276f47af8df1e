/** What templates get to see, for tests: a person with every value, one with none, and no person. */
import type { Company, Contact, Deal, Ticket } from '../../src/model/profile.ts';
import type { RenderOptions } from '../../src/render/template-set.ts';
import type { TemplateContext } from '../../src/render/template-set.ts';
import type { Outcome } from '../../src/model/outcome.ts';

export const BERLIN: RenderOptions = {
  locale: 'en-GB',
  timeZone: 'Europe/Berlin',
  currency: 'EUR',
  maxLength: 4000,
  lineSeparator: '\n',
};

/** A person with a value for every word. @param changes replace words of the first level. */
export function fullView(changes: Partial<TemplateContext> = {}): TemplateContext {
  return {
    outcome: 'found',
    contact: contact(),
    company: company(),
    deals: [
      deal({}),
      deal({
        id: '006D2',
        name: 'Add-on seats',
        stage: 'Proposal',
        amount: 24000.5,
        closeDate: '2027-01-15',
        probability: 40,
      }),
      deal({
        id: '006D3',
        name: 'Training',
        stage: 'Proposal',
        amount: 1200,
        currency: 'USD',
        closeDate: '2027-02-01',
        probability: 20,
      }),
      deal({
        id: '006D4',
        name: 'First year',
        stage: 'Closed Won',
        amount: 50000,
        closeDate: '2025-12-15',
        open: false,
        won: true,
        probability: 100,
      }),
    ],
    tickets: [
      ticket({}),
      ticket({
        id: '500T2',
        number: '00012288',
        subject: 'Invoice address',
        status: 'Waiting for customer',
        priority: 'Low',
        createdAt: '2026-11-10T08:15:00.000Z',
      }),
      ticket({
        id: '500T3',
        number: '00011020',
        subject: 'Password reset',
        status: 'Closed',
        priority: 'Medium',
        open: false,
        createdAt: '2026-06-01T10:00:00.000Z',
      }),
    ],
    others: [
      { kind: 'contact', name: 'J. Doe', company: 'ACME UK', url: 'https://crm.example/003C2' },
      { kind: 'lead', name: 'Jane Doe', company: null, url: 'https://crm.example/00QL1' },
    ],
    moreDeals: true,
    moreTickets: true,
    moreOpenDeals: true,
    moreOpenTickets: true,
    moreOthers: true,
    source: {
      connection: 'sales',
      connector: 'salesforce',
      fetchedAt: '2026-11-24T13:02:00.000Z',
      stale: false,
      ageSeconds: 180,
      partial: false,
      missing: [],
    },
    visitor: {
      email: 'Jane.Doe@acme.example',
      ip: '203.0.113.7',
      url: 'https://www.example.com/pricing?plan=pro',
      host: 'www.example.com',
    },
    caseId: 'b88d3c4d-c402-4673-8e5b-68778eac45cb',
    tenant: { id: 'acme', name: 'ACME support' },
    now: '2026-11-24T13:05:00.000Z',
    ...changes,
  };
}

/** A person with nothing but the e-mail address. */
export function sparseView(changes: Partial<TemplateContext> = {}): TemplateContext {
  return fullView({
    contact: contact({
      id: null,
      name: null,
      firstName: null,
      lastName: null,
      title: null,
      department: null,
      phone: null,
      mobilePhone: null,
      city: null,
      country: null,
      lifecycleStage: null,
      leadStatus: null,
      leadSource: null,
      createdAt: null,
      lastActivityAt: null,
      url: null,
      owner: null,
      fields: {},
    }),
    company: null,
    deals: [],
    tickets: [],
    others: [],
    moreDeals: false,
    moreTickets: false,
    moreOpenDeals: false,
    moreOpenTickets: false,
    moreOthers: false,
    visitor: { email: 'jane.doe@acme.example', ip: null, url: null, host: null },
    caseId: null,
    ...changes,
  });
}

/** No person: what templates see with `not_found`, `no_email` and `unavailable`. */
export function emptyView(
  outcome: Exclude<Outcome, 'found'>,
  changes: Partial<TemplateContext> = {},
): TemplateContext {
  const answered = outcome === 'not_found';
  return sparseView({
    outcome,
    contact: null,
    source: {
      connection: answered ? 'sales' : null,
      connector: answered ? 'salesforce' : null,
      fetchedAt: answered ? '2026-11-24T13:02:00.000Z' : null,
      stale: false,
      ageSeconds: answered ? 180 : null,
      partial: outcome === 'unavailable',
      missing: outcome === 'unavailable' ? ['sales'] : [],
    },
    ...changes,
  });
}

export function contact(changes: Partial<Contact> = {}): Contact {
  return {
    kind: 'contact',
    id: '003C1',
    name: 'Jane Doe',
    firstName: 'Jane',
    lastName: 'Doe',
    title: 'VP Operations',
    department: 'Operations',
    email: 'jane.doe@acme.example',
    phone: '+49 30 5550100',
    mobilePhone: '+49 170 5550101',
    city: 'Berlin',
    country: 'Germany',
    lifecycleStage: 'Customer',
    leadStatus: 'Qualified',
    leadSource: 'Web',
    createdAt: '2024-03-05T09:30:00.000Z',
    lastActivityAt: '2026-11-22T15:00:00.000Z',
    url: 'https://crm.example/003C1',
    owner: { name: 'Sam Rivera', email: 'sam.rivera@example.com' },
    fields: { Loyalty_Tier__c: 'Gold', NPS__c: 9, Renewal__c: '2027-01-31', Newsletter__c: true },
    ...changes,
  };
}

export function company(changes: Partial<Company> = {}): Company {
  return {
    id: '001A1',
    name: 'ACME GmbH',
    domain: 'acme.example',
    type: 'Customer - Direct',
    industry: 'Manufacturing',
    employees: 1250,
    annualRevenue: 12500000,
    currency: 'EUR',
    city: 'Berlin',
    country: 'Germany',
    url: 'https://crm.example/001A1',
    owner: { name: 'K. Lee', email: 'k.lee@example.com' },
    fields: { Support_Plan__c: 'Premium' },
    ...changes,
  };
}

export function deal(changes: Partial<Deal> = {}): Deal {
  return {
    id: '006D1',
    name: 'Renewal 2027',
    stage: 'Negotiation',
    pipeline: 'Renewals',
    amount: 60000,
    currency: 'EUR',
    closeDate: '2026-12-15',
    open: true,
    won: false,
    probability: 70,
    url: 'https://crm.example/006D1',
    owner: { name: 'Sam Rivera', email: 'sam.rivera@example.com' },
    fields: { Product__c: 'Platform' },
    ...changes,
  };
}

export function ticket(changes: Partial<Ticket> = {}): Ticket {
  return {
    id: '500T1',
    number: '00012345',
    subject: 'Login fails',
    status: 'In progress',
    priority: 'High',
    open: true,
    createdAt: '2026-11-21T07:00:00.000Z',
    url: 'https://crm.example/500T1',
    owner: { name: 'Ana Silva', email: 'ana.silva@example.com' },
    fields: { Product__c: 'Portal' },
    ...changes,
  };
}
