/**
 * (c) for HubSpot: Express, lru-cache with a TTL, HubSpot's own client, a template literal. It reads the contact
 * by e-mail with the ids of what belongs to it, then companies, deals and tickets side by side. The client's
 * retries are on, as its documentation recommends. For its known weaknesses see `../rival.ts`.
 */
import process from 'node:process';
import { Client } from '@hubspot/api-client';
import type { SimplePublicObject } from '@hubspot/api-client/lib/codegen/crm/objects/index.js';
import express from 'express';
import { LRUCache } from 'lru-cache';

const { PORT = '8080', KEY, CACHE_TTL, CRM_URL = '', HUBSPOT_TOKEN = '' } = process.env;

const { crm } = new Client({
  accessToken: HUBSPOT_TOKEN,
  basePath: CRM_URL,
  numberOfApiCallRetries: 3,
});

const answers = new LRUCache<string, string>({
  max: 10_000,
  ttl: Number(CACHE_TTL),
  fetchMethod: lookUp,
});

const app = express();

app.get('/v1/:tenant/contact/:key', async (request, response) => {
  const start = performance.now();
  const email = String(request.query['email'] ?? '')
    .trim()
    .toLowerCase();
  let outcome = 'ok';
  if (request.params.key !== KEY) {
    outcome = 'unauthorized';
    response.status(401).type('text/plain').send('Wrong key.');
  } else if (!email.includes('@')) {
    outcome = 'no email';
    response.type('text/plain').send('No e-mail yet.');
  } else {
    try {
      response.type('text/plain').send(await answers.fetch(email));
    } catch (error) {
      outcome = error instanceof Error ? error.name : 'error';
      response.type('text/plain').send('HubSpot cannot be reached right now.');
    }
  }
  const ms = Math.round(performance.now() - start);
  console.log(JSON.stringify({ time: new Date(), message: 'request', outcome, ms }));
});

app.listen(Number(PORT), '127.0.0.1');

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
