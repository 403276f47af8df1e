/**
 * (c) for HubSpot: Express, lru-cache with a TTL, HubSpot's own client, a template literal. It reads the contact
 * by e-mail with the ids of what belongs to it, then companies, deals and tickets side by side. The client's
 * retries are on, as its documentation recommends. For its known weaknesses see `../rival.ts`.
 */
import process from 'node:process';
import { Client } from '@hubspot/api-client';
import type { SimplePublicObject } from '@hubspot/api-client/lib/codegen/crm/objects/index.js';
import { serveByHand } from './by-hand.ts';

const { CRM_URL = '', HUBSPOT_TOKEN = '' } = process.env;

const { crm } = new Client({
  accessToken: HUBSPOT_TOKEN,
  basePath: CRM_URL,
  numberOfApiCallRetries: 3,
});

serveByHand('HubSpot', lookUp);

async function lookUp(email: string): Promise<string> {
  const contact = await crm.contacts.basicApi
    .getById(
      email,
      ['firstname', 'lastname', 'jobtitle', 'phone', 'lifecyclestage'],
      undefined,
      ['companies', 'deals', 'tickets'],
      undefined,
      'email',
    )
    .catch((error: unknown) => {
      if ((error as { code?: number }).code === 404) return undefined;
      throw error;
    });
  if (contact === undefined) return `No match for ${email} in HubSpot.`;
  const { properties: person, associations } = contact;
  const read = async (type: 'companies' | 'deals' | 'tickets', properties: string[]) => {
    const ids = new Set(associations?.[type]?.results.map(({ id }) => id));
    if (ids.size === 0) return [];
    const inputs = [...ids].map((id) => ({ id }));
    const batch = { inputs, properties, propertiesWithHistory: [] };
    const answer: { results: SimplePublicObject[] } = await crm.objects.batchApi.read(type, batch);
    return answer.results;
  };
  const [companies, deals, tickets] = await Promise.all([
    read('companies', ['name', 'domain', 'industry', 'city']),
    read('deals', ['dealname', 'dealstage', 'amount', 'closedate']),
    read('tickets', ['subject', 'hs_pipeline_stage', 'hs_ticket_priority']),
  ]);
  const [company] = companies;
  return `${person['firstname']} ${person['lastname']} - ${person['jobtitle']} | ${company?.properties['name']}
${company?.properties['industry']}, ${company?.properties['city']}
Stage: ${person['lifecyclestage']}
Phone: ${person['phone']}
Deals: ${deals.length}
${deals.map(({ properties: deal }) => ` - ${deal['dealname']}: ${deal['dealstage']}, ${deal['amount']}, closes ${deal['closedate']}`).join('\n')}
Tickets: ${tickets.length}
${tickets.map(({ properties: ticket }) => ` - ${ticket['subject']} (${ticket['hs_ticket_priority']}, ${ticket['hs_pipeline_stage']})`).join('\n')}
`;
}
