/** Knows everybody at once: for what is measured of the bridge alone. */
import { z } from 'zod';
import type { PersonRecord, ConnectorModule } from '../../../src/connector/index.ts';

const anyone: ConnectorModule = {
  settings: z.strictObject({}),
  open: () => ({
    lookup: (email) => Promise.resolve(answer(email)),
    lookupMany: (emails) => Promise.resolve(new Map(emails.map((email) => [email, answer(email)]))),
  }),
};

/** As much as a CRM tells about a customer: two open deals, an open ticket. */
function answer(email: string): PersonRecord {
  const [, number = '0'] = /-(\d+)@/.exec(email) ?? [];
  const owner = { name: 'Kim Lee', email: 'kim.lee@brightside.example' };
  const id = `003${number.padStart(12, '0')}AAA`;
  return {
    contact: {
      kind: 'contact',
      id,
      name: `Visitor No. ${number}`,
      firstName: 'Visitor',
      lastName: `No. ${number}`,
      title: 'Head of Purchasing',
      department: 'Operations',
      email,
      phone: '+49 30 5550 1201',
      city: 'Berlin',
      country: 'Germany',
      leadSource: 'Trade Show',
      createdAt: '2023-03-14T08:12:00.000Z',
      lastActivityAt: '2026-11-20T00:00:00.000Z',
      url: `https://acme.my.salesforce.com/${id}`,
      owner,
    },
    company: {
      id: `001${number.padStart(12, '0')}AAA`,
      name: `Company ${number} GmbH`,
      domain: `company-${number}.example`,
      type: 'Customer - Direct',
      industry: 'Manufacturing',
      employees: 420,
      annualRevenue: 61_500_000,
      city: 'Berlin',
      country: 'Germany',
      owner,
    },
    deals: ['Renewal 2027', 'Second plant'].map((name, i) => ({
      id: `006${number.padStart(11, '0')}${i}AAA`,
      name,
      stage: 'Negotiation',
      amount: 94_500,
      currency: 'EUR',
      closeDate: '2027-03-31',
      open: true,
      won: false,
      probability: 40,
      owner,
    })),
    tickets: [
      {
        id: `500${number.padStart(12, '0')}AAA`,
        number: number.padStart(8, '0'),
        subject: 'Export stops after 10,000 rows',
        status: 'Working',
        priority: 'High',
        open: true,
        createdAt: '2026-11-19T13:05:00.000Z',
        owner,
      },
    ],
  };
}

export default anyone;
