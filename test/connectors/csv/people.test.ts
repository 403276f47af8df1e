import { expect } from 'chai';
import type { Connector } from '../../../src/connector/index.ts';
import { signal, warningsOf, withFiles } from './temporary-folder.ts';

const find = (connector: Connector, email: string) => connector.lookup(email, { signal: signal() });

describe('csv: who is found', () => {
  it('a person with several addresses is found by each, with the first one as hers', async () => {
    const people = 'email,name\nJane@Acme.example; jd@home.example,Jane\n';
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      for (const email of ['jane@acme.example', 'jd@home.example'])
        expect((await find(connector, email))?.contact.email).to.equal('Jane@Acme.example');
    });
  });

  it('of several rows with one address the contact goes before the lead', async () => {
    const people = 'email,kind,id,name\na@x.example,lead,1,Lead\na@x.example,contact,2,Contact\n';
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      const answer = await find(connector, 'a@x.example');
      expect(answer?.contact.name).to.equal('Contact');
    });
  });

  it('then the one with the latest activity, then the lowest id, then the first', async () => {
    const rows = [
      'a@x.example,2,Old,2026-01-01',
      'a@x.example,3,Newest,2026-11-01',
      'b@x.example,2,Second,',
      'b@x.example,1,First,',
      'c@x.example,,Above,',
      'c@x.example,,Below,',
    ];
    const people = ['email,id,name,lastActivityAt', ...rows].join('\n');
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      expect((await find(connector, 'a@x.example'))?.contact.name).to.equal('Newest');
      expect((await find(connector, 'b@x.example'))?.contact.name).to.equal('First');
      expect((await find(connector, 'c@x.example'))?.contact.name).to.equal('Above');
    });
  });

  it('the other rows with the address are named, in the same order', async () => {
    const people = `email,kind,id,firstName,lastName,name,company,url
a@x.example,lead,3,Sam,Taylor,,Hooli,https://crm.example/3
a@x.example,contact,1,,,Shown,,
a@x.example,contact,2,,,Dr Sam,,
`;
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      const answer = await find(connector, 'a@x.example');
      expect(JSON.parse(JSON.stringify(answer?.others))).to.deep.equal([
        { kind: 'contact', id: '2', email: 'a@x.example', name: 'Dr Sam' },
        {
          kind: 'lead',
          id: '3',
          email: 'a@x.example',
          name: 'Sam Taylor',
          company: 'Hooli',
          url: 'https://crm.example/3',
        },
      ]);
    });
  });

  it('a cell with nothing but a placeholder of a program is empty, in each column', async () => {
    const files = {
      'people.csv':
        'email,name,lastName,title,phone,lastActivityAt,companyId,Plan\n' +
        'a@x.example,null,NULL,N/A,-,n/a,#N/A,undefined\n' +
        'b@x.example,Jane Null,Null,N/A manager,--,\\N,nan,#NV\n' +
        'NULL,Nobody,,,,,,\n',
      'companies.csv': 'id,name\nC1,One\n',
    };
    expect(await warningsOf(files)).to.deep.equal([]);
    await withFiles(files, async ({ connector }) => {
      const a = await find(connector, 'a@x.example');
      expect(a?.contact).to.deep.equal({
        kind: 'contact',
        email: 'a@x.example',
        fields: { Plan: null },
      });
      expect(a?.company).to.equal(undefined);
      expect((await find(connector, 'b@x.example'))?.contact).to.deep.equal({
        kind: 'contact',
        email: 'b@x.example',
        name: 'Jane Null',
        lastName: 'Null',
        title: 'N/A manager',
        fields: { Plan: null },
      });
    });
  });

  it('an address twice in one row is one person', async () => {
    const people = 'email,name\na@x.example;A@x.example,Ada\n';
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      expect((await find(connector, 'a@x.example'))?.others).to.deep.equal([]);
    });
  });

  it('deals and tickets belong by any address of the person, or by the company', async () => {
    const files = {
      'people.csv': 'email,companyId\na@x.example;a@home.example,C1\nb@x.example,C1\n',
      'deals.csv': `name,email,companyId
by address,A@home.example,
by company,,C1
by both,a@x.example,C1
of both people,a@x.example; b@x.example,
of somebody else,c@x.example,
of another company,,C2
`,
      'tickets.csv': 'subject,email\nmine,a@x.example\n',
    };
    await withFiles(files, async ({ connector }) => {
      const names = async (email: string) =>
        (await find(connector, email))?.deals?.map(({ name }) => name);
      for (const email of ['a@x.example', 'a@home.example'])
        expect(await names(email)).to.deep.equal([
          'by address',
          'by company',
          'by both',
          'of both people',
        ]);
      expect(await names('b@x.example')).to.deep.equal(['by company', 'by both', 'of both people']);
      expect((await find(connector, 'b@x.example'))?.tickets).to.deep.equal([]);
    });
  });

  it('what the file of companies says goes before what the row of the person says', async () => {
    const files = {
      'people.csv': 'email,companyId,company,company.city\na@x.example,C1,Old name,Bath\n',
      'companies.csv': 'id,name,plan\nC1,New name,Big\n',
    };
    await withFiles(files, async ({ connector }) => {
      expect((await find(connector, 'a@x.example'))?.company).to.deep.equal({
        id: 'C1',
        name: 'New name',
        city: 'Bath',
        fields: { plan: 'Big' },
      });
    });
  });

  it('a person joined to a company found by the id has none of anybody else', async () => {
    const files = { 'people.csv': 'email,companyId\na@x.example,\n', 'companies.csv': 'id\nC1\n' };
    await withFiles(files, async ({ connector }) => {
      expect((await find(connector, 'a@x.example'))?.company).to.be.undefined;
    });
  });

  it('more deals than the limits let through are all there, for the bridge to choose', async () => {
    const deals = Array.from({ length: 8 }, (_, i) => `a@x.example,D${i}`);
    const files = {
      'people.csv': 'email\na@x.example\n',
      'deals.csv': ['email,id', ...deals].join('\n'),
    };
    await withFiles(files, async ({ connector }) => {
      expect((await find(connector, 'a@x.example'))?.deals).to.have.length(8);
    });
  });

  it('names of properties that every object has are unknown', async () => {
    await withFiles({ 'people.csv': 'email\na@x.example\n' }, async ({ connector }) => {
      for (const name of ['__proto__', 'constructor', 'toString', ''])
        expect(await find(connector, name)).to.be.undefined;
    });
  });

  it('changing a result does not change the next one', async () => {
    await withFiles({ 'people.csv': 'email,tier\na@x.example,Gold\n' }, async ({ connector }) => {
      const answer = await find(connector, 'a@x.example');
      Object.assign(answer?.contact.fields ?? {}, { tier: 'forged' });
      expect((await find(connector, 'a@x.example'))?.contact.fields).to.deep.equal({
        tier: 'Gold',
      });
    });
  });
});

