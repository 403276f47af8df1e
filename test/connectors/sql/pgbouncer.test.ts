/** PostgreSQL behind PgBouncer in transaction mode, where each transaction may run on another connection. */
import { expect } from 'chai';
import { createDatabase, never, openSql, type TestDatabase } from '../../support/sql/databases.ts';
import { hasProgram, pgBouncer } from '../../support/sql/servers.ts';
import { failureOf, until } from '../../support/sql/wait.ts';

const POOL_SIZE = 2;

describe('sql behind PgBouncer in transaction mode', () => {
  let database: TestDatabase | undefined;
  let pooler: Awaited<ReturnType<typeof pgBouncer>> | undefined;

  before(async function () {
    if (process.env['CI'] !== 'true' && !(await hasProgram('pgbouncer'))) this.skip();
    database = await createDatabase('postgres');
    if (database === undefined) return this.skip();
    await database.exec(`create table people (email text, name text);
      insert into people select 'p' || n || '@acme.example', 'Person ' || n from generate_series(1, 50) n;
      insert into people values ('slow@acme.example', 'Slow')`);
    pooler = await pgBouncer(database.url, POOL_SIZE);
  });
  after(async () => {
    await pooler?.close();
    await database?.drop();
  });

  const open = (concurrency: number) =>
    openSql(
      {
        url: pooler?.url,
        person: `select email as "key", name, current_setting('TimeZone') as zone, current_setting('transaction_read_only') as read_only
          from people where email in (:emails)
          and case when email = 'slow@acme.example' then pg_sleep(60)::text = '' else true end`,
      },
      { limits: { concurrency } },
    );
  const running = async () =>
    (
      (await database?.query(
        `select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()
           and datname = current_database()`,
      )) ?? []
    ).length;

  it('answers everybody by more connections than the server has for it, each in a read-only transaction', async () => {
    const { connector } = await open(8);
    const found = await Promise.all(
      Array.from({ length: 50 }, (_, n) => connector.lookup(`p${n + 1}@acme.example`, never)),
    );
    for (const [n, person] of found.entries()) {
      expect(person?.contact).to.deep.include({
        name: `Person ${n + 1}`,
        fields: { zone: 'UTC', read_only: 'on' },
      });
    }
    // An answer is there before the server has ended its transaction.
    await until(async () => {
      const left = await database?.query(
        `select 1 from pg_stat_activity where state like 'idle in%' and datname = current_database()`,
      );
      return left?.length === 0;
    });
    expect(await connector.check(never)).to.satisfy((results: { level: string }[]) =>
      results.every(({ level }) => level !== 'error'),
    );
    await connector.close();
  });

  for (const lookups of [1, POOL_SIZE, POOL_SIZE + 2]) {
    it(`${lookups} statements that nobody waits for are gone within a second`, async () => {
      const { connector } = await open(4);
      const abort = new AbortController();
      const failures = Array.from({ length: lookups }, () =>
        failureOf(connector.lookup('slow@acme.example', abort)),
      );
      await until(async () => (await running()) === Math.min(lookups, POOL_SIZE));
      abort.abort();
      for (const failure of await Promise.all(failures))
        expect(failure).to.include({ kind: 'timeout' });
      await until(async () => (await running()) === 0, 1000);
      expect((await connector.lookup('p1@acme.example', never))?.contact.name).to.equal('Person 1');
      await connector.close();
    });
  }
});
