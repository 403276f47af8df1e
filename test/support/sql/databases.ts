/** Databases for tests: a fresh one on each kind of server, dropped afterwards. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Connection as MysqlConnection } from 'mysql2/promise';
import type { Client } from 'pg';
import type { Connector } from '../../../src/connector/index.ts';
import sql from '../../../connectors/sql/index.ts';
import {
  connectorContext,
  type ContextOptions,
  type TestContext,
} from '../../../src/connector/testing/context.ts';

export const ENGINES = ['postgres', 'mysql', 'sqlite'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface TestDatabase {
  readonly engine: EngineName;
  /** For the setting `url`. */
  readonly url: string;
  /** Runs statements, separated by `;`, as an administrator. */
  exec(statements: string): Promise<void>;
  /** @returns the rows of one statement. */
  query(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  drop(): Promise<void>;
}

const POSTGRES = 'postgres://postgres@127.0.0.1:5432';
const MYSQL = 'mysql://root@127.0.0.1:3306';

const CREATE: Readonly<Record<EngineName, () => Promise<TestDatabase>>> = {
  async postgres() {
    const name = randomName();
    const admin = await postgres(`${POSTGRES}/postgres`);
    await admin.query(`create database ${name}`);
    const url = `${POSTGRES}/${name}`;
    const client = await postgres(url);
    return {
      engine: 'postgres',
      url,
      exec: async (statements) => void (await client.query(statements)),
      query: async (statement) => (await client.query<Record<string, unknown>>(statement)).rows,
      async drop() {
        await client.end();
        await admin.query(`drop database ${name} with (force)`);
        await admin.end();
      },
    };
  },
  async mysql() {
    const name = randomName();
    const client = await mysql(`${MYSQL}/`);
    await client.query(`create database ${name} character set utf8mb4`);
    await client.query(`use ${name}`);
    return {
      engine: 'mysql',
      url: `${MYSQL}/${name}`,
      exec: async (statements) => void (await client.query(statements)),
      query: async (statement) =>
        (await client.query(statement))[0] as readonly Record<string, unknown>[],
      async drop() {
        await client.query(`drop database ${name}`);
        await client.end();
      },
    };
  },
  async sqlite() {
    const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-sql-'));
    const file = join(folder, 'test.db');
    const database = new DatabaseSync(file);
    return {
      engine: 'sqlite',
      url: `sqlite:${file}`,
      exec: (statements) => Promise.resolve(database.exec(statements)),
      query: (statement) => Promise.resolve(database.prepare(statement).all()),
      async drop() {
        database.close();
        await rm(folder, { recursive: true });
      },
    };
  },
};

/** Runs the suite once for each kind of server; one that is missing is skipped, in CI it fails. */
export function forEachEngine(
  suite: (engine: EngineName, database: () => TestDatabase) => void,
  engines: readonly EngineName[] = ENGINES,
): void {
  for (const engine of engines) {
    describe(`on ${engine}`, () => {
      let database: TestDatabase | undefined;
      before(async function () {
        database = await createDatabase(engine);
        if (database !== undefined) return;
        this.test?.parent?.eachTest((test) => {
          test.title += ` (skipped: no ${engine} server on 127.0.0.1)`;
        });
        this.skip();
      });
      after(async () => {
        await database?.drop();
      });
      suite(engine, () => {
        if (database === undefined) throw new Error(`no ${engine}`);
        return database;
      });
    });
  }
}

/** @returns `undefined` without a server, but with `CI=true` that is an error. */
export async function createDatabase(engine: EngineName): Promise<TestDatabase | undefined> {
  try {
    return await CREATE[engine]();
  } catch (error) {
    if (process.env['CI'] === 'true' || engine === 'sqlite') throw error;
    return undefined;
  }
}

export interface OpenedSql {
  readonly connector: Connector & Required<Pick<Connector, 'lookupMany' | 'check' | 'close'>>;
  readonly context: TestContext;
}

/** Opens the connector as the bridge does, with validated settings. */
export async function openSql(
  settings: Readonly<Record<string, unknown>>,
  options: ContextOptions = {},
): Promise<OpenedSql> {
  const checked = await sql.settings['~standard'].validate(settings);
  if (checked.issues !== undefined)
    throw new Error(checked.issues.map((one) => one.message).join());
  const context = connectorContext(options);
  const connector = (await sql.open(checked.value, context)) as OpenedSql['connector'];
  return { connector, context };
}

export async function postgres(url: string): Promise<Client> {
  const { default: pg } = await import('pg');
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export async function mysql(url: string): Promise<MysqlConnection> {
  const { createConnection } = await import('mysql2/promise');
  const client = await createConnection({ uri: url, multipleStatements: true });
  client.on('error', () => undefined);
  return client;
}

function randomName(): string {
  return `crm_bridge_${randomBytes(6).toString('hex')}`;
}

/** A signal that does not abort. */
export const never = { signal: new AbortController().signal };
