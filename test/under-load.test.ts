/** Contract, section 7, over the whole service and the emulated CRMs. */
import { expect } from 'chai';
import { agents, askTogether, type Agents } from './support/agents.ts';
import { crowd, townsfolk } from './support/hubspot/people.ts';
import { startHubSpotEmulator, TOKEN, type HubSpotEmulator } from './support/hubspot/emulator.ts';
import { contact, makePeople } from './support/salesforce/people.ts';
import {
  CLIENT,
  startSalesforceEmulator,
  type SalesforceEmulator,
} from './support/salesforce/emulator.ts';
import { bridgeYaml, startService, type Service } from './support/service.ts';

const KEY = 'acme-key-0123456789';
const PATH = `/v1/acme/contact/${KEY}`;
const PEOPLE = 100;

describe('with Salesforce behind it', () => {
  let salesforce: SalesforceEmulator;
  let service: Service;
  let crowdOf: Agents;

  beforeEach(async () => {
    const data = makePeople();
    for (let n = 0; n < PEOPLE; n += 1) {
      data['Contact']?.push(contact(5000 + n, 'Visitor', `No. ${n}`, email(n), 1));
    }
    salesforce = await startSalesforceEmulator({ data });
    service = await startService({
      files: {
        'bridge.yaml': bridgeYaml(`
connections:
  sales:
    connector: salesforce
    loginUrl: ${salesforce.url}
    auth: { flow: clientCredentials, clientId: ${CLIENT.clientId}, clientSecret: ${CLIENT.clientSecret} }
tenants: { acme: { keys: [${KEY}], connections: [sales], deadline: 1500ms } }
`),
      },
    });
    crowdOf = agents(service.url, `/v1/acme/contact/${KEY}`);
  });
  afterEach(async () => {
    crowdOf.close();
    await service.close();
    await salesforce.close();
  });

  it('a lone lookup is one request, for a known person and for an unknown one', async () => {
    expect((await crowdOf.ask(email(1))).outcome).to.equal('found');
    expect(salesforce.stats()).to.include({ compositeRequests: 1, apiCalls: 1, tokenRequests: 1 });
    expect((await crowdOf.ask('nobody@gmail.com')).outcome).to.equal('not_found');
    expect(salesforce.stats()).to.include({ compositeRequests: 2, apiCalls: 2, tokenRequests: 1 });
  });

  it('100 requests at once for one person are one lookup and 100 right answers', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => crowdOf.ask(email(7))));
    for (const { text } of answers) expect(text).to.match(/^Visitor No\. 7 /);
    expect(salesforce.stats().apiCalls).to.equal(1);
  });

  it('100 requests at once for 100 people are at most 6 API calls and 100 right answers', async () => {
    const answers = await askTogether(service.url, PATH, range(PEOPLE).map(email));
    for (const [n, text] of answers.entries()) {
      expect(text.startsWith(`Visitor No. ${n} `), text).to.equal(true);
    }
    expect(salesforce.stats().apiCalls).to.be.at.most(6);
  });

  it('a token that expired with 50 lookups running is replaced once, and all are answered', async () => {
    await crowdOf.ask(email(99));
    const before = salesforce.stats();
    salesforce.oauth.expireSessions();
    const answers = await Promise.all(range(50).map((n) => crowdOf.ask(email(n))));
    for (const [n, { text }] of answers.entries()) {
      expect(text.startsWith(`Visitor No. ${n} `), text).to.equal(true);
    }
    expect(salesforce.stats().tokensIssued - before.tokensIssued).to.equal(1);
  });

  for (const kind of ['hang', 'stall', 'truncate', 'html200', 'broken-json', 'huge'] as const) {
    it(`an answer that is "${kind}" becomes the unavailable text by the deadline`, async () => {
      await crowdOf.ask(email(1));
      salesforce.faults.add({ on: 'composite', kind });
      const answer = await crowdOf.ask(email(2));
      expect(answer.outcome).to.equal('unavailable');
      expect(answer.text).not.to.match(/<html|unknown|no match/i);
      salesforce.faults.clear();
      expect((await crowdOf.ask(email(3))).outcome).to.equal('found');
    });
  }
});

describe('with HubSpot behind it', () => {
  let hubspot: HubSpotEmulator;
  let service: Service;
  let crowdOf: Agents;
  let addresses: readonly string[];

  beforeEach(async () => {
    const world = townsfolk();
    addresses = crowd(world, PEOPLE);
    hubspot = await startHubSpotEmulator({ world, tier: 'free' });
    service = await startService({
      files: {
        'bridge.yaml': bridgeYaml(`
connections: { marketing: { connector: hubspot, accessToken: "${TOKEN}", baseUrl: "${hubspot.url}" } }
tenants: { acme: { keys: [${KEY}], connections: [marketing], deadline: 1500ms } }
`),
      },
    });
    crowdOf = agents(service.url, `/v1/acme/contact/${KEY}`);
  });
  afterEach(async () => {
    crowdOf.close();
    await service.close();
    await hubspot.close();
  });

  it('a lone lookup is at most 4 requests, for a known person and for an unknown one', async () => {
    expect((await crowdOf.ask(addresses[3] ?? '')).outcome).to.equal('found');
    expect(hubspot.stats.lookups.length).to.be.within(1, 4);
    const before = hubspot.stats.lookups.length;
    expect((await crowdOf.ask('nobody@gmail.com')).outcome).to.equal('not_found');
    expect(hubspot.stats.lookups.length - before).to.be.within(1, 4);
  });

  it('100 requests at once for 100 people are at most 3 reads of contacts and 30 requests', async () => {
    const answers = await askTogether(service.url, PATH, addresses);
    for (const [n, text] of answers.entries()) {
      expect(text.startsWith(`Visitor No. ${n} `), text).to.equal(true);
    }
    const contacts = hubspot.stats.lookups.filter((route) => route.includes('objects/contacts'));
    expect(contacts.length).to.be.at.most(3);
    expect(hubspot.stats.lookups.length).to.be.at.most(30);
    expect(hubspot.stats.tooMany).to.equal(0);
  });

  for (const fault of ['hang', 'drip', 'cutBody', 'html200', 'broken200', 'huge200'] as const) {
    it(`an answer that is "${fault}" becomes the unavailable text by the deadline`, async () => {
      await crowdOf.ask(addresses[1] ?? '');
      hubspot.faults.inject(fault);
      const answer = await crowdOf.ask(addresses[2] ?? '');
      expect(answer.outcome).to.equal('unavailable');
      hubspot.faults.clear();
      expect((await crowdOf.ask(addresses[3] ?? '')).outcome).to.equal('found');
    });
  }
});

function email(n: number): string {
  return `visitor-${n}@crowd.example`;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, n) => n);
}
