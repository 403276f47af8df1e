/** The process that `sqlite.ts` starts: runs one statement after another on one file, read-only. */
import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { exactInteger, LARGE_TABLE_ROWS } from './engine.ts';
import { rowFilter, type Result, type Row } from './rows.ts';

export interface ChildRequest {
  readonly kind: 'run' | 'explain';
  readonly text: string;
  readonly values: readonly unknown[];
  /** Folded names of the columns that say whose row it is. */
  readonly keys: readonly string[];
}

export type ChildAnswer =
  | Result
  /** Tables that are read from end to end. */
  | { readonly tables: readonly string[] }
  /** The code of SQLite, https://www.sqlite.org/rescode.html */
  | { readonly errcode: number };

const [file = ''] = process.argv.slice(2);
let open: { readonly database: DatabaseSync; readonly inode: string } | undefined;

/** The file by that name now: one that was replaced is opened again. */
function database(): DatabaseSync {
  const { dev, ino } = statSync(file, { throwIfNoEntry: false }) ?? {};
  const inode = `${dev} ${ino}`;
  if (open?.inode === inode) return open.database;
  open?.database.close();
  open = undefined;
  const opened = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
  open = { database: opened, inode };
  return opened;
}

function run({ text, values, keys }: ChildRequest): Result {
  const statement = database().prepare(text);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const columns = columnsOf(statement);
  const isWanted = rowFilter(
    columns.map(({ name }) => name),
    keys,
  );
  const rows: Row[] = [];
  for (const row of statement.iterate(...(values as string[])) as unknown as Iterable<unknown[]>) {
    const converted = row.map((value) => {
      if (typeof value === 'bigint') return exactInteger(String(value));
      return value instanceof Uint8Array ? null : value;
    });
    if (isWanted(converted)) rows.push(converted);
  }
  return { columns, rows };
}

function columnsOf(statement: StatementSync): Result['columns'] {
  return statement.columns().map(({ name, type }) => ({ name, type: (type ?? '').toLowerCase() }));
}

/** A plan names a table by its alias; the statement says what it stands for. */
function explain({ text, values }: ChildRequest): ChildAnswer {
  const plan = database()
    .prepare(`explain query plan ${text}`)
    .all(...(values as string[]));
  const tables = plan.flatMap(({ detail }) => {
    const [, alias] = /^SCAN (\S+)$/.exec(String(detail)) ?? [];
    if (alias === undefined) return [];
    const named = new RegExp(
      `([\\w".]+)\\s+(?:as\\s+)?${alias.replace(/[^\w]/g, '\\$&')}\\b`,
      'i',
    ).exec(text);
    return [alias, ...(named?.[1] === undefined ? [] : [named[1].replaceAll('"', '')])];
  });
  const known = new Set(
    database()
      .prepare(`select name from sqlite_schema where type = 'table'`)
      .all()
      .map(({ name }) => name),
  );
  return { tables: tables.filter((table) => known.has(table) && isLarge(table)) };
}

function isLarge(table: string): boolean {
  const name = `"${table.replaceAll('"', '""')}"`;
  const counted = database()
    .prepare(`select count(*) as rows from (select 1 from ${name} limit ${LARGE_TABLE_ROWS + 1})`)
    .get();
  return Number(counted?.['rows']) > LARGE_TABLE_ROWS;
}

process.on('message', (request: ChildRequest) => {
  let answer: ChildAnswer;
  try {
    answer = request.kind === 'run' ? run(request) : explain(request);
  } catch (error) {
    const { errcode = 0 } = error as { readonly errcode?: number };
    answer = { errcode };
  }
  process.send?.(answer);
});
process.on('disconnect', () => process.exit(0));
