/** A database with 100,000 people: what a lookup adds to the time of the query itself. */
import {
  createDatabase,
  ENGINES,
  never,
  openSql,
  postgres,
} from '../test/support/sql/databases.ts';
import { startBridge } from './bridge.ts';
import type { Report, Row, Setting, Table } from './measurement.ts';
import { byHandPostgres } from './rival.ts';
import { percentile } from './spread.ts';
import { startUnderTest, type UnderTest } from './under-test.ts';
import { KEY } from './visitors.ts';

const FULL = { people: 100_000, calls: 500 };
const QUICK = { people: 1_000, calls: 5 };
/** Milliseconds that a lone lookup may add to the query itself. */
const GOAL_MS = 3;

const CREATE = {
  postgres: (n: number) =>
    `create table people as select 'p' || i || '@acme.example' as email, i as id, 'Person ' || i as name
       from generate_series(1, ${n}) as i; create index on people (email); analyze people`,
  mysql: (n: number) =>
    `set max_recursive_iterations = ${n}; create table people (email varchar(99), id integer, name varchar(99), index (email));
     insert into people with recursive n(i) as (select 1 union all select i + 1 from n where i < ${n})
       select concat('p', i, '@acme.example'), i, concat('Person ', i) from n`,
  sqlite: (n: number) =>
    `create table people (email text, id integer, name text); insert into people
       with recursive n(i) as (select 1 union all select i + 1 from n where i < ${n})
       select 'p' || i || '@acme.example', i, 'Person ' || i from n; create index by_email on people (email)`,
};
const PERSON = 'select email as "key", id, name from people where email in (:emails)';

export async function measureSql(setting: Setting): Promise<Report> {
  const { quick, progress } = setting;
  const { people, calls } = quick ? QUICK : FULL;
  const rows: Row[] = [];
  const lone: Record<string, number> = {};
  let requests: Table | undefined;
  for (const engine of ENGINES) {
    const database = await createDatabase(engine);
    if (database === undefined) continue;
    try {
      progress(`${engine}: ${people} people`);
      await database.exec(CREATE[engine](people));
      if (engine === 'postgres') {
        const client = await postgres(database.url);
        const sql = 'select email, id, name from people where email = any($1)';
        const found = await time(people, calls, (emails) => client.query(sql, [emails]));
        rows.push({ server: 'by hand: pg', ...found });
        lone['by hand'] = found['1 person p50 ms'];
        await client.end();
        requests = await measureRequests(setting, database.url, { people, calls });
      }
      const { connector } = await openSql({ url: database.url, person: PERSON });
      const found = await time(people, calls, (emails) => connector.lookupMany(emails, never));
      rows.push({ server: `sql: ${engine}`, ...found });
      lone[engine] = found['1 person p50 ms'];
      await connector.close();
    } finally {
      await database.drop();
    }
  }
  const added = (lone['postgres'] ?? 0) - (lone['by hand'] ?? 0);
  return {
    title: 'A database of your own',
    about: 'Databases on this machine; nothing is cached by the product.',
    tables: [
      {
        title: `Lookups among ${people} people`,
        measured: `${calls} lookups one after the other, of one person and of a hundred, by the connector alone and by a hand-written query.`,
        rounds: 1,
        goal: {
          text: `a lone lookup adds less than ${GOAL_MS} ms to the query itself (on PostgreSQL)`,
          isMet: added < GOAL_MS,
        },
        rows,
      },
      ...(requests === undefined ? [] : [requests]),
    ],
  };
}

/** The whole service on PostgreSQL, beside one that is written by hand. */
async function measureRequests(
  setting: Setting,
  url: string,
  { people, calls }: { readonly people: number; readonly calls: number },
): Promise<Table> {
  const connections = { crm: { connector: 'sql', url, person: PERSON } };
  await using bridge = await startBridge(setting, { connections });
  await using rival = await startUnderTest(setting, await byHandPostgres(url));
  const servers: readonly UnderTest[] = [rival, bridge];
  const times = new Map<UnderTest, number[]>(servers.map((server) => [server, []]));
  // In turns, and nobody twice: nothing is cached. The first ones open connections.
  for (let call = 0; call < calls + 10; call += 1) {
    const person = ((call * 7919) % people) + 1;
    for (const server of servers) {
      const began = performance.now();
      const address = `p${person}@acme.example`;
      const answer = await fetch(
        `http://127.0.0.1:${server.port}/v1/bench/contact/${KEY}?email=${address}`,
      );
      const text = await answer.text();
      if (!text.includes(`Person ${person}`)) throw new Error(`${server.name} answered: ${text}`);
      if (call >= 10) times.get(server)?.push(performance.now() - began);
    }
  }
  return {
    title: 'Whole requests on PostgreSQL',
    measured: `${calls} people, each asked for once of each server in turns, one request at a time; of the product with key, rate limit, template, metrics and log line.`,
    rounds: 1,
    rows: servers.map((server) => {
      const sorted = (times.get(server) ?? []).sort((a, b) => a - b);
      return {
        server: server.name,
        'p50 ms': percentile(sorted, 0.5),
        'p99 ms': percentile(sorted, 0.99),
      };
    }),
  };
}

async function time(people: number, calls: number, ask: (emails: string[]) => Promise<unknown>) {
  const measure = async (size: number) => {
    const times: number[] = [];
    for (let call = 0; call < calls + 10; call += 1) {
      const emails = Array.from({ length: size }, (_, i) => {
        return `p${((call * 7919 + i * 101) % people) + 1}@acme.example`;
      });
      const began = performance.now();
      await ask([...new Set(emails)]);
      // The first ones open connections.
      if (call >= 10) times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b);
  };
  const [one, many] = [await measure(1), await measure(100)];
  return {
    '1 person p50 ms': percentile(one, 0.5),
    '1 person p99 ms': percentile(one, 0.99),
    '100 people p50 ms': percentile(many, 0.5),
    '100 people p99 ms': percentile(many, 0.99),
  };
}
