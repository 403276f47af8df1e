import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { versionedUrl } from '../../../connectors/hubspot/hubspot-api.ts';
import { createRequests } from '../../../connectors/hubspot/requests.ts';
import { failure, never, withAccount } from '../../support/hubspot/opened.ts';
import { people } from '../../support/hubspot/people.ts';

describe('hubspot: requests', () => {
  for (const [apiVersion, paths] of [
    [
      '2026-09',
      [
        '/crm/objects/2026-09/contacts/',
        '/crm/objects/2026-09/companies/batch/read',
        '/crm/associations/2026-09/contacts/deals/batch/read',
        '/crm/objects/2026-09/companies/search',
        '/crm/owners/2026-09?',
        '/crm/pipelines/2026-09/deals',
        '/crm/properties/2026-09/tickets',
        '/account-info/2026-09/details',
      ],
    ],
    [
      'v3',
      [
        '/crm/v3/objects/contacts/',
        '/crm/v3/objects/companies/batch/read',
        '/crm/v4/associations/contacts/deals/batch/read',
        '/crm/v3/objects/companies/search',
        '/crm/v3/owners/?',
        '/crm/v3/pipelines/deals',
        '/crm/v3/properties/tickets',
        '/account-info/v3/details',
      ],
    ],
  ] as const)
    it(`go to the paths of ${apiVersion}, all of them`, async () => {
      await withAccount(
        async ({ find, many, connector, emulator }) => {
          const signal = AbortSignal.timeout(30_000);
          await find(people.maria);
          await many([people.maria, people.tom]);
          await connector.findCompany?.('lumen-optics.example', { signal });
          await connector.check?.({ signal });
          const urls = emulator.stats.requests.map(({ url }) => url);
          for (const path of paths)
            expect(
              urls.some((url) => url.startsWith(path)),
              path,
            ).to.equal(true);
          const other = apiVersion === 'v3' ? /2026/ : /\/v\d\//;
          expect(urls.filter((url) => other.test(url))).to.deep.equal([]);
        },
        { settings: { apiVersion, fields: { ticket: ['escalated'] } } },
      );
    });

  it('are those of HubSpot’s client', async () => {
    await withAccount(async ({ find, emulator }) => {
      await find(people.maria);
      for (const { headers } of emulator.stats.requests)
        expect(headers['user-agent']).to.equal('hubspot-api-client-nodejs; 14.0.1');
    });
  });

  it('ask for what the words need and for the tenant’s fields, each once', async () => {
    await withAccount(
      async ({ find, emulator }) => {
        await find(people.maria);
        const [contact, ...sections] = emulator.stats.requests;
        const asked = new URL(contact?.url ?? '', 'http://x').searchParams.getAll('properties');
        expect(asked).to.include.members(['email', 'lifecyclestage', 'plan_tier']);
        expect(new Set(asked).size).to.equal(asked.length);
        const deals = sections.find(({ route }) => route.includes('deals'));
        const { properties } = JSON.parse(deals?.body ?? '') as { properties: string[] };
        expect(properties).to.include.members(['dealname', 'seats_sold']);
      },
      { settings: { fields: { contact: ['plan_tier', 'email'], deal: ['seats_sold'] } } },
    );
  });

  it('an address reaches HubSpot as it is', async () => {
    await withAccount(async ({ find, emulator }) => {
      for (const email of [
        "o'neil+a/b?c=d&e#f%20@x.example",
        '{objectid}@x.example',
        '$&@x.example',
      ]) {
        emulator.data.add('contacts', { email, firstname: 'Odd' });
        expect((await find(email)).contact.email).to.equal(email);
      }
    });
  });

  it('a dated path changes nothing but the version', () => {
    expect(versionedUrl('https://x/crm/v3/owners/?limit=500&archived=false', '2026-03')).to.equal(
      'https://x/crm/owners/2026-03?limit=500&archived=false',
    );
    expect(
      versionedUrl('https://x/crm/v3/objects/contacts/a%40b?idProperty=email', '2027-03'),
    ).to.equal('https://x/crm/objects/2027-03/contacts/a%40b?idProperty=email');
  });

  it('HubSpot’s client is loaded by opening, not by importing the connector', async () => {
    const connector = new URL('../../../connectors/hubspot/index.ts', import.meta.url).href;
    const script = `
      await import('${connector}');
      const { createRequire } = await import('node:module');
      const loaded = Object.keys(createRequire('${connector}').cache);
      console.log(loaded.filter((file) => /@hubspot|undici/.test(file)).length);`;
    const args = ['--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout.trim()).to.equal('0');
  });
});

describe('hubspot: the company of a domain', () => {
  it('costs one search, and has the words of a company', async () => {
    await withAccount(async ({ connector, emulator }) => {
      const signal = AbortSignal.timeout(30_000);
      const company = await connector.findCompany?.('lumen-optics.example', { signal });
      expect(company).to.include({ name: 'Lumen Optics GmbH', industry: 'Computer Software' });
      expect(emulator.stats.lookups).to.deep.equal(['POST objects/companies/search']);
    });
  });

  it('is the oldest of several, whatever the case of the domain', async () => {
    await withAccount(
      async ({ connector }) => {
        const signal = AbortSignal.timeout(30_000);
        const company = await connector.findCompany?.('lumen-optics.example', { signal });
        expect(company?.name).to.equal('Old');
      },
      {
        emulator: { indexLag: 0 },
        before: ({ data }) => {
          data.add('companies', { name: 'Old', domain: 'Lumen-Optics.example' }, '7');
          data.add('companies', { name: 'New', domain: 'lumen-optics.example' }, '70000');
        },
      },
    );
  });

  for (const [what, company, domain] of [
    [
      'by a further domain',
      { domain: 'a.example', hs_additional_domains: 'b.example;C.example' },
      'c.example',
    ],
    [
      'whose international domain is stored in Unicode',
      { domain: 'bücher.example' },
      'xn--bcher-kva.example',
    ],
    [
      'whose further domain is',
      { hs_additional_domains: 'x.example;Bücher.example' },
      'xn--bcher-kva.example',
    ],
  ] as const)
    it(`is found ${what}`, async () => {
      await withAccount(
        async ({ connector }) => {
          const signal = AbortSignal.timeout(30_000);
          expect((await connector.findCompany?.(domain, { signal }))?.name).to.equal('Found');
          const similar = `w.${domain}`;
          expect(await connector.findCompany?.(similar, { signal })).to.equal(undefined);
        },
        {
          emulator: { indexLag: 0 },
          before: ({ data }) => {
            data.add('companies', { name: 'Other', domain: `not-${domain}` }, '3');
            data.add('companies', { name: 'Found', ...company });
          },
        },
      );
    });

  it('is the one whose main domain it is, before one that has it as well', async () => {
    await withAccount(
      async ({ connector }) => {
        const signal = AbortSignal.timeout(30_000);
        const company = await connector.findCompany?.('lumen-optics.example', { signal });
        expect(company?.name).to.equal('Lumen Optics GmbH');
      },
      {
        emulator: { indexLag: 0 },
        before: ({ data }) => {
          const company = { name: 'Bought it', hs_additional_domains: 'lumen-optics.example' };
          data.add('companies', company, '7');
        },
      },
    );
  });

  it('a failing search is an error, not an unknown company', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('html502');
      const signal = AbortSignal.timeout(30_000);
      const find = connector.findCompany?.('krause.example', { signal }) ?? Promise.resolve();
      expect((await failure(find)).kind).to.equal('unavailable');
    });
  });
});

describe('hubspot: a response with more records than were asked for', () => {
  const none: readonly string[] = [];
  const properties = { contacts: none, companies: none, deals: none, tickets: none };
  const signal = never();

  it('is bad_response, and none of them is read', async () => {
    let read = 0;
    const one = {
      get id() {
        read += 1;
        return '1';
      },
      properties: {},
    };
    const returning = (results: readonly object[]) =>
      createRequests(() => Promise.resolve({ results }), { apiVersion: 'v3', properties });
    const tooMany = returning(Array<object>(101).fill(one));
    for (const call of [
      tooMany.contactsByEmail(['a@x.example', 'b@x.example'], { signal }),
      tooMany.read('deals', ['1', '2'], { signal }),
      tooMany.companiesByDomain(['x.example'], { signal }),
    ])
      expect((await failure(call)).kind).to.equal('bad_response');
    expect(read).to.equal(0);
    expect(await returning([one, one]).read('deals', ['1', '2'], { signal })).to.have.length(2);
  });
});