describe('csv: which company has a domain', () => {
  const files = {
    'people.csv': `email,companyId,company,company.domain
a@x.example,C1,,
b@solo.example,,Solo,Solo.example
c@x.example,C1,Gone,gone.example
d@solo.example,,Second,solo.example
`,
    'companies.csv': 'id,name,domain\nC1,Bücher,Bücher.example\nC2,Twin,bücher.example\n',
  };
  const company = (connector: Connector, domain: string) =>
    connector.findCompany?.(domain, { signal: signal() });

  it('the file of companies is asked first, domains in ASCII; the first row wins', async () => {
    await withFiles(files, async ({ connector }) => {
      expect((await company(connector, 'xn--bcher-kva.example'))?.name).to.equal('Bücher');
    });
  });

  it('then the companies in the rows of people', async () => {
    await withFiles(files, async ({ connector }) => {
      expect((await company(connector, 'solo.example'))?.name).to.equal('Solo');
    });
  });

  it("a domain beside a companyId is not the company's", async () => {
    await withFiles(files, async ({ connector }) => {
      expect(await company(connector, 'gone.example')).to.be.undefined;
    });
  });

  it("the domain of a person's address is not enough", async () => {
    await withFiles(files, async ({ connector }) => {
      expect(await company(connector, 'x.example')).to.be.undefined;
    });
  });
});
