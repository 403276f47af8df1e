/** Statements that take too long, and connections in doubt. */
import { expect } from 'chai';
import { forEachEngine, never, openSql, type EngineName } from '../../support/sql/databases.ts';
import { failureOf, until } from '../../support/sql/wait.ts';

/** A condition that takes a minute for one address, and no time for others. */
const SLOW: Readonly<Record<EngineName, string>> = {
  postgres: `case when email = 'slow@acme.example' then pg_sleep(60)::text = '' else true end`,
  // MariaDB may need seconds to end a sleep(), when others sleep, too.
  mysql: `if(email = 'slow@acme.example', benchmark(100000000000, md5('a')) = 0, true)`,
  sqlite: `case when email = 'slow@acme.example' then (with recursive n(i) as (select 1 union all select i + 1 from n)
    select count(*) from n) else 1 end`,
};

const tables = `create table people (email varchar(99), name varchar(99));
  insert into people values ('slow@acme.example', 'Slow'), ('fast@acme.example', 'Fast')`;

forEachEngine((engine, database) => {
  before(() => database().exec(tables));

  async function open(concurrency = 4) {
    const person = `select email as "key", name from people where email in (:emails) and ${SLOW[engine]}`;
    return await openSql({ url: database().url, person }, { limits: { concurrency } });
  }

  /** Statements that run on the server for the connector; processes for SQLite. */
  async function running(): Promise<number> {
    if (engine === 'sqlite') {
      const { execFileSync } = await import('node:child_process');
      const file = database().url.slice('sqlite:'.length);
      const lines = execFileSync('ps', [
        '-eo',
        'args',
        '--ppid',
        String(process.pid),
        '-o',
        'args',
      ]);
      return lines
        .toString()
        .split('\n')
        .filter((line) => line.includes(`sqlite-child.ts ${file}`)).length;
    }
    const text =
      engine === 'postgres'
        ? `select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()
             and datname = current_database()`
        : `select 1 from information_schema.processlist where info like '%benchmark(%' and id <> connection_id()
             and db = database()`;
    return (await database().query(text)).length;
  }

  it('a statement that is no longer wanted is gone from the server within a second', async () => {
    const { connector, context } = await open(1);
    const abort = new AbortController();
    const failed = failureOf(connector.lookup('slow@acme.example', abort));
    await until(async () => (await running()) === 1);
    abort.abort();
    expect(await failed).to.include({ kind: 'timeout' });
    expect(context.observed.at(-1)).to.include({ operation: 'person', status: 'aborted' });
    await until(async () => (await running()) === 0, 1000);
    // The only place is free again, by a new connection.
    expect((await connector.lookup('fast@acme.example', never))?.contact.name).to.equal('Fast');
    await connector.close();
  });

  it('many that hang leave no statement and take no place', async () => {
    const { connector } = await open(3);
    for (let round = 0; round < 3; round += 1) {
      const signal = AbortSignal.timeout(200);
      const all = Array.from({ length: 8 }, () =>
        failureOf(connector.lookup('slow@acme.example', { signal })),
      );
      for (const failure of await Promise.all(all)) expect(failure).to.include({ kind: 'timeout' });
    }
    await until(async () => (await running()) === 0, 1500);
    const found = await Promise.all(
      Array.from({ length: 10 }, () => connector.lookup('fast@acme.example', never)),
    );
    expect(found.map((one) => one?.contact.name)).to.deep.equal(Array(10).fill('Fast'));
    await connector.close();
  });

  it('closing ends what runs', async () => {
    const { connector } = await open();
    const failed = failureOf(connector.lookup('slow@acme.example', never));
    await until(async () => (await running()) === 1);
    await connector.close();
    expect(await failed).to.have.property('kind');
    await until(async () => (await running()) === 0, 1500);
  });

  it('at most limits.concurrency connections are open', async () => {
    const { connector } = await open(2);
    const count = async () => {
      if (engine === 'sqlite') return await running();
      const text =
        engine === 'postgres'
          ? `select 1 from pg_stat_activity where application_name like 'crm-bridge%' and datname = current_database()`
          : `select 1 from information_schema.processlist where db = database() and id <> connection_id()`;
      return (await database().query(text)).length;
    };
    await until(async () => (await count()) === 0);
    let most = 0;
    const lookups = Promise.all(
      Array.from({ length: 30 }, () => connector.lookup('fast@acme.example', never)),
    );
    for (let i = 0; i < 5; i += 1) most = Math.max(most, await count());
    await lookups;
    most = Math.max(most, await count());
    expect(most).to.be.within(1, 2);
    await connector.close();
    await until(async () => (await count()) === 0);
  });

  it('the server ends a statement by itself in the end', async function () {
    this.timeout(30_000);
    const { connector } = await open();
    const started = performance.now();
    const error = await failureOf(connector.lookup('slow@acme.example', never));
    expect(error).to.include({ kind: 'timeout' });
    expect(performance.now() - started).to.be.within(9_000, 14_000);
    await until(async () => (await running()) === 0, 1000);
    await connector.close();
  });
});
