/** The process in which SQLite runs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { never, openSql, type OpenedSql } from '../../support/sql/databases.ts';
import { until } from '../../support/sql/wait.ts';

describe("SQLite's process", () => {
  let folder: string;
  let opened: OpenedSql;

  const file = (name: string) => join(folder, name);
  function write(name: string, person: string): void {
    const database = new DatabaseSync(file(name));
    database.exec(
      `create table people (email text, name text); insert into people values ('a@b.example', '${person}')`,
    );
    database.close();
  }
  const children = (): readonly number[] =>
    execFileSync('ps', ['-eo', 'pid,args'])
      .toString()
      .split('\n')
      .filter((line) => line.includes(`sqlite-child.ts ${file('shop.db')}`))
      .map((line) => Number.parseInt(line, 10));
  const name = async () => (await opened.connector.lookup('a@b.example', never))?.contact.name;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-sqlite-'));
    write('shop.db', 'First');
    const person = 'select email as "key", name from people where email in (:emails)';
    opened = await openSql({ url: 'sqlite:shop.db', person }, { baseDir: folder });
  });
  afterEach(async () => {
    await opened.connector.close();
    await rm(folder, { recursive: true });
  });

  it('is started again after it ended', async () => {
    expect(await name()).to.equal('First');
    const [pid = 0] = children();
    process.kill(pid, 'SIGKILL');
    expect(await name()).to.equal('First');
    expect(children()).to.not.include(pid);
  });

  it('goes on after a statement that fails on values', async () => {
    const { connector } = await openSql(
      {
        url: 'sqlite:shop.db',
        person: 'select email as "key", name from people where email in (:emails)',
        deals: `select email as "key", json_extract(name, '$') as n from people where email in (:emails)`,
      },
      { baseDir: folder },
    );
    const missing = async () => (await connector.lookup('a@b.example', never))?.missing;
    expect(await missing()).to.deep.equal(['deals']);
    const [pid] = children();
    expect(pid).to.be.a('number');
    expect(await missing()).to.deep.equal(['deals']);
    expect(children()).to.deep.equal([pid]);
    await connector.close();
  });

  it('notices that the file was replaced, and says so when it is gone', async () => {
    expect(await name()).to.equal('First');
    write('new.db', 'Second');
    await rename(file('new.db'), file('shop.db'));
    expect(await name()).to.equal('Second');
    await rename(file('shop.db'), file('old.db'));
    const error = await name().catch((one: unknown) => one);
    expect(error).to.include({ kind: 'unavailable' });
    expect(String(error)).to.contain(`the SQLite file ${file('shop.db')} cannot be opened: is it`);
  });

  it('takes bounded memory for long values', async () => {
    const long = (bytes: number) => `cast(zeroblob(${bytes}) as text)`;
    const many = Array.from({ length: 12 }, (_, n) => `${long(15e6)} as t${n}`).join(', ');
    for (const [made, failure] of [
      [`${long(800e6)} as title`, /sent more than 16 MiB for one statement/],
      // Cells are cut as they are read, so this may be found.
      [many, undefined],
    ] as const) {
      const person = `select email as "key", ${made} from people where email in (:emails)`;
      const { connector } = await openSql({ url: 'sqlite:shop.db', person }, { baseDir: folder });
      const memory = watchMemory(children);
      const error = await connector.lookup('a@b.example', never).catch((one: unknown) => one);
      const most = memory.end();
      await connector.close();
      if (failure !== undefined) expect(String(error)).to.match(failure);
      expect(most).to.be.within(1, 600);
    }
  });

  it('inherits no secret', async () => {
    process.env['CRM_BRIDGE_TEST_SECRET'] = 'S3cret';
    await name();
    delete process.env['CRM_BRIDGE_TEST_SECRET'];
    const [pid = 0] = children();
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).to.not.match(/S3cret|HOME|PATH/);
  });

  it('never writes', async () => {
    const before = readFileSync(file('shop.db'));
    await name();
    expect(readFileSync(file('shop.db')).equals(before)).to.equal(true);
  });

  it('ends with the connector', async () => {
    await name();
    expect(children()).to.have.length(1);
    await opened.connector.close();
    await until(() => Promise.resolve(children().length === 0), 2000);
  });
});

/** How many megabytes a process takes at most until the end. */
function watchMemory(pids: () => readonly number[]) {
  let most = 0;
  const look = () => {
    for (const pid of pids()) {
      try {
        const [, kB] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
        most = Math.max(most, Number(kB ?? 0) / 1024);
      } catch {
        // It has just ended.
      }
    }
  };
  const timer = setInterval(look, 50);
  return {
    end: () => {
      look();
      clearInterval(timer);
      return most;
    },
  };
}
