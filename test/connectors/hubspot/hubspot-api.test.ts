/** Guards the files and members of HubSpot's client that the connector relies on, below its public API. */
import { expect } from 'chai';
import type { RawResponse } from '../../../connectors/hubspot/errors.ts';
import {
  loadHubSpotApi,
  type HubSpotApi,
  type OutgoingRequest,
} from '../../../connectors/hubspot/hubspot-api.ts';
import { failure } from '../../support/hubspot/opened.ts';

const json = { 'content-type': 'application/json' };
const inputs = [{ id: '1' }, { id: '2' }];
const apis = loadHubSpotApi('https://api.example', '2026-09');

/** An API that answers from memory. @returns what a call sent. */
async function sentBy(
  call: (api: HubSpotApi) => Promise<unknown>,
  response: RawResponse = { status: 200, headers: json, text: '{"results":[]}', isJson: true },
): Promise<readonly OutgoingRequest[]> {
  const sent: OutgoingRequest[] = [];
  const api = (await apis)({
    authorization: () => Promise.resolve('Bearer token'),
    send(request) {
      sent.push(request);
      return Promise.resolve(response);
    },
  });
  await call(api);
  return sent;
}

describe('@hubspot/api-client, as the connector uses it', () => {
  for (const [what, call, method, url, body] of [
    [
      'objects.getById',
      (api) =>
        api
          .objects()
          .getById(
            'contacts',
            'a@b.example',
            ['email', 'phone'],
            undefined,
            ['deals'],
            false,
            'email',
          ),
      'GET',
      '/crm/objects/2026-09/contacts/a%40b.example?properties=email&properties=phone&associations=deals&archived=false&idProperty=email',
    ],
    [
      'objectBatches.read',
      (api) =>
        api.objectBatches().read('deals', {
          inputs,
          properties: ['amount'],
          propertiesWithHistory: [],
        }),
      'POST',
      '/crm/objects/2026-09/deals/batch/read',
      { inputs, properties: ['amount'], propertiesWithHistory: [] },
    ],
    [
      'objectSearch.doSearch',
      (api) =>
        api.objectSearch().doSearch('companies', {
          filterGroups: [
            { filters: [{ propertyName: 'domain', operator: 'EQ', value: 'x.example' }] },
          ],
          properties: ['name'],
          limit: 20,
        }),
      'POST',
      '/crm/objects/2026-09/companies/search',
      {
        filterGroups: [
          { filters: [{ propertyName: 'domain', operator: 'EQ', value: 'x.example' }] },
        ],
        properties: ['name'],
        limit: 20,
      },
    ],
    [
      'associationBatches.getPage',
      (api) => api.associationBatches().getPage('contacts', 'deals', { inputs }),
      'POST',
      '/crm/associations/2026-09/contacts/deals/batch/read',
      { inputs },
    ],
    [
      'owners.getPage',
      (api) => api.owners().getPage(undefined, '500', 500, true),
      'GET',
      '/crm/owners/2026-09?after=500&limit=500&archived=true',
    ],
    [
      'pipelines.getAll',
      (api) => api.pipelines().getAll('tickets'),
      'GET',
      '/crm/pipelines/2026-09/tickets',
    ],
    [
      'properties.getAll',
      (api) => api.properties().getAll('contacts'),
      'GET',
      '/crm/properties/2026-09/contacts',
    ],
  ] as const satisfies readonly (readonly [
    string,
    (api: HubSpotApi) => Promise<unknown>,
    string,
    string,
    unknown?,
  ])[])
    it(`sends ${what} once, to the server and version of its configuration, with the token`, async () => {
      const [request, ...others] = await sentBy(call);
      expect(others).to.have.length(0);
      expect(request).to.include({ method, url: `https://api.example${url}` });
      expect(request?.headers).to.include({
        Authorization: 'Bearer token',
        'User-agent': 'hubspot-api-client-nodejs; 14.0.1',
      });
      expect(request?.body === undefined ? undefined : JSON.parse(request.body)).to.deep.equal(
        body,
      );
    });

  it('keeps the paths of the client for v3', async () => {
    const api = (await loadHubSpotApi('https://api.example', 'v3'))({
      authorization: () => Promise.resolve('Bearer token'),
      send: ({ url }) => Promise.reject(new Error(url)),
    });
    expect(
      (await failure(api.owners().getPage(undefined, undefined, 500, false))).message,
    ).to.equal('https://api.example/crm/v3/owners/?limit=500&archived=false');
  });

  it('throws what the token or the sending throws, unchanged', async () => {
    const error = new Error('given up');
    for (const options of [
      { authorization: () => Promise.reject(error), send: () => Promise.reject(new Error('sent')) },
      { authorization: () => Promise.resolve('Bearer token'), send: () => Promise.reject(error) },
    ])
      expect(await failure((await apis)(options).pipelines().getAll('deals'))).to.equal(error);
  });

  it('does not get the text of a response, which it would read again', async () => {
    const call = (api: HubSpotApi) => api.pipelines().getAll('deals');
    const broken = { status: 200, headers: json, text: '{', isJson: true };
    expect(await sentBy(call, broken)).to.have.length(1);
  });
});
