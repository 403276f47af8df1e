/** People, companies, deals and tickets from a SQL database: PostgreSQL, MySQL, MariaDB, SQLite. */
import {
  SectionHealth,
  type CallOptions,
  type ConnectorModule,
  type CrmRequest,
  type LookupOptions,
} from '../../src/connector/index.ts';
import { checkStatements } from './check.ts';
import { keepsSession, toSqlError } from './errors.ts';
import { openMysql } from './mysql.ts';
import {
  findCompany,
  findPeople,
  isList,
  type Run,
  type Source,
  type Statements,
} from './people.ts';
import { createPool } from './pool.ts';
import { openPostgres } from './postgres.ts';
import type { Session } from './session.ts';
import { parseUrl, SECTIONS, settings, type Settings } from './settings.ts';
import { openSqlite } from './sqlite.ts';
import { parseStatement } from './statement.ts';

const connector: ConnectorModule<Settings> = {
  settings,
  async open(given, context) {
    const url = parseUrl(given.url, given.tls);
    if (typeof url === 'string') throw new Error(url); // The schema has checked it.
    const file = context.resolvePath(url.host);
    const server =
      url.dialect === 'sqlite' ? `the SQLite file ${file}` : `the database at ${url.host}`;
    const open = {
      postgres: () => openPostgres(url),
      mysql: () => openMysql(url),
      sqlite: () => openSqlite(file),
    };
    const isLost = (error: unknown) => toSqlError(error, server).kind === 'unavailable';
    const pool = createPool(await open[url.dialect](), context.limits.concurrency, {
      isLost,
      keepsSession,
    });
    const statements: Statements = Object.fromEntries(
      SECTIONS.flatMap((section) => {
        const text = given[section];
        return text === undefined ? [] : [[section, parseStatement(text, url.dialect)]];
      }),
    );

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
        if (!isList(operation)) context.setNotice(operation, undefined);
        return result;
      } catch (error) {
        const failure = toSqlError(error, server);
        if (failure.kind === 'timeout') status = signal.aborted ? 'aborted' : 'timeout';
        if (failure.kind === 'misconfigured' && !isList(operation)) {
          context.setNotice(operation, `${operation}: ${failure.message}`);
        }
        throw failure;
      } finally {
        context.recordRequest({ operation, status, ms: context.clock.monotonic() - started });
      }
    }

    const run: Run = async (section, values, signal) => {
      const statement = statements[section];
      if (statement === undefined) return { columns: [], rows: [] };
      return await use(section, signal, (session) => session.run(statement, values));
    };
    const source: Source = { statements, run, sections: new SectionHealth(context) };
    const lookupMany = (emails: readonly string[], options: LookupOptions) =>
      findPeople(emails, source, options);

    return {
      maxBatch: 100,
      lookupMany,
      async lookup(email, options) {
        const person = (await lookupMany([email], options)).get(email);
        if (person instanceof Error) throw person;
        return person;
      },
      ...(statements.company && {
        findCompany: (domain: string, { signal }: CallOptions) => findCompany(domain, run, signal),
      }),
      check: ({ signal }) =>
        checkStatements(
          statements,
          (statement) => use('check', signal, (session) => session.inspect(statement)),
          url,
        ),
      close: () => pool.close(),
    };
  },
};

export default connector;
