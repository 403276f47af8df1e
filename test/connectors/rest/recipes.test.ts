/** Every recipe of `config/recipes/` in a running service, against a fake made from its product's reference. */
import { expect } from 'chai';
import fc from 'fast-check';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { RecipeFake } from '../../support/recipes/fake-api.ts';
import { startDynamics365 } from '../../support/recipes/dynamics365.ts';
import { startFreshdesk } from '../../support/recipes/freshdesk.ts';
import { startPipedrive } from '../../support/recipes/pipedrive.ts';
import { startStripe } from '../../support/recipes/stripe.ts';
import { startZendesk } from '../../support/recipes/zendesk.ts';
import { startZoho } from '../../support/recipes/zoho.ts';
import { bridgeYaml, runCommand, startService, type Service } from '../../support/service.ts';

const RECIPES = join(import.meta.dirname, '../../../config/recipes');
const KEY = 'acme-key-0123456789';

interface Answer {
  readonly outcome: string;
  readonly profile?: Profile;
}
interface Profile {
  readonly contact?: Readonly<Record<string, unknown>>;
  readonly company?: Readonly<Record<string, unknown>> | null;
  readonly deals?: readonly Readonly<Record<string, unknown>>[];
  readonly tickets?: readonly Readonly<Record<string, unknown>>[];
  readonly others?: readonly unknown[];
}

