/** People, companies, deals and tickets from a SQL database: PostgreSQL, MySQL, MariaDB, SQLite. */
import type { ConnectorModule, CrmRequest, Section } from '../../src/connector/index.ts';
import { checkStatements } from './check.ts';
import type { Engine, Session } from './engine.ts';
import { toSqlError } from './errors.ts';
import { openMysql } from './mysql.ts';
import { findPeople, type RunStatement } from './people.ts';
import { createPool } from './pool.ts';
import { openPostgres } from './postgres.ts';
import { JOINS, recordsOf } from './records.ts';
import { parseUrl, settings, type DatabaseUrl, type Settings } from './settings.ts';
import { openSqlite } from './sqlite.ts';
import { parseStatement, type Statement } from './statement.ts';

const connector: ConnectorModule<Settings> = {
  settings,
  async open({ url: text, tls, ...texts }, context) {
    const url = parseUrl(text, tls);
    if (typeof url === 'string') throw new Error(url); // the schema has checked it
    const server = url.dialect === 'sqlite' ? url.host : `the database at ${url.host}`;
    const engine = await openEngine(url, (path) => context.resolvePath(path));
    const pool = createPool(engine, context.limits.concurrency);
    const statements: Partial<Record<Section, Statement>> = {};
    for (const section of ['person', 'deals', 'tickets', 'company'] as const) {
      const one = texts[section];
      if (one !== undefined) statements[section] = parseStatement(one, url.dialect);
    }

    /** @throws {ConnectorError} */
    async function use<T>(
      operation: string,
      signal: AbortSignal,
      work: (session: Session) => Promise<T>,
    ): Promise<T> {
      const started = context.clock.monotonic();
      let status: CrmRequest['status'] = 'error';
      try {
        const result = await pool.use(work, signal);
        status = 'ok';
        return result;
      } catch (error) {
        const failure = toSqlError(error, server);
        if (failure.kind === 'timeout') status = 'timeout';
        throw failure;
      } finally {
        context.recordRequest({ operation, status, ms: context.clock.monotonic() - started });
      }
    }

    const run: RunStatement = (section, values, signal) => {
      const statement = statements[section];
      if (statement === undefined) return Promise.resolve({ columns: [], rows: [] });
      return use(section, signal, (session) => session.run({ statement, values, keys: JOINS }));
    };
    const lookupMany = (emails: readonly string[], { signal }: { readonly signal: AbortSignal }) =>
      findPeople(emails, statements, run, signal);

    return {
      maxBatch: 100,
      lookupMany,
      lookup: async (email, options) => (await lookupMany([email], options)).get(email),
      ...(statements.company === undefined
        ? {}
        : {
            async findCompany(domain, { signal }) {
              const [first] = recordsOf(
                'company',
                await run('company', { domains: [domain] }, signal),
              );
              return first?.record;
            },
          }),
      check: ({ signal }) => checkStatements(statements, (work) => use('check', signal, work), url),
      close: () => pool.close(),
    };
  },
};

function openEngine(
  url: DatabaseUrl,
  resolvePath: (path: string) => string,
): Promise<Engine> | Engine {
  switch (url.dialect) {
    case 'postgres':
      return openPostgres(url);
    case 'mysql':
      return openMysql(url);
    case 'sqlite':
      return openSqlite(resolvePath(url.host));
  }
}

export default connector;
