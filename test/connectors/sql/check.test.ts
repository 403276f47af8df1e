/** What `check --live` says. */
import { expect } from 'chai';
import { forEachEngine, never, openSql } from '../../support/sql/databases.ts';

const SERIES = {
  postgres: `insert into many select 'p' || i || '@acme.example', i from generate_series(1, 20000) as i`,
  mysql: `set max_recursive_iterations = 30000; insert into many with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
    select concat('p', i, '@acme.example'), i from n; analyze table many`,
  sqlite: `insert into many with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
    select 'p' || i || '@acme.example', i from n`,
};

forEachEngine((engine, database) => {
  before(() =>
    database().exec(`create table many (email varchar(99), id integer, amount varchar(9));
      create table few (email varchar(99), id integer, due date);
      ${SERIES[engine].replace('into many', 'into many (email, id)')}`),
  );

  async function check(settings: Readonly<Record<string, unknown>>) {
    const { connector } = await openSql({ url: database().url, ...settings });
    const results = await connector.check(never);
    await connector.close();
    return results.map(({ level, message }) => `${level} ${message}`);
  }

  const person = 'select email as "key", id from few where email in (:emails)';

  it('names the columns of every statement', async () => {
    const said = await check({
      person,
      deals: 'select id, email as "key" from few where email in (:emails)',
    });
    expect(said).to.deep.equal([
      'ok person: has the columns key, id',
      'ok deals: has the columns id, key',
    ]);
  });

  it('asks what is meant by a name that is nearly a word', async () => {
    const said = await check({ person: person.replace('id from', 'id as "fristName" from') });
    expect(said).to.include(
      'warning person: the column "fristName" goes to fields; did you mean "firstName"?',
    );
  });

  it('says how a word of the contact stands in the row of a person', async () => {
    const said = await check({
      person: person.replace('id from', 'id as "contact.id", id as "contact.name" from'),
    });
    expect(said.filter((one) => one.startsWith('warning'))).to.deep.equal([
      'warning person: the column "contact.id" goes to fields; in the row of a person the words stand without "contact.": write "id"',
      'warning person: the column "contact.name" goes to fields; in the row of a person the words stand without "contact.": write "name"',
    ]);
  });

  if (engine === 'postgres') {
    it('says the same again after a statement that fails when it is planned', async () => {
      const { connector } = await openSql({
        url: database().url,
        person: `select email as "key", case when 'crm-bridge-check@example.invalid' in (:emails) then 1 else 1 / 0 end as n
          from few where email in (:emails)`,
      });
      const first = await connector.check(never);
      expect(first.map(({ message }) => message).join()).to.match(/on these values \(22012\)$/);
      expect(await connector.check(never)).to.deep.equal(first);
      await connector.close();
    });
  }

  it('has no second thoughts about names of one or two letters', async () => {
    const said = await check({ person: person.replace('id from', 'id, id as ip, id as d from') });
    expect(said).to.deep.equal(['ok person: has the columns key, id, ip, d']);
  });

  it('says that deals have nothing to ask with when no person has an id', async () => {
    const deals = `select id as "contact.id" from few where id in (:contactIds)`;
    const tickets = `select id as "company.id" from few where id in (:companyIds)`;
    const said = await check({ person: person.replace('id from', '1 as n from'), deals, tickets });
    expect(said.filter((one) => one.startsWith('error'))).to.deep.equal([
      'error person: has no column "id", so ":contactIds" of deals is always empty',
      'error person: has no column "company.id", so ":companyIds" of tickets is always empty',
    ]);
  });

  it('names types that do not fit', async () => {
    const deals =
      'select email as "key", amount, id as "closeDate", amount as open from many where email in (:emails)';
    const said = (await check({ person, deals })).filter(
      (one) => one.startsWith('warning') && one.includes('column'),
    );
    expect(said).to.deep.equal([
      'warning deals: the column "amount" is a text, expected a number',
      'warning deals: the column "closeDate" is a number, expected a date or time',
      'warning deals: the column "open" is a text, expected true or false',
    ]);
  });

  it('says which columns are missing', async () => {
    const said = await check({
      person: person.replace(' as "key"', ''),
      deals: 'select id from few where email in (:emails)',
    });
    expect(said.join()).to.match(
      /error person: has no column "key"; .*error deals: has no column "contact\.id"/,
    );
  });

  it("says what the server does not understand, in the server's words", async () => {
    const said = await check({ person: person.replace('few', 'fewer') });
    expect(said.join()).to.match(/^error person: .* refused a statement: .*fewer/);
  });

  it('warns of a large table that is read from end to end, and not when there is an index', async () => {
    const slow = 'select m.email as "key", m.id from many m where m.email in (:emails)';
    const deals = 'select id as "contact.id", amount from many where id in (:contactIds)';
    const scans = async () =>
      (await check({ person: slow, deals })).filter((one) => one.includes('reads the whole'));
    const found = await scans();
    expect(found).to.have.length(2);
    expect(found[0]).to.match(
      /^warning person: reads the whole table (?:many|m) for each lookup; add an index/,
    );
    await database().exec('create index by_email on many (email); create index by_id on many (id)');
    expect(await scans()).to.deep.equal([]);
  });

  it('ids of any type can be checked', async () => {
    const type = engine === 'sqlite' ? 'text' : engine === 'mysql' ? 'char(36)' : 'uuid';
    await database().exec(`create table typed (id ${type}, email varchar(99))`);
    const deals = 'select id as "contact.id" from typed where id in (:contactIds)';
    expect((await check({ person, deals })).join()).to.not.include('error');
  });
});

describe('a database that is not on this machine', () => {
  it('is warned of without TLS', async () => {
    for (const [tls, level] of [
      [undefined, 'warning'],
      [true, 'error'],
    ] as const) {
      const { connector } = await openSql({
        url: 'postgres://a:b@nowhere.invalid/c',
        person: 'select 1 as "key" where true in (:emails)',
        ...(tls && { tls }),
      });
      const [first] = await connector.check(never);
      expect(first?.level).to.equal(level);
      if (tls === undefined)
        expect(first?.message).to.equal(
          'the connection to nowhere.invalid is not encrypted; set "tls: true"',
        );
      await connector.close();
    }
  });
});
