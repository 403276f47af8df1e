import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { PersonRecord, Connector } from '../../../src/connector/index.ts';

import type { Profile } from '../../../src/model/profile.ts';
import { connectorContext, type TestContext } from '../../../src/connector/testing/context.ts';
import { openCsv, signal } from './temporary-folder.ts';
import { parsePerson } from '../../../src/upstream/parse-person.ts';

const files = {
  file: 'people.csv',
  companies: 'companies.csv',
  deals: 'deals.csv',
  tickets: 'tickets.csv',
};

describe('the demo directory', () => {
  const context: TestContext = connectorContext({
    baseDir: fileURLToPath(new URL('../../../config/demo', import.meta.url)),
  });
  let connector: Connector;

  before(async () => {
    connector = await openCsv(files, context);
  });
  after(() => connector.close?.());

  const find = async (email: string): Promise<Profile> => {
    const answer: PersonRecord | undefined = await connector.lookup(email, { signal: signal() });
    if (answer === undefined) throw new Error(`${email} is not in the demo`);
    return parsePerson(answer).profile;
  };

  it('has about 30 people and nothing to complain about', async () => {
    const results = (await connector.check?.({ signal: signal() })) ?? [];
    expect(results.map(({ level }) => level)).to.deep.equal(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(context.lines).to.deep.equal([]);
  });

  it('has a customer with everything', async () => {
    const { contact, company, deals, tickets } = await find('jane.doe@acme.example');
    expect(contact).to.include({ firstName: 'Jane', lastName: 'Doe', title: 'VP Operations' });
    expect(contact.fields).to.include({ Tier: 'Platinum', Plan: 'Enterprise' });
    expect(company).to.include({ name: 'ACME GmbH', type: 'Customer' });
    expect(deals.map(({ open, won }) => [open, won])).to.deep.include.members([
      [true, null],
      [false, true],
      [false, false],
    ]);
    expect(tickets.map(({ open }) => open)).to.include.members([true, false]);
  });

  it('has more deals and tickets than an agent sees at once', async () => {
    const { deals, tickets, ...hank } = await find('hank.scorpio@globex.example');
    expect(deals).to.have.length.above(5);
    expect(hank).to.include({ moreOpenDeals: false, moreOpenTickets: false });
    expect(tickets.filter(({ open }) => open)).to.have.length.above(5);
  });

  it('has deals in four currencies', async () => {
    const people = ['jane.doe@acme.example', 'hank.scorpio@globex.example'];
    people.push('peter.gibbons@initech.example', 'yuki.tanaka@sakura-trading.example');
    const deals = (await Promise.all(people.map(find))).flatMap((profile) => profile.deals);
    expect(deals.map(({ currency }) => currency)).to.include.members(['EUR', 'USD', 'GBP', 'JPY']);
  });

  it('has a lead whose company is in no list', async () => {
    const { contact, company } = await find('lea.martin@cafe-lumiere.example');
    expect(contact).to.include({ kind: 'lead', leadStatus: 'Open', leadSource: 'Web form' });
    expect(company?.name).to.equal('Café Lumière');
  });

  it('has a contact and a lead with one address', async () => {
    const { contact, others } = await find('sam.taylor@hooli.example');
    expect(contact.kind).to.equal('contact');
    expect(others.map(({ kind }) => kind)).to.deep.equal(['lead']);
  });

  it('has a person with three addresses', async () => {
    const addresses = [
      'juergen.mueller@mueller-soehne.example',
      'j.mueller@mueller-soehne.example',
      'juergen@mueller-privat.example',
    ];
    const names = await Promise.all(
      addresses.map(async (email) => (await find(email)).contact.name),
    );
    expect(new Set(names)).to.deep.equal(new Set(['Jürgen Müller']));
  });

  it('has people without a company, and one with only a name', async () => {
    expect((await find('noor.ali@mailbox.example')).company).to.be.null;
    const { contact, company, deals, tickets } = await find('teller@magic.example');
    expect(contact).to.include({ name: 'Teller', title: null, owner: null });
    expect([company, deals.length, tickets.length]).to.deep.equal([null, 0, 0]);
  });

  it('has addresses that are hard to carry', async () => {
    await find("siobhan.o'brien@obrien.example");
    await find('ingrid.dahl+support@fjord-analytics.example');
    await find('info@xn--bcher-krause-dlb.example');
  });

  it('has names and titles that are hard to show', async () => {
    expect((await find('sara.alhasan@alwaha.example')).contact.name).to.equal('سارة الحسن');
    const { title } = (await find('constantin.von-hohenberg@acme.example')).contact;
    expect(title).to.have.length.above(100);
    const { contact } = await find('adaeze.okafor@nova-robotica.example');
    expect(contact.title, 'a line break in the file').to.equal('Head of Sales, Latin America');
    expect((await find('mallory@web-form.example')).contact.title).to.equal('<b>CEO</b>');
  });

  it('knows the company of an unknown colleague', async () => {
    const find = (domain: string) => connector.findCompany?.(domain, { signal: signal() });
    expect((await find('umbrella-logistics.example'))?.name).to.equal('Umbrella Logistics B.V.');
    expect(await find('nowhere.example')).to.be.undefined;
  });
});
