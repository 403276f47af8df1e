/** MySQL and MariaDB by `mysql2`. */
import type { Duplex } from 'node:stream';
import type { Connection, ConnectionOptions, FieldPacket } from 'mysql2';
import { collectRows, type ColumnType, type Result } from './rows.ts';
import {
  CONNECT_TIMEOUT_MS,
  limitResults,
  LARGE_TABLE_ROWS,
  STATEMENT_TIMEOUT_MS,
  UNKNOWN,
  type Connect,
  type Session,
} from './session.ts';
import type { DatabaseUrl } from './settings.ts';
import type { Bound } from './statement.ts';

export async function openMysql(url: DatabaseUrl): Promise<Connect> {
  const { default: mysql } = await import('mysql2');
  const config: ConnectionOptions = {
    host: url.host,
    port: url.port ?? 3306,
    ...(url.host.startsWith('/') && { socketPath: url.host }),
    ...(url.user !== undefined && { user: url.user }),
    ...(url.password !== undefined && { password: url.password }),
    ...(url.database !== undefined && { database: url.database }),
    // Without `verifyIdentity` mysql2 takes a certificate that is made for another name.
    ...(url.tls && { ssl: { ...url.tls, verifyIdentity: true } }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    charset: 'utf8mb4',
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
  };

  return async function connect(): Promise<Session> {
    const connection = await opened(mysql.createConnection(config));
    // mysql2 leaves a statement waiting that is sent on a connection that has just ended.
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    let isBroken = false;
    for (const event of ['error', 'end', 'close'] as const) {
      connection.on(event, (error?: unknown) => {
        isBroken = true;
        lost.reject(error ?? Object.assign(new Error(event), { code: 'PROTOCOL_CONNECTION_LOST' }));
      });
    }
    const beginResult = limitResults((connection as unknown as { readonly stream: Duplex }).stream);
    const run = (bound: Bound) => {
      beginResult();
      return Promise.race([read(connection, bound), lost.promise]);
    };
    await setUp(connection);
    return {
      get isBroken() {
        return isBroken;
      },
      run: (statement, values) => run(statement.bind(values)),
      async cancel() {
        const other = await opened(mysql.createConnection(config));
        try {
          // The whole connection: it may be about to start the statement, and `kill query` would come too early.
          await query(other, `kill ${connection.threadId}`);
        } finally {
          other.destroy();
        }
      },
      async inspect(statement) {
        const bound = statement.bind(UNKNOWN);
        const { columns } = await run(bound);
        const plan = await query(connection, `explain ${bound.text}`, bound.values);
        const scans = plan.filter(({ type, rows }) => {
          return (type === 'ALL' || type === 'index') && Number(rows) > LARGE_TABLE_ROWS;
        });
        return { columns, scans: scans.map(({ table }) => String(table)) };
      },
      close: () => {
        isBroken = true;
        connection.destroy();
      },
    };
  };
}

function opened(connection: Connection): Promise<Connection> {
  return new Promise((resolve, reject) => {
    connection.on('error', reject); // mysql2 reports a refused connection twice
    connection.connect((error) => {
      if (error === null) resolve(connection);
      else reject(error);
    });
  });
}

/** Modes that read quotes and backslashes in other ways than the scanner of statements does. */
const OTHER_QUOTES = /ANSI|BACKSLASH|ORACLE|MSSQL|DB2|MAXDB|POSTGRESQL/;

async function setUp(connection: Connection): Promise<void> {
  const [server] = await query(connection, 'select version() as version, @@sql_mode as modes');
  const limit = /mariadb/i.test(String(server?.['version']))
    ? `max_statement_time = ${STATEMENT_TIMEOUT_MS / 1000}`
    : `max_execution_time = ${STATEMENT_TIMEOUT_MS}`;
  const modes = String(server?.['modes'])
    .split(',')
    .filter((mode) => !OTHER_QUOTES.test(mode));
  await query(connection, `set ${limit}, time_zone = '+00:00', sql_mode = '${modes.join(',')}'`);
  // Each statement is a separate transaction.
  await query(connection, 'set session transaction read only');
}

type PlainRow = Readonly<Record<string, unknown>>;

function query(
  connection: Connection,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly PlainRow[]> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, rows: unknown) => {
      if (error === null) resolve(rows as readonly PlainRow[]);
      else reject(error);
    };
    // `set` and `kill` cannot be prepared everywhere.
    if (values.length === 0) connection.query(sql, done);
    else connection.execute(sql, values as string[], done);
  });
}

function read(connection: Connection, { text, values }: Bound): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const running = connection.execute({ sql: text, rowsAsArray: true }, values as string[]);
  let fields: readonly FieldPacket[] = [];
  let collected = collectRows([]);
  running.on('error', reject);
  running.on('fields', (described: readonly FieldPacket[]) => {
    fields = described;
    collected = collectRows(fields.map((field) => ({ name: field.name, type: typeOf(field) })));
  });
  running.on('result', (row: unknown) => {
    if (!Array.isArray(row)) return;
    collected.add(row.map((value: unknown, at) => asShown(value, fields[at])));
  });
  running.on('end', () => resolve(collected.result()));
  return promise;
}

/** Types of columns: https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const TYPES: Readonly<Record<number, ColumnType>> = {
  0: 'number',
  1: 'number',
  2: 'number',
  3: 'number',
  4: 'number',
  5: 'number',
  7: 'time',
  8: 'number',
  9: 'number',
  10: 'date',
  12: 'time',
  13: 'number',
  16: 'number',
  246: 'number',
};
const [TINY, FLOAT, BIT] = [1, 4, 16];

function typeOf({ columnType = -1, columnLength }: FieldPacket): ColumnType {
  const isBoolean = (columnType === TINY || columnType === BIT) && columnLength === 1;
  return isBoolean ? 'boolean' : (TYPES[columnType] ?? 'text');
}

/** A FLOAT has six digits; a prepared statement gives those of a double, too. */
function asShown(value: unknown, field: FieldPacket | undefined): unknown {
  return field?.columnType === FLOAT && typeof value === 'number'
    ? Number(value.toPrecision(6))
    : value;
}
