/** PostgreSQL by `pg`, also behind a pooler in transaction mode: no named statements, no session settings. */
import type { Client, ClientConfig, Query as PgQuery, QueryArrayConfig } from 'pg';
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

const BEGIN = `begin read only; set local statement_timeout = ${STATEMENT_TIMEOUT_MS}; set local datestyle = 'ISO'`;

export async function openPostgres(url: DatabaseUrl): Promise<Engine> {
  const { default: pg } = await import('pg');
  const config: ClientConfig = {
    host: url.host,
    port: url.port ?? 5432,
    user: url.user,
    password: url.password,
    database: url.database,
    ssl: url.tls === undefined ? false : { ...url.tls, host: url.host },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'crm-bridge',
    types: {
      getTypeParser: (oid, format) =>
        PARSERS[oid] ?? (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
    },
  };

  async function connect(): Promise<Session> {
    const client = new pg.Client(config);
    let isBroken = false;
    const breakUp = () => {
      isBroken = true;
    };
    client.on('error', breakUp);
    client.on('end', breakUp);
    await client.connect();
    // Behind a pooler each transaction may have another backend, so it is asked each time.
    let backend: string | undefined;

    async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
      const [, , , asked] = (await client.query({
        text: `${BEGIN}; select pg_backend_pid()`,
        rowMode: 'array',
      })) as unknown as readonly { readonly rows: readonly (readonly unknown[])[] }[];
      backend = String(asked?.rows[0]?.[0]);
      try {
        const result = await work();
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(breakUp);
        throw error;
      } finally {
        backend = undefined;
      }
    }

    return {
      get isBroken() {
        return isBroken;
      },
      run: (query) => inTransaction(() => read(client, query, pg.Query)),
      async cancel() {
        if (backend === undefined) return;
        const other = new pg.Client(config);
        other.on('error', () => undefined); // It ends right after.
        try {
          await other.connect();
          await other.query('select pg_cancel_backend($1)', [backend]);
        } finally {
          await other.end();
        }
      },
      explain: (query) =>
        inTransaction(async () => {
          const { text, values } = query.statement.bind(query.values);
          const explained = `explain (format json, verbose) ${text}`;
          const { rows } = await client.query(explained, [...values]);
          const scanned = [...seqScans(rows)];
          const large: string[] = [];
          for (const { schema, table } of scanned) {
            const { rows: found } = await client.query<{ rows: number }>(
              `select reltuples::float8 as rows from pg_class where oid = to_regclass(format('%I.%I', $1::text, $2::text))`,
              [schema, table],
            );
            // Before the first ANALYZE the estimate is -1: the size is not known.
            if ((found[0]?.rows ?? 0) > LARGE_TABLE_ROWS) large.push(table);
          }
          return large;
        }),
      close: () => {
        isBroken = true;
        client.end().catch(() => undefined);
        // `end` waits for a running query; the socket does not.
        (
          client as unknown as { connection: { stream: { destroy(): void } } }
        ).connection.stream.destroy();
      },
    };
  }
  return { dialect: 'postgres', connect };
}

/** Row by row, so that rows beyond the bound never take memory. */
function read(
  client: Client,
  { statement, values, keys }: Query,
  Submittable: typeof PgQuery,
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const bound = statement.bind(values);
  const config: QueryArrayConfig = {
    text: bound.text,
    values: [...bound.values],
    rowMode: 'array',
  };
  const query = new Submittable<unknown[]>(config);
  let isWanted: ((row: Row) => boolean) | undefined;
  const rows: Row[] = [];
  query.on('row', (row: unknown, result) => {
    const { fields } = result as { readonly fields: readonly { readonly name: string }[] };
    isWanted ??= rowFilter(
      fields.map(({ name }) => name),
      keys,
    );
    if (isWanted(row as Row)) rows.push(row as Row);
  });
  query.on('error', reject);
  query.on('end', ({ fields }) => {
    const columns = fields.map(({ name, dataTypeID }) => ({
      name,
      type: TYPES[dataTypeID] ?? 'text',
    }));
    resolve({ columns, rows });
  });
  client.query(query);
  return promise;
}

function* seqScans(plan: unknown): Generator<{ readonly schema: string; readonly table: string }> {
  if (Array.isArray(plan)) {
    for (const part of plan) yield* seqScans(part);
  } else if (typeof plan === 'object' && plan !== null) {
    const node = plan as Readonly<Record<string, unknown>>;
    const { ['Schema']: schema, ['Relation Name']: table } = node;
    if (
      node['Node Type'] === 'Seq Scan' &&
      typeof schema === 'string' &&
      typeof table === 'string'
    ) {
      yield { schema, table };
    }
    for (const part of Object.values(node)) yield* seqScans(part);
  }
}

/** By the ids of types (pg_type.dat). */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't',
  20: exactInteger,
  21: Number,
  23: Number,
  700: Number,
  701: Number,
  1700: (text) => (/^-?\d+$/.test(text) ? exactInteger(text) : Number(text)),
  114: String,
  3802: String,
  1082: String,
  1114: (text) => isoTime(`${text}Z`),
  1184: isoTime,
  1560: (text) => (text.length === 1 ? text === '1' : text),
};

const TYPES: Readonly<Record<number, string>> = {
  16: 'boolean',
  20: 'integer',
  21: 'integer',
  23: 'integer',
  700: 'number',
  701: 'number',
  1700: 'number',
  1082: 'date',
  1114: 'time',
  1184: 'time',
};

/** `2026-11-24 09:40:00.123456+02` in the form that ECMAScript reads; `infinity` stays as it is. */
function isoTime(text: string): string {
  const [, day, time, ms = '', zone] =
    /^([\d-]+) ([\d:]+)(\.\d{1,3})?\d*(Z|[+-][\d:]+)$/.exec(text) ?? [];
  if (day === undefined || time === undefined || zone === undefined) return text;
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.slice(0, 6);
  const parsed = new Date(`${day}T${time}${ms}${offset}`);
  return Number.isNaN(parsed.getTime()) ? text : parsed.toISOString();
}