interface Expected {
  readonly start: () => Promise<RecipeFake>;
  /** Of jane.doe@acme.example; `API` stands for where the fake is. */
  readonly contact: Readonly<Record<string, unknown>>;
  readonly company?: Readonly<Record<string, unknown>>;
  readonly deals?: readonly Readonly<Record<string, unknown>>[];
  readonly tickets?: readonly Readonly<Record<string, unknown>>[];
  /** Finds Jane, too. */
  readonly secondAddress?: string;
  /** An unknown person at acme.example has this company. */
  readonly companyByDomain?: string;
  /** Requests for Jane, and for an unknown person. */
  readonly requests: readonly [number, number];
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  pipedrive: {
    start: startPipedrive,
    contact: { id: '7', name: 'Jane Doe', phone: '+372 555555555', url: 'API/person/7' },
    company: { id: '9', name: 'ACME GmbH' },
    deals: [
      {
        id: '41',
        name: 'Renewal',
        stage: 'open',
        amount: 1860.5,
        currency: 'EUR',
        closeDate: '2027-01-29',
        open: true,
        won: false,
        url: 'API/deal/41',
      },
      { id: '40', name: 'First year', stage: 'won', open: false, won: true },
    ],
    secondAddress: 'jane@home.example',
    requests: [2, 1],
  },
  zendesk: {
    start: startZendesk,
    contact: {
      id: '7',
      name: 'Jane Doe',
      phone: '+15551234567',
      lastActivityAt: '2026-11-20T08:00:00Z',
      url: 'API/agent/users/7',
      fields: { role: 'end-user', notes: 'prefers e-mail' },
    },
    company: { id: '9', name: 'ACME GmbH', domain: 'acme.example' },
    tickets: [
      {
        number: '412',
        subject: 'Export stops',
        status: 'open',
        priority: 'high',
        createdAt: '2026-11-20T08:00:00Z',
        open: true,
        url: 'API/agent/tickets/412',
      },
      { number: '97', subject: 'Old question', status: 'closed', priority: null, open: false },
    ],
    requests: [3, 1],
  },
  freshdesk: {
    start: startFreshdesk,
    contact: {
      id: '7',
      name: 'Jane Doe',
      title: 'Head of Data',
      phone: '555123',
      createdAt: '2024-05-02T08:00:00Z',
      url: 'API/a/contacts/7',
    },
    company: {
      id: '9',
      name: 'ACME GmbH',
      domain: 'acme.example',
      industry: 'Machines',
      fields: { tier: 'Premium', health: 'Happy', renewal: '2027-01-31T00:00:00Z' },
    },
    tickets: [
      {
        number: '412',
        subject: 'Export stops',
        status: 'Pending',
        priority: 'High',
        createdAt: '2026-11-20T08:00:00Z',
        open: true,
        url: 'API/a/tickets/412',
      },
      { number: '97', status: 'Closed', priority: 'Low', open: false },
    ],
    secondAddress: 'jane@home.example',
    companyByDomain: 'ACME GmbH',
    requests: [3, 2],
  },
  stripe: {
    start: startStripe,
    contact: {
      id: 'cus_7',
      name: 'Jane Doe',
      city: 'Bonn',
      country: 'DE',
      createdAt: '2023-04-07T18:59:53Z',
      url: 'https://dashboard.stripe.com/customers/cus_7',
      fields: { delinquent: true, balance: -12.5 },
    },
    deals: [
      {
        id: 'sub_41',
        name: 'Team',
        stage: 'past_due',
        amount: 39.98,
        currency: 'EUR',
        closeDate: '2027-01-29T00:00:00Z',
        open: true,
      },
      { id: 'sub_40', name: 'Pilot', amount: 5000, currency: 'JPY', open: false },
      { id: 'sub_39', name: 'price_1', amount: null, currency: 'USD', open: false },
    ],
    requests: [2, 1],
  },
  zoho: {
    start: startZoho,
    contact: {
      id: '7',
      name: 'Jane Doe',
      firstName: 'Jane',
      title: 'Head of Data',
      mobilePhone: '+49 171 1',
      city: 'Bonn',
      owner: { name: 'Amy Agent', email: 'amy@seller.example' },
    },
    company: { id: '9', name: 'ACME GmbH' },
    deals: [
      {
        id: '41',
        name: 'Renewal',
        stage: 'Negotiation/Review',
        pipeline: 'Standard',
        amount: 1860.5,
        closeDate: '2027-01-29',
        probability: 90,
        open: true,
        won: false,
      },
      { id: '40', stage: 'Closed Won', open: false, won: true },
    ],
    tickets: [{ number: '1000412', subject: 'Export stops', status: 'Escalated', open: true }],
    secondAddress: 'jane@home.example',
    requests: [4, 2],
  },
  dynamics365: {
    start: startDynamics365,
    contact: {
      id: '7a1b2c3d-0000-4000-8000-000000000007',
      name: 'Jane Doe',
      title: 'Head of Data',
      phone: '555-0100',
      owner: { name: 'Amy Agent', email: null },
      url: 'API/main.aspx?pagetype=entityrecord&etn=contact&id=7a1b2c3d-0000-4000-8000-000000000007',
    },
    company: { name: 'ACME GmbH', domain: 'acme.example', employees: 120, annualRevenue: 5000000 },
    deals: [
      {
        name: 'Renewal',
        stage: '3-Propose',
        amount: 1860.5,
        currency: 'EUR',
        closeDate: '2027-01-29',
        probability: 80,
        open: true,
      },
      { name: 'First year', open: false, won: true },
    ],
    tickets: [
      {
        number: 'CAS-01213-P8B3G0',
        subject: 'Export stops',
        status: 'In Progress',
        priority: 'High',
        open: true,
      },
    ],
    secondAddress: 'jane@home.example',
    companyByDomain: 'ACME GmbH',
    requests: [4, 3],
  },
};

