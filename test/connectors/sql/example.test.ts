import { expect } from 'chai';
import { describeConnector } from '../../../src/connector/testing/describe-connector.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';
import crmDatabase from '../../fixtures/connectors/crm-database/index.ts';
import { forEachEngine, postgres } from '../../support/sql/databases.ts';
import { cuttable, outagesOf } from '../../support/sql/relay.ts';

const tables = `
  create table customers (id integer, email varchar(99), name varchar(99), company varchar(99));
  insert into customers values (1, 'Jane@acme.example', 'Jane Doe', 'ACME GmbH'),
    (2, 'joe@acme.example', 'Joe Bloggs', 'ACME GmbH'), (3, 'o''brien@books.example', 'Pat O’Brien', 'Books');
`;

const RUNNING = `select 1 from pg_stat_activity where datname = current_database() and state = 'active'
  and query like '%from customers%' and pid <> pg_backend_pid()`;

forEachEngine(
  (_engine, database) => {
    before(() => database().exec(tables));

    describeConnector('the database example of connectors/README.md', async () => {
      const behindRelay = await cuttable(database());
      return {
        module: crmDatabase,
        settings: { url: behindRelay.url },
        known: { email: 'jane@acme.example', name: 'Jane Doe', companyName: 'ACME GmbH' },
        manyKnown: ['jane@acme.example', 'joe@acme.example', "o'brien@books.example"],
        unknown: 'unknown@acme.example',
        storedInMixedCase: 'jane@acme.example',
        ...outagesOf(behindRelay),
      };
    });

    it('the signal ends the query, in the server too', async () => {
      // Each in a separate session: a transaction would see the activity of its beginning.
      const locker = await postgres(database().url);
      const connector = await crmDatabase.open({ url: database().url }, connectorContext());
      const untilRunning = async (count: number) => {
        while ((await database().query(RUNNING)).length !== count);
      };
      try {
        await locker.query('begin; lock table customers');
        const abort = new AbortController();
        const lookup = connector.lookup('jane@acme.example', { signal: abort.signal });
        const outcome = lookup.catch((error: unknown) => error);
        await untilRunning(1);
        abort.abort();
        expect(await outcome).to.include({ kind: 'timeout' });
        await untilRunning(0);
      } finally {
        await locker.end();
        await connector.close?.();
      }
    });
  },
  ['postgres'],
);
