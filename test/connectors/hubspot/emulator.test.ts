/** The emulator is what proves the connector, so it must refuse what HubSpot refuses. */
import { expect } from 'chai';
import {
  startHubSpotEmulator,
  TOKEN,
  type HubSpotEmulator,
} from '../../support/hubspot/emulator.ts';
import { people } from '../../support/hubspot/people.ts';

describe('hubspot: the emulator', () => {
  let emulator: HubSpotEmulator;
  let now = 1_800_000_000_000;

  before(async () => {
    emulator = await startHubSpotEmulator({ tier: 'free', now: () => now });
  });
  after(() => emulator.close());
  beforeEach(() => {
    now += 60_000;
  });

  const ask = async (path: string, body?: object, token = TOKEN) => {
    const response = await fetch(emulator.url + path, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as { [name: string]: unknown }) : {};
    return { status: response.status, headers: response.headers, json };
  };
  const batch = '/crm/v3/objects/contacts/batch/read';
  const byEmail = (...emails: string[]): object => ({
    idProperty: 'email',
    properties: ['email'],
    inputs: emails.map((id) => ({ id })),
  });

  it('refuses duplicates and more than a hundred inputs', async () => {
    expect((await ask(batch, byEmail(people.ada, people.ada))).status).to.equal(400);
    const many = Array.from({ length: 101 }, (_, i) => `${i}@x.example`);
    expect((await ask(batch, byEmail(...many))).status).to.equal(400);
    expect((await ask(batch, byEmail(...many.slice(1)))).status).to.equal(207);
  });

  it('answers in another order than asked, with the missing in one error', async () => {
    const { status, json } = await ask(batch, byEmail(people.maria, people.unknown, people.ada));
    expect(status).to.equal(207);
    const { results, errors } = json as {
      results: { properties: { email: string } }[];
      errors: { context: object }[];
    };
    expect(results.map(({ properties }) => properties.email)).to.deep.equal([
      people.ada,
      people.maria,
    ]);
    expect(errors[0]?.context).to.deep.equal({ ids: [people.unknown] });
  });

  it('returns a company once per label, and associations by number', async () => {
    const read = await ask(
      `/crm/objects/2026-09/contacts/${people.tom}?idProperty=email&associations=companies`,
    );
    const { companies } = read.json['associations'] as {
      companies: { results: { type: string }[] };
    };
    expect(companies.results.map(({ type }) => type)).to.deep.equal([
      'contact_to_company',
      'contact_to_company_unlabeled',
    ]);
    const { id } = read.json as { id: string };
    const many = await ask('/crm/v4/associations/contacts/companies/batch/read', {
      inputs: [{ id }, { id: '1' }],
    });
    expect(many.status).to.equal(207);
    const { results } = many.json as { results: { to: { toObjectId: unknown }[] }[] };
    expect(results[0]?.to[0]?.toObjectId).to.be.a('number');
  });

  it('counts a rolling window per token, and leaves associations and search out of it', async () => {
    for (let i = 0; i < 100; i += 1) {
      if (i === 50) now += 6_000;
      expect((await ask('/crm/v3/pipelines/deals')).status).to.equal(200);
    }
    const refused = await ask('/crm/v3/pipelines/deals');
    expect(refused.status).to.equal(429);
    expect(refused.json).to.include({
      policyName: 'TEN_SECONDLY_ROLLING',
      errorType: 'RATE_LIMIT',
    });
    expect(refused.headers.get('retry-after')).to.equal(null);
    expect(
      (await ask('/crm/v4/associations/contacts/deals/batch/read', { inputs: [] })).status,
    ).to.equal(200);
    now += 4_000;
    expect((await ask('/crm/v3/pipelines/deals')).status, 'the first half is over').to.equal(200);
  });

  it('five searches a second, no more', async () => {
    const search = {
      filterGroups: [{ filters: [{ propertyName: 'domain', operator: 'EQ', value: 'x' }] }],
      ...{ properties: [], limit: 10, sorts: ['createdate'], after: '0' },
    };
    for (let i = 0; i < 5; i += 1)
      expect((await ask('/crm/v3/objects/companies/search', search)).status).to.equal(200);
    const refused = await ask('/crm/v3/objects/companies/search', search);
    expect(refused.json).to.include({ policyName: 'SECONDLY' });
  });

  it('a search has all the parts that the specification requires', async () => {
    const search = { filterGroups: [], properties: [], limit: 1, sorts: [], after: '0' };
    for (const name of Object.keys(search)) {
      const incomplete = { ...search, [name]: undefined };
      const refused = await ask('/crm/v3/objects/companies/search', incomplete);
      expect(refused.status, name).to.equal(400);
    }
  });

  it('tickets have no hs_is_closed', async () => {
    const [id] = emulator.data.records.tickets.keys();
    const { json } = await ask(`/crm/v3/objects/tickets/${id}?properties=hs_is_closed,subject`);
    expect(json['properties']).to.not.have.property('hs_is_closed');
  });

  it('knows only its tokens and HubSpot’s paths', async () => {
    expect((await ask('/crm/v3/owners', undefined, 'pat-unknown')).status).to.equal(401);
    const unknown = await ask('/crm/v5/owners');
    expect(unknown.status).to.equal(404);
    expect(unknown.headers.get('content-type')).to.include('html');
  });
});
