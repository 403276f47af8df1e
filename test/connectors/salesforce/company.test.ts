import { expect } from 'chai';
import { domainOf } from '../../../connectors/salesforce/profile.ts';
import { contact, makePeople } from '../../support/salesforce/people.ts';
import { kindOf, never, withSalesforce, type Opened } from '../../support/salesforce/open.ts';

describe('the company of a domain', () => {
  it('is the account with that website, however it is written, in one request', async () => {
    for (const website of [
      'shop.example',
      'www.shop.example',
      'https://shop.example',
      'http://www.shop.example/',
      'HTTPS://WWW.Shop.example/start?x=1',
      'https://shop.example/?utm_source=x',
    ]) {
      await withSalesforce({ emulator: { data: withWebsite(website) } }, async (opened) => {
        expect(await nameOf(opened, 'shop.example'), website).to.equal('Hooli');
        expect(await nameOf(opened, 'www.shop.example'), website).to.equal(undefined);
        expect(opened.emulator.stats().apiCalls).to.be.at.most(3);
      });
    }
  });

  it('is not one whose website only looks like it', async () => {
    for (const website of [
      'shop.example.evil.example',
      'myshop.example',
      'https://evil.example/shop.example',
      'https://shop.example@evil.example/',
      'other.shop.example',
    ]) {
      await withSalesforce({ emulator: { data: withWebsite(website) } }, async (opened) => {
        expect(await nameOf(opened, 'shop.example'), website).to.equal(undefined);
      });
    }
  });

  it('is else the account to which most people of the domain belong', async () => {
    await withSalesforce({}, async (opened) => {
      expect(await nameOf(opened, 'stark.example')).to.equal('Stark Fabrication');
      expect(opened.emulator.stats().apiCalls).to.equal(1);
    });
  });

  it('is not that of the only person with an address of the domain, who may be a private customer', async () => {
    const data = makePeople();
    data['Contact']?.push(contact(50, 'A', 'A', 'a@small-provider.example', 4));
    await withSalesforce({ emulator: { data } }, async (opened) => {
      expect(await nameOf(opened, 'small-provider.example')).to.equal(undefined);
      data['Contact']?.push(contact(51, 'A', 'A', 'A@small-provider.example', 4));
      expect(await nameOf(opened, 'small-provider.example'), 'a duplicate').to.equal(undefined);
      data['Contact']?.push(contact(52, 'B', 'B', 'b@small-provider.example', 4));
      expect(await nameOf(opened, 'small-provider.example'), 'a colleague').to.be.a('string');
    });
  });

  it('is not found by a part of a domain, or by a wildcard in it', async () => {
    await withSalesforce({}, async (opened) => {
      for (const domain of [
        'example',
        'tark.example',
        'www.stark.example',
        'st_rk.example',
        '%.example',
      ])
        expect(await nameOf(opened, domain), domain).to.equal(undefined);
    });
  });

  it('is not a Person Account', async () => {
    const data = makePeople();
    data['Account'] = (data['Account'] ?? []).map((account) =>
      account['IsPersonAccount'] === true ? { ...account, Website: 'nora.example' } : account,
    );
    await withSalesforce({ emulator: { data, personAccounts: true } }, async (opened) => {
      expect(await nameOf(opened, 'nora.example')).to.equal(undefined);
      expect(await nameOf(opened, 'mail.example')).to.equal(undefined);
    });
  });

  it('has the tenant’s own fields, and those it asks for in vain are left out', async () => {
    const settings = { fields: { account: ['Support_Plan__c', 'Nope__c'] } };
    const emulator = { customFields: { Account: ['Support_Plan__c'] } };
    await withSalesforce({ settings, emulator }, async ({ connector }) => {
      const company = await connector.findCompany?.('acme.example', { signal: never() });
      expect(company?.fields).to.deep.equal({ Support_Plan__c: 'Premium 24/7' });
    });
  });

  it('is an error, not unknown, when one of the two ways failed and the other found nothing', async () => {
    await withSalesforce({}, async (opened) => {
      opened.emulator.failStatements('Contact', { status: 500, errorCode: 'UNKNOWN_EXCEPTION' });
      expect(await nameOf(opened, 'hooli.example')).to.equal('Hooli');
      expect(await kindOf(nameOf(opened, 'nowhere.example'))).to.equal('unavailable');
    });
  });

  it('does not depend on the order in which Salesforce answers', async () => {
    const data = makePeople();
    data['Contact']?.push(
      contact(50, 'A', 'A', 'a@two.example', 4, { LastActivityDate: '2026-02-02' }),
      contact(51, 'B', 'B', 'b@two.example', 3, { LastActivityDate: '2026-11-11' }),
      contact(52, 'C', 'C', 'c@two.example', 4, { LastActivityDate: '2026-01-02' }),
      contact(53, 'D', 'D', 'd@two.example', 3, { LastActivityDate: '2026-01-01' }),
    );
    await withSalesforce({ emulator: { data } }, async (opened) => {
      expect(await nameOf(opened, 'two.example'), 'the last active').to.equal('Hooli');
      data['Contact']?.reverse();
      expect(await nameOf(opened, 'two.example')).to.equal('Hooli');
    });
  });
});

describe('the domain of a website', () => {
  for (const [website, domain] of [
    ['https://www.acme.example/en?x#y', 'acme.example'],
    ['ACME.example', 'acme.example'],
    [' acme.example:8080 ', 'acme.example'],
    ['https://münchen.example', 'xn--mnchen-3ya.example'],
    ['see our brochure', null],
    ['', null],
    [null, null],
  ] as const) {
    it(`of ${JSON.stringify(website)} is ${domain ?? 'unknown'}`, () =>
      expect(domainOf(website)).to.equal(domain));
  }
});

function withWebsite(website: string) {
  const data = makePeople();
  data['Account'] = (data['Account'] ?? [])
    .filter(({ Name }) => Name === 'Hooli')
    .map((account) => ({ ...account, Website: website }));
  return data;
}

async function nameOf({ connector }: Opened, domain: string): Promise<unknown> {
  return (await connector.findCompany?.(domain, { signal: never() }))?.name;
}
