/** MySQL and MariaDB by `mysql2`. */
import type { Connection, ConnectionOptions, FieldPacket } from 'mysql2';
import {
  CONNECT_TIMEOUT_MS,
  exactInteger,
  LARGE_TABLE_ROWS,
  STATEMENT_TIMEOUT_MS,
  type Engine,
  type Query,
  type Session,
} from './engine.ts';
import { rowFilter, type Result, type Row } from './rows.ts';
import type { DatabaseUrl } from './settings.ts';

export async function openMysql(url: DatabaseUrl): Promise<Engine> {
  const { default: mysql } = await import('mysql2');
  const config: ConnectionOptions = {
    host: url.host,
    port: url.port ?? 3306,
    ...(url.user === undefined ? {} : { user: url.user }),
    ...(url.password === undefined ? {} : { password: url.password }),
    ...(url.database === undefined ? {} : { database: url.database }),
    ...(url.host.startsWith('/') ? { socketPath: url.host } : {}),
    // Without `verifyIdentity` mysql2 accepts the certificate of any host.
    ...(url.tls === undefined ? {} : { ssl: { ...url.tls, verifyIdentity: true } }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    charset: 'utf8mb4',
    dateStrings: true,
    supportBigNumbers: true,
  };

  async function connect(): Promise<Session> {
    const connection = await opened(mysql.createConnection(config));
    let isBroken = false;
    connection.on('error', () => {
      isBroken = true;
    });
    connection.on('end', () => {
      isBroken = true;
    });
    const [[version]] = (await all(connection, 'select version()')) as [[string]];
    const limit = /mariadb/i.test(version)
      ? `max_statement_time = ${STATEMENT_TIMEOUT_MS / 1000}`
      : `max_execution_time = ${STATEMENT_TIMEOUT_MS}`;
    // Each statement is a separate transaction, which only reads.
    await all(connection, 'set session transaction read only');
    await all(
      connection,
      `set session ${limit}, time_zone = '+00:00', sql_mode = replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')`,
    );
    return {
      get isBroken() {
        return isBroken;
      },
      run: (query) => read(connection, query),
      async cancel() {
        const other = await opened(mysql.createConnection(config));
        try {
          await all(other, `kill query ${connection.threadId}`);
        } finally {
          other.destroy();
        }
      },
      async explain({ statement, values }) {
        const { text, values: bound } = statement.bind(values);
        const rows = await all(connection, `explain ${text}`, bound);
        // id, select_type, table, [partitions,] type, …, rows
        return rows.flatMap((row) => {
          const isFull = row.includes('ALL');
          const [, , table] = row;
          const read = Math.max(...row.filter((cell) => typeof cell === 'number'));
          return isFull && typeof table === 'string' && read > LARGE_TABLE_ROWS ? [table] : [];
        });
      },
      close: () => {
        isBroken = true;
        connection.destroy();
      },
    };
  }
  return { dialect: 'mysql', connect };
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

function all(
  connection: Connection,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, rows: unknown) => {
      if (error === null) resolve(rows as readonly Row[]);
      else reject(error);
    };
    if (values.length === 0) connection.query({ sql, rowsAsArray: true }, done);
    else connection.execute({ sql, rowsAsArray: true }, values as string[], done);
  });
}

/** Row by row, so that rows beyond the bound never take memory. */
function read(connection: Connection, { statement, values, keys }: Query): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const { text, values: bound } = statement.bind(values);
  const query = connection.execute({ sql: text, rowsAsArray: true }, bound as string[]);
  let fields: readonly FieldPacket[] = [];
  let isWanted: ((row: Row) => boolean) | undefined;
  const rows: Row[] = [];
  query.on('error', reject);
  query.on('fields', (described: readonly FieldPacket[]) => {
    fields = described;
    isWanted = rowFilter(
      fields.map(({ name }) => name),
      keys,
    );
  });
  query.on('result', (row: unknown) => {
    if (!Array.isArray(row)) return;
    const converted = row.map((value: unknown, at) => convert(value, fields[at]));
    if (isWanted?.(converted) === true) rows.push(converted);
  });
  query.on('end', () => {
    resolve({ columns: fields.map((field) => ({ name: field.name, type: typeOf(field) })), rows });
  });
  return promise;
}

/** Types of columns: https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const TYPE = {
  decimal: 0,
  tiny: 1,
  timestamp: 7,
  longlong: 8,
  date: 10,
  datetime: 12,
  bit: 16,
  json: 245,
  newDecimal: 246,
};
const NUMBERS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 8, 9, 13, 246]);

function typeOf({ columnType = -1, columnLength }: FieldPacket): string {
  if ((columnType === TYPE.tiny || columnType === TYPE.bit) && columnLength === 1) return 'boolean';
  if (columnType === TYPE.date) return 'date';
  if (columnType === TYPE.datetime || columnType === TYPE.timestamp) return 'time';
  return NUMBERS.has(columnType) ? 'number' : 'text';
}

function convert(value: unknown, field: FieldPacket | undefined): unknown {
  if (value === null || field === undefined) return value;
  const { columnType, columnLength } = field;
  switch (columnType) {
    case TYPE.tiny:
      return columnLength === 1 ? value !== 0 : value;
    case TYPE.bit:
      if (!Buffer.isBuffer(value)) return value;
      return columnLength === 1
        ? value[0] === 1
        : exactInteger(BigInt(`0x${value.toString('hex')}`).toString());
    case TYPE.decimal:
    case TYPE.newDecimal: {
      const text = value as string;
      return /^-?\d+$/.test(text) ? exactInteger(text) : Number(text);
    }
    case TYPE.datetime:
    case TYPE.timestamp:
      return isoTime(value as string);
    case TYPE.json:
      return JSON.stringify(value);
    case undefined:
    default:
      return Buffer.isBuffer(value) ? null : value;
  }
}

/** Without a zone it is UTC, which is the session's, too; `0000-00-00 …` is not a time. */
function isoTime(text: string): string | null {
  const parsed = new Date(`${text.replace(' ', 'T').replace(/(\.\d{3})\d*$/, '$1')}Z`);
  return Number.isNaN(parsed.getTime()) ? null : parsed.toISOString();
}
