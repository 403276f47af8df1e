/** The process that `sqlite.ts` starts: runs one statement after another on one file, read-only. */
import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { collectRows, MAX_RESULT_BYTES, type ColumnType, type Result } from './rows.ts';
import { LARGE_TABLE_ROWS, STATEMENT_TIMEOUT_MS } from './session.ts';

export interface ChildRequest {
  readonly kind: 'run' | 'inspect';
  readonly text: string;
  readonly values: readonly unknown[];
}

export type ChildReply =
  | { readonly ok: true; readonly result: Result; readonly scans: readonly string[] }
  /** https://www.sqlite.org/rescode.html */
  | { readonly ok: false; readonly errcode: number; readonly message: string };

const SQLITE_ERROR = 1;
const SQLITE_TOOBIG = 18;
const SQLITE_MISMATCH = 20;

const [file = ''] = process.argv.slice(2);
let open: { readonly database: DatabaseSync; readonly inode: string } | undefined;

/** The file of that name at this moment: one that was replaced is opened again. */
function database(): DatabaseSync {
  const { dev, ino, birthtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
  const inode = `${dev} ${ino} ${birthtimeMs}`;
  if (open?.inode === inode) return open.database;
  open?.database.close();
  open = undefined;
  // A text or blob that is too long for a result is refused where it is made; SQLite's own bound is 1 GB.
  const limits = { length: MAX_RESULT_BYTES };
  open = { database: new DatabaseSync(file, { readOnly: true, timeout: 1000, limits }), inode };
  return open.database;
}

function run({ text, values }: ChildRequest): Result {
  const statement = database().prepare(text);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const collected = collectRows(statement.columns().map(columnOf));
  const rows = statement.iterate(...(values as string[])) as Iterable<unknown>;
  try {
    for (const row of rows) {
      collected.add(row as unknown[]);
      if (collected.chars > MAX_RESULT_BYTES)
        throw Object.assign(new Error(), { errcode: SQLITE_TOOBIG });
    }
  } catch (error) {
    // The statement itself is good: a row has what a function does not take, such as a text that is not JSON.
    if ((error as { readonly errcode?: number }).errcode !== SQLITE_ERROR) throw error;
    throw Object.assign(new Error(), { errcode: SQLITE_MISMATCH });
  }
  return collected.result();
}

/** Types are as they were declared; an expression has none. */
function columnOf({ name, type }: ReturnType<StatementSync['columns']>[number]) {
  const declared = (type ?? '').toLowerCase();
  const [, found = 'any'] = TYPES.find(([words]) => words.test(declared)) ?? [];
  return { name, type: found };
}

const TYPES: readonly (readonly [RegExp, ColumnType])[] = [
  [/^bool|^tinyint\(1\)|^bit/, 'boolean'],
  [/^date$/, 'date'],
  [/^datetime|^timestamp/, 'time'],
  [/int|real|floa|doub|^num|^dec/, 'number'],
  [/char|clob|text/, 'text'],
];

/** Cursors that the program of the statement moves to the first row, by the tables they are on. */
function scansOf({ text, values }: ChildRequest): readonly string[] {
  const program = database()
    .prepare(`explain ${text}`)
    .all(...(values as string[]));
  const rewound = new Set(program.filter(({ opcode }) => opcode === 'Rewind').map(({ p1 }) => p1));
  const roots = program.filter(({ opcode, p1 }) => opcode === 'OpenRead' && rewound.has(p1));
  const named = database().prepare('select tbl_name from sqlite_schema where rootpage = ?');
  const tables = roots.map(({ p2 }) => String(named.get(p2 ?? null)?.['tbl_name']));
  return [...new Set(tables)].filter(isLarge);
}

function isLarge(table: string): boolean {
  const name = `"${table.replaceAll('"', '""')}"`;
  const sql = `select count(*) as rows from (select 1 from ${name} limit ${LARGE_TABLE_ROWS + 1})`;
  return Number(database().prepare(sql).get()?.['rows']) > LARGE_TABLE_ROWS;
}

/** Ends the process when a statement takes too long, also when the service has gone. */
const watchdog = new Worker(
  `let timer;
  require('node:worker_threads').parentPort.on('message', (ms) => {
    clearTimeout(timer);
    if (ms > 0) timer = setTimeout(() => process.kill(process.pid, 'SIGALRM'), ms);
  });`,
  { eval: true },
);

process.on('message', (request: ChildRequest) => {
  watchdog.postMessage(STATEMENT_TIMEOUT_MS);
  let reply: ChildReply;
  try {
    const result = run(request);
    reply = { ok: true, result, scans: request.kind === 'inspect' ? scansOf(request) : [] };
  } catch (error) {
    const { errcode = 0, message } = error as Error & { readonly errcode?: number };
    reply = { ok: false, errcode, message };
  }
  watchdog.postMessage(0);
  process.send?.(reply);
});
process.on('disconnect', () => process.exit(0));
