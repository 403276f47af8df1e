/** PostgreSQL by `pg`, also behind a pooler in transaction mode: no named statements, no session settings. */
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientConfig, FieldDef, QueryArrayConfig } from 'pg';
import { parseArray } from './postgres-array.ts';
import { requestCancel, type BackendKey } from './postgres-cancel.ts';
import { collectRows, type Column, type ColumnType, type Result } from './rows.ts';
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
import type { Bound, Statement } from './statement.ts';

export async function openPostgres(url: DatabaseUrl): Promise<Connect> {
  const { default: pg } = await import('pg');
  const types = {
    getTypeParser: (type: number) => (text: string) => {
      if (ARRAYS.has(type)) return parseArray(text);
      return type === BYTEA ? Buffer.from(text.slice(2), 'hex') : text;
    },
  };
  const config: ClientConfig = {
    host: url.host,
    port: url.port ?? 5432,
    user: url.user,
    password: url.password,
    database: url.database,
    ssl: url.tls ?? false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'crm-bridge',
  };

  return async function connect(): Promise<Session> {
    const socket = new Socket();
    const client = new pg.Client({ ...config, stream: () => socket });
    let key: BackendKey | undefined;
    client.connection.once('backendKeyData', (given: BackendKey) => {
      key = given;
    });
    let isBroken = false;
    let isRunning = false;
    const markBroken = () => {
      isBroken = true;
    };
    client.on('error', markBroken);
    client.on('end', markBroken);
    await client.connect();
    const beginResult = limitResults(client.connection.stream);

    async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
      isRunning = true;
      try {
        await client.query(`begin read only; set local statement_timeout = ${STATEMENT_TIMEOUT_MS};
          set local timezone = 'UTC'; set local datestyle = 'ISO'; set local standard_conforming_strings = on`);
        if (isBroken) throw new Error('cancelled');
        return await work();
      } finally {
        isRunning = false;
        // The client runs one query after another, so the result need not wait.
        client.query('commit').catch(markBroken);
      }
    }

    function read({ text, values }: Bound): Promise<Result> {
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      const config: QueryArrayConfig = { text, values: [...values], rowMode: 'array', types };
      const query = new pg.Query<unknown[]>(config);
      let collected: ReturnType<typeof collectRows> | undefined;
      query.on('row', (row: unknown, result) => {
        collected ??= collectRows(columnsOf(result?.fields));
        collected.add(row as unknown[]);
      });
      query.on('error', reject);
      query.on('end', ({ fields }) =>
        resolve((collected ?? collectRows(columnsOf(fields))).result()),
      );
      beginResult();
      client.query(query);
      return promise;
    }

    return {
      get isBroken() {
        return isBroken;
      },
      run: (statement, values) => inTransaction(() => read(statement.bind(values))),
      async cancel() {
        isBroken = true; // What waits for its transaction does not start.
        while (key !== undefined && isRunning) {
          await requestCancel(url, key);
          // Again, because a statement that has not started yet is not cancelled.
          await sleep(100);
        }
      },
      inspect: (statement) =>
        inTransaction(async () => {
          // Null fits any type of id.
          const ids = { contactIds: [null], companyIds: [null] };
          const { columns } = await read(statement.bind({ ...UNKNOWN, ...ids }));
          return { columns, scans: await scansOf(client, statement) };
        }).catch((error: unknown) => {
          isBroken = true; // What was prepared outlives the transaction.
          throw error;
        }),
      close: () => {
        isBroken = true;
        socket.destroy(); // `end` would wait for a running query.
      },
    };
  };
}

/** By the plan for any values, since the planner knows how to skip a list of nulls. */
async function scansOf(client: Client, statement: Statement): Promise<readonly string[]> {
  const { text, values } = statement.bind(UNKNOWN);
  await client.query(
    `set local plan_cache_mode = force_generic_plan; prepare crm_bridge_check as ${text}`,
  );
  const nulls = values.map(() => 'null').join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(
    `explain (format json, verbose) execute crm_bridge_check(${nulls})`,
  );
  await client.query('deallocate crm_bridge_check');
  const scans: string[] = [];
  for (const { schema, table } of tablesRead(rows)) {
    // Before the first ANALYZE the number of rows is -1: the size says enough.
    const { rows: large } = await client.query(
      `select 1 from pg_class where oid = to_regclass(format('%I.%I', $1::text, $2::text))
         and (reltuples > $3 or reltuples < 0 and pg_relation_size(oid) > $3 * 50)`,
      [schema, table, LARGE_TABLE_ROWS],
    );
    if (large.length > 0) scans.push(table);
  }
  return scans;
}

function* tablesRead(
  plan: unknown,
): Generator<{ readonly schema: string; readonly table: string }> {
  if (typeof plan !== 'object' || plan === null) return;
  const node = plan as Readonly<Record<string, unknown>>;
  const { Schema: schema, 'Relation Name': table, 'Node Type': type } = node;
  if (type === 'Seq Scan' && typeof schema === 'string' && typeof table === 'string') {
    yield { schema, table };
  }
  for (const part of Object.values(node)) yield* tablesRead(part);
}

function columnsOf(fields: readonly FieldDef[] = []): readonly Column[] {
  return fields.map(({ name, dataTypeID, dataTypeModifier }) => {
    const isBit = dataTypeID === BIT && dataTypeModifier === 1;
    return { name, type: isBit ? 'boolean' : (TYPES[dataTypeID] ?? 'text') };
  });
}

/** By the ids of types: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const TYPES: Readonly<Record<number, ColumnType>> = {
  16: 'boolean',
  20: 'number',
  21: 'number',
  23: 'number',
  26: 'number',
  700: 'number',
  701: 'number',
  1700: 'number',
  1082: 'date',
  1114: 'time',
  1184: 'time',
};
const BIT = 1560;
const BYTEA = 17;
/** Of booleans, numbers, texts, times, intervals, addresses of networks, UUIDs and JSON; others are as the server writes them. */
const ARRAYS: ReadonlySet<number> = new Set([
  199, 1000, 1002, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1041, 1115, 1182, 1183, 1185,
  1187, 1231, 2951, 3807,
]);
