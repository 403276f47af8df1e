import sql from '../../../connectors/sql/index.ts';
import { describeConnector } from '../../../src/connector/testing/describe-connector.ts';
import { forEachEngine } from '../../support/sql/databases.ts';
import { cuttable, outagesOf } from '../../support/sql/relay.ts';

const tables = `
  create table orgs (id integer, name varchar(99), domain varchar(99));
  create table customers (id integer, email varchar(99), first_name varchar(99), last_name varchar(99), org_id integer);
  create table orders (id integer, customer_id integer, title varchar(99));
  create table issues (id integer, email varchar(99), subject varchar(99));
  insert into orgs values (1, 'ACME GmbH', 'acme.example'), (2, 'Books', 'books.example');
  insert into customers values (1, 'Jane@acme.example', 'Jane', 'Doe', 1), (2, 'joe@acme.example', 'Joe', 'Bloggs', 1),
    (3, 'o''brien@books.example', 'Pat', 'O’Brien', 2);
  insert into orders values (1, 1, 'Renewal'), (2, 2, 'Upgrade');
  insert into issues values (1, 'jane@acme.example', 'It is broken'), (2, 'joe@acme.example', 'How does it work?')`;

const statements = {
  person: `select lower(c.email) as "key", c.id, c.first_name as "firstName", c.last_name as "lastName",
      o.id as "company.id", o.name as "company.name"
    from customers c left join orgs o on o.id = c.org_id where lower(c.email) in (:emails)`,
  deals: `select customer_id as "contact.id", id, title as name from orders where customer_id in (:contactIds)`,
  tickets: `select email as "key", id, subject from issues where email in (:emails)`,
  company: 'select id, name, domain from orgs where lower(domain) in (:domains)',
};

forEachEngine((engine, database) => {
  before(() => database().exec(tables));

  describeConnector(`sql on ${engine}`, async () => {
    const behindRelay = await cuttable(database());
    return {
      module: sql,
      settings: { url: behindRelay.url, ...statements },
      known: {
        email: 'jane@acme.example',
        name: 'Jane Doe',
        companyName: 'ACME GmbH',
        deals: ['Renewal'],
        tickets: ['It is broken'],
      },
      manyKnown: ['jane@acme.example', 'joe@acme.example', "o'brien@books.example"],
      unknown: 'unknown@acme.example',
      storedInMixedCase: 'jane@acme.example',
      companyDomain: { domain: 'acme.example', name: 'ACME GmbH' },
      unknownDomain: 'nowhere.example',
      ...outagesOf(behindRelay),
    };
  });
});
