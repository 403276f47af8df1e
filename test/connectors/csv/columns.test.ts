import { expect } from 'chai';
import { parseHeader } from '../../../connectors/csv/columns.ts';
import { HEADINGS } from '../../../connectors/csv/headings.ts';
import { problemsOf, signal, warningsOf, withFiles, type Opened } from './temporary-folder.ts';

const ASCII: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ü: 'Ue' };
const PLAIN = { columns: {}, types: {}, omit: [] };

describe('csv: the columns', () => {
  it('every word of the contract is read into its place', async () => {
    const people = {
      email: 'a@x.example',
      kind: 'lead',
      id: 'P1',
      firstName: 'Ada',
      lastName: 'Byron',
      name: 'Ada Byron',
      title: 'Countess',
      department: 'Engines',
      phone: '1',
      mobilePhone: '2',
      city: 'London',
      country: 'UK',
      lifecycleStage: 'Customer',
      leadStatus: 'Open',
      leadSource: 'Web',
      createdAt: '2026-01-02',
      lastActivityAt: '2026-01-03',
      url: 'https://crm.example/1',
      'owner.name': 'Kim',
      'owner.email': 'kim@us.example',
      company: 'Engines Ltd',
      'company.id': 'C1',
      'company.domain': 'x.example',
      'company.type': 'Customer',
      'company.industry': 'Machines',
      'company.employees': '12',
      'company.annualRevenue': '1000.5',
      'company.currency': 'GBP',
      'company.city': 'Bath',
      'company.country': 'UK',
      'company.url': 'https://crm.example/c1',
      'company.owner.name': 'Lee',
      'company.owner.email': 'lee@us.example',
      tier: 'Gold',
    };
    await withFiles({ 'people.csv': table(people) }, async ({ connector }) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.contact).to.deep.equal({
        kind: 'lead',
        id: 'P1',
        firstName: 'Ada',
        lastName: 'Byron',
        name: 'Ada Byron',
        title: 'Countess',
        department: 'Engines',
        email: 'a@x.example',
        phone: '1',
        mobilePhone: '2',
        city: 'London',
        country: 'UK',
        lifecycleStage: 'Customer',
        leadStatus: 'Open',
        leadSource: 'Web',
        createdAt: '2026-01-02',
        lastActivityAt: '2026-01-03',
        url: 'https://crm.example/1',
        owner: { name: 'Kim', email: 'kim@us.example' },
        fields: { tier: 'Gold' },
      });
      expect(answer?.company).to.deep.equal({
        id: 'C1',
        name: 'Engines Ltd',
        domain: 'x.example',
        type: 'Customer',
        industry: 'Machines',
        employees: 12,
        annualRevenue: 1000.5,
        currency: 'GBP',
        city: 'Bath',
        country: 'UK',
        url: 'https://crm.example/c1',
        owner: { name: 'Lee', email: 'lee@us.example' },
      });
    });
  });

  it('every word of companies, deals and tickets is read into its place', async () => {
    const company = {
      id: 'C1',
      name: 'Engines Ltd',
      domain: 'x.example',
      type: 'Customer',
      industry: 'Machines',
      employees: '12',
      annualRevenue: '1000.5',
      currency: 'GBP',
      city: 'Bath',
      country: 'UK',
      url: 'https://crm.example/c1',
      'owner.name': 'Lee',
      'owner.email': 'lee@us.example',
      plan: 'Big',
    };
    const deal = {
      email: 'a@x.example',
      id: 'D1',
      name: 'Renewal',
      stage: 'Won',
      pipeline: 'Renewals',
      amount: '-5.25',
      currency: 'EUR',
      closeDate: '2026-12-31',
      open: 'no',
      won: 'yes',
      probability: '100',
      url: 'https://crm.example/d1',
      'owner.name': 'Lee',
      'owner.email': 'lee@us.example',
      product: 'Engine',
    };
    const ticket = {
      companyId: 'C1',
      id: 'T1',
      number: '007',
      subject: 'Smoke',
      status: 'Open',
      priority: 'High',
      open: '1',
      createdAt: '2026-11-24T10:40+01:00',
      url: 'https://crm.example/t1',
      'owner.name': 'Lee',
      'owner.email': 'lee@us.example',
      channel: 'Chat',
    };
    const files = {
      'people.csv': 'email,companyId\na@x.example,C1\n',
      'companies.csv': table(company),
      'deals.csv': table(deal),
      'tickets.csv': table(ticket),
    };
    const owner = { name: 'Lee', email: 'lee@us.example' };
    await withFiles(files, async ({ connector }) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.company).to.deep.equal({
        id: 'C1',
        name: 'Engines Ltd',
        domain: 'x.example',
        type: 'Customer',
        industry: 'Machines',
        employees: 12,
        annualRevenue: 1000.5,
        currency: 'GBP',
        city: 'Bath',
        country: 'UK',
        url: 'https://crm.example/c1',
        owner,
        fields: { plan: 'Big' },
      });
      expect(answer?.deals).to.deep.equal([
        {
          id: 'D1',
          name: 'Renewal',
          stage: 'Won',
          pipeline: 'Renewals',
          amount: -5.25,
          currency: 'EUR',
          closeDate: '2026-12-31',
          open: false,
          won: true,
          probability: 100,
          url: 'https://crm.example/d1',
          owner,
          fields: { product: 'Engine' },
        },
      ]);
      expect(answer?.tickets).to.deep.equal([
        {
          id: 'T1',
          number: '007',
          subject: 'Smoke',
          status: 'Open',
          priority: 'High',
          open: true,
          createdAt: '2026-11-24T09:40:00.000Z',
          url: 'https://crm.example/t1',
          owner,
          fields: { channel: 'Chat' },
        },
      ]);
    });
  });

  it('an empty cell of a word is left out, an empty field is null', async () => {
    await withFiles(
      { 'people.csv': 'email,title,tier\na@x.example,,\n' },
      async ({ connector }) => {
        const answer = await connector.lookup('a@x.example', { signal: signal() });
        expect(answer?.contact).to.deep.equal({
          kind: 'contact',
          email: 'a@x.example',
          fields: { tier: null },
        });
        expect(answer?.company).to.be.undefined;
      },
    );
  });

  it('a word is recognised in another case and with spaces, dashes or the record in front', async () => {
    const people = 'E-Mail,First Name,last_name,Contact Title,Company Name,Company_ID,OWNER NAME\n';
    const row = 'a@x.example,Ada,Byron,Countess,Engines,C1,Kim\n';
    const deals = 'Company ID,Deal Name,Close-Date,Is Nice\nC1,Renewal,2026-12-31,very\n';
    await withFiles({ 'people.csv': people + row, 'deals.csv': deals }, async ({ connector }) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.contact).to.include({
        firstName: 'Ada',
        lastName: 'Byron',
        title: 'Countess',
      });
      expect(answer?.contact.owner).to.deep.equal({ name: 'Kim' });
      expect(answer?.company).to.deep.equal({ name: 'Engines' });
      expect(answer?.deals).to.deep.equal([
        { name: 'Renewal', closeDate: '2026-12-31', fields: { 'Is Nice': 'very' } },
      ]);
    });
  });

  it('German headings are recognised in ASCII too: ae, oe, ue and ss', async () => {
    const spelled = (heading: string) =>
      heading.replace(/[äöüÄÜ]/g, (letter) => ASCII[letter] ?? letter);
    for (const [sheet, headings] of Object.entries(HEADINGS)) {
      for (const [word, listed] of Object.entries(headings)) {
        for (const heading of listed.split('|').filter((each) => spelled(each) !== each)) {
          const required = sheet === 'companies' ? 'id' : 'email';
          const read = (second: string) =>
            parseHeader([required, second], sheet as keyof typeof HEADINGS, PLAIN);
          const expected = read(heading);
          expect(expected, heading).to.have.nested.property('columns[1].word', word);
          expect(read(spelled(heading)), spelled(heading)).to.deep.equal(expected);
        }
      }
    }
  });

  it('settings name a heading in either spelling', async () => {
    const files = {
      'people.csv': 'email,Kuerzel,Größe\na@x.example,AB,12\n',
    };
    const read = async ({ connector }: Opened) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.contact).to.deep.include({ title: 'AB', fields: { Größe: 12 } });
    };
    await withFiles(files, read, { columns: { title: 'Kürzel' }, types: { Groesse: 'number' } });
  });

  it('check --live names the word of each heading, and what goes to fields', async () => {
    const many = Array.from({ length: 33 }, (_, index) => `F${index}`);
    const files = {
      'people.csv': `E-Mail,Vorname,company,Labels,${many.join()}\na@x.example\n`,
      'deals.csv': 'email,Betrag,"Wah\r\nrung",Notiz\na@x.example,5,EUR,\n',
    };
    await withFiles(files, async ({ connector }) => {
      const results = (await connector.check?.({ signal: signal() })) ?? [];
      expect(results.slice(1, 3)).to.deep.equal([
        {
          level: 'ok',
          message:
            'people.csv: has the columns email (E-Mail), firstName (Vorname), company.name (company); ' +
            `to fields go ${many.slice(0, 30).join(', ')} and 3 more`,
        },
        {
          level: 'ok',
          message:
            'deals.csv: has the columns email, amount (Betrag); to fields go Wah rung, Notiz',
        },
      ]);
    });
  });

  it('a field keeps the name and the text it has', async () => {
    const people = 'email,Größe (cm),toString\na@x.example,"1,80",x\n';
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.contact.fields).to.deep.equal({ 'Größe (cm)': '1,80', toString: 'x' });
    });
  });

  it('without a column "email" nothing of the first row is reported, since it may be a person', async () => {
    expect(await problemsOf({ 'people.csv': 'Jane,Doe,jane@acme.example\n' })).to.deep.equal([
      'people.csv:1 (row 1): expected the columns\' names with "email" among them, got 3 other names; is the first line missing?',
    ]);
  });

  it('deals need a column "email" or "companyId"', async () => {
    const files = {
      'people.csv': 'email\na@x.example\n',
      'deals.csv': 'name,stage\nRenewal,New\n',
    };
    expect(await problemsOf(files)).to.deep.equal([
      'deals.csv:1 (row 1): expected the columns\' names with "email" or "contactId" or "companyId" among them, ' +
        'got 2 other names; name the heading that is one: columns: { companyId: HEADING }',
    ]);
  });

  it('names that stand below other lines, or apart by another sign, are explained', async () => {
    expect(
      await problemsOf({ 'people.csv': 'Kunden 2026\n\nEmail,Name\na@x.example,A\n' }),
    ).to.deep.equal([
      "people.csv:3 (row 3): expected the columns' names in the first line, got them here; delete the lines above",
    ]);
    for (const people of ['Email|Name\na@x.example|A\n', 'BEGIN:VCARD\nEND:VCARD\n']) {
      expect((await problemsOf({ 'people.csv': people }))[0]).to.contain(
        'is it the first line, and does "," or ";" or a tab separate the columns?',
      );
    }
  });

  it('one word in two columns, a field twice and a column without a name are warnings', async () => {
    const people = 'email,title,Title,tier,tier,,name\na@x.example,A,B,C,D,E,F\n';
    expect(await warningsOf({ 'people.csv': people })).to.deep.equal([
      'people.csv:1 (row 1): columns 2 and 3 both mean "title"; the first is used',
      'people.csv:1 (row 1): columns 4 and 5 have the same name; the first is used',
      'people.csv:1 (row 1): column 6 has no name; it is left out',
    ]);
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      const { contact } = (await connector.lookup('a@x.example', { signal: signal() })) ?? {};
      expect(contact).to.include({ title: 'A', name: 'F' });
      expect(contact?.fields).to.deep.equal({ tier: 'C' });
    });
  });

  it('of several columns with addresses all are hers, the first one shown', async () => {
    const people = 'name,E-Mail,email\nAda,a@x.example,b@x.example\nBob,,c@x.example\n';
    await withFiles({ 'people.csv': people }, async ({ connector }) => {
      const shown = async (email: string) =>
        (await connector.lookup(email, { signal: signal() }))?.contact.email;
      expect(await shown('b@x.example')).to.equal('a@x.example');
      expect(await shown('c@x.example')).to.equal('c@x.example');
    });
  });

  it('a delimiter at the end of every line is not a column', async () => {
    const people = 'email,name,\na@x.example,Ada,\nb@x.example,Bob,,,\n';
    expect(await warningsOf({ 'people.csv': people })).to.deep.equal([]);
  });

  for (const name of ['__proto__', 'constructor', 'prototype'])
    it(`a column cannot be called ${name}`, async () => {
      expect(await problemsOf({ 'people.csv': `email,${name}\n` })).to.deep.equal([
        `people.csv:1 (row 1): column 2 cannot be called "${name}"`,
      ]);
    });
});

/** A file with one row. */
function table(row: Readonly<Record<string, string>>): string {
  return `${Object.keys(row).join(',')}\n${Object.values(row).join(',')}\n`;
}