describe('the recipes', () => {
  it('are all tried here', () => {
    const files = globSync('*.yaml', { cwd: RECIPES }).map((file) => file.replace('.yaml', ''));
    expect(Object.keys(EXPECTED)).to.have.members(files);
  });

  for (const [name, expected] of Object.entries(EXPECTED)) {
    describe(name, () => {
      let api: RecipeFake;
      let service: Service | undefined;

      async function start(changes: Readonly<Record<string, string>> = {}): Promise<Service> {
        const yaml = bridgeYaml(`
include: [${JSON.stringify(join(RECIPES, `${name}.yaml`))}]
cache: { notFoundTtl: 1ms }
tenants: { acme: { keys: [${KEY}], connections: [${name}], json: true, deadline: 5s } }
`);
        service = await startService({
          files: { 'bridge.yaml': yaml },
          env: { ...api.env, ...changes },
        });
        return service;
      }
      async function ask(running: Service, email: string): Promise<Answer> {
        const query = `format=json&email=${encodeURIComponent(email)}`;
        const response = await fetch(`${running.url}/v1/acme/contact/${KEY}?${query}`);
        return (await response.json()) as Answer;
      }

      beforeEach(async () => {
        api = await expected.start();
      });
      afterEach(async () => {
        await service?.close();
        service = undefined;
        await api.close();
      });

      it('shows the person, the company, deals and tickets', async () => {
        const { outcome, profile } = await ask(await start(), 'Jane.Doe@acme.example');
        expect(outcome).to.equal('found');
        const placed = (record: object): object =>
          JSON.parse(JSON.stringify(record).replaceAll('"API/', `"${api.url}/`)) as object;
        expect(profile?.contact).to.deep.include(placed(expected.contact));
        if (expected.company === undefined) expect(profile?.company).to.equal(null);
        else expect(profile?.company).to.deep.include(placed(expected.company));
        for (const list of ['deals', 'tickets'] as const) {
          const shown = profile?.[list] ?? [];
          expect(shown).to.have.length(expected[list]?.length ?? 0);
          expected[list]?.forEach((one, at) => expect(shown[at]).to.deep.include(placed(one)));
        }
        expect(profile?.others).to.deep.equal([]);
        expect(api.requests).to.have.length(expected.requests[0]);
      });

      it('shows nobody else for an address that a search takes for a similar one', async () => {
        const { outcome, profile } = await ask(await start(), 'janus@acme.example');
        expect(outcome).to.equal('not_found');
        expect(profile?.contact).to.equal(undefined);
        expect(profile?.company?.['name']).to.equal(expected.companyByDomain);
        expect(api.requests).to.have.length(expected.requests[1]);
      });

      it('shows a person without a company, deals and tickets', async () => {
        const { outcome, profile } = await ask(await start(), 'sol@alone.example');
        expect(outcome).to.equal('found');
        expect(profile?.contact?.['name']).to.equal('Sol Lone');
        expect(profile).to.deep.include({ company: null, deals: [], tickets: [] });
      });

      const { secondAddress } = expected;
      if (secondAddress !== undefined) {
        it('finds a person by another address', async () => {
          const { profile } = await ask(await start(), secondAddress);
          expect(profile?.contact?.['id']).to.equal(expected.contact['id']);
        });
      }

      it('asks for exactly the address, whatever characters it has', async () => {
        const running = await start();
        const brien = await ask(running, "o'brien@books.example");
        expect(brien.profile?.contact?.['name']).to.equal('Pat O’Brien');
        const local = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}$/);
        const asked = new Set<string>();
        await fc.assert(
          fc.asyncProperty(local, async (text) => {
            const email = `${text}@hostile.example`;
            fc.pre(!asked.has(email)); // asked twice, it is answered from the cache
            asked.add(email);
            const before = api.searched.length;
            expect((await ask(running, email)).outcome).to.equal('not_found');
            expect(api.searched.slice(before)).to.deep.equal([email]);
          }),
          {
            numRuns: 40,
            examples: [["'or'1'='1"], ["a'"], ['a+b'], ['*'], ['%27'], ['a&limit=500'], ['{{x}}']],
          },
        );
      });

      it('check --live finds nothing wrong, and warns only of ids that it makes up', async () => {
        const running = await start();
        const { code, stdout, stderr } = await runCommand(
          ['check', '--live', '--config', 'bridge.yaml'],
          { cwd: running.folder, env: api.env },
        );
        for (const line of stdout.split('\n').filter((one) => / {2}(?:warning|error) /.test(one)))
          expect(line).to.match(/made-up id|rows? of others/);
        expect(code, stdout + stderr).to.equal(0);
      });

      it('is not signed in with a wrong key, and shows neither key nor address', async () => {
        const wrong = 'wrong-key-0123456789abcdef0123456789';
        const running = await start({ [api.secret]: wrong });
        expect((await ask(running, 'jane.doe@acme.example')).outcome).to.equal('unavailable');
        const health = await (await fetch(`${running.opsUrl}/health`)).text();
        expect(health)
          .to.match(/answered (?:401|with an error)/)
          .and.not.include(wrong)
          .and.not.include('jane');
        expect(running.output() + running.errors()).to.not.include(wrong);
      });
    });
  }
});
