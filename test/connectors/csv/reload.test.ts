import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Connector } from '../../../src/connector/index.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';
import {
  folderOf,
  heldWaits,
  openCsv,
  signal,
  withFiles,
  type Opened,
} from './temporary-folder.ts';

const nameOf = async (connector: Connector, email: string) =>
  (await connector.lookup(email, { signal: signal() }))?.contact.name;

describe('csv: files that change', () => {
  it('every file is watched', async () => {
    const files = {
      'people.csv': 'email\na@x.example\n',
      'companies.csv': 'id\nC1\n',
      'deals.csv': 'email\n',
      'tickets.csv': 'email\n',
    };
    await withFiles(files, ({ context, folder }) => {
      const expected = Object.keys(files).map((name) => join(folder.path, name));
      expect(context.watched).to.have.members(expected);
    });
  });

  it('new content is used as soon as it is read', async () => {
    await withFiles({ 'people.csv': 'email,name\na@x.example,Old\n' }, async (opened) => {
      const { connector, context, folder } = opened;
      await folder.write('people.csv', 'email,name\na@x.example,New\nb@x.example,Bob\n');
      const reloaded = context.nextLine(/reloaded/);
      context.changed('people.csv');
      expect((await reloaded).fields).to.include({ people: 2, addresses: 2 });
      expect(context.invalidations, 'what the cache holds is dropped').to.equal(1);
      expect(await nameOf(connector, 'a@x.example')).to.equal('New');
      expect(await nameOf(connector, 'b@x.example')).to.equal('Bob');
    });
  });

  it('a file that another one took the place of is read', async () => {
    await withFiles({ 'people.csv': 'email,name\na@x.example,Old\n' }, async (opened) => {
      const { connector, context, folder } = opened;
      await folder.write('next.csv', 'email,name\na@x.example,New\n');
      await rename(join(folder.path, 'next.csv'), join(folder.path, 'people.csv'));
      const reloaded = context.nextLine(/reloaded/);
      context.changed('people.csv');
      await reloaded;
      expect(await nameOf(connector, 'a@x.example')).to.equal('New');
    });
  });

  it('a change of deals shows, though the people stay as they are', async () => {
    const files = {
      'people.csv': 'email\na@x.example\n',
      'deals.csv': 'email,name\na@x.example,Old\n',
    };
    await withFiles(files, async ({ connector, context, folder }) => {
      await folder.write('deals.csv', 'email,name\na@x.example,New\n');
      const reloaded = context.nextLine(/reloaded/);
      context.changed('deals.csv');
      await reloaded;
      const answer = await connector.lookup('a@x.example', { signal: signal() });
      expect(answer?.deals?.map(({ name }) => name)).to.deep.equal(['New']);
    });
  });

  it('a broken file changes nothing and is reported until it is fixed', async () => {
    await withFiles({ 'people.csv': 'email,name\na@x.example,Good\n' }, async (opened) => {
      const { connector, context, folder } = opened;
      await folder.write('people.csv', 'mobile,kind\na@x.example,foe\nb@x.example,foe\n');
      const refused = context.nextLine(/not reloaded/);
      context.changed('people.csv');
      const problem =
        'people.csv:1 (row 1): expected the columns\' names with "email" among them, got 2 other names; ' +
        'that column has addresses: columns: { email: "mobile" }';
      expect(await refused).to.deep.include({ level: 'warn', fields: { problem } });
      expect(await nameOf(connector, 'a@x.example')).to.equal('Good');
      expect(context.notices.get('files')).to.equal(
        `the last good content stays in use: ${problem}`,
      );
      const findings = (await connector.check?.({ signal: signal() })) ?? [];
      expect(findings.map(({ level }) => level)).to.deep.equal(['ok', 'ok', 'error']);

      await folder.write('people.csv', 'email,name\na@x.example,Mended\n');
      const reloaded = context.nextLine(/reloaded/);
      context.changed('people.csv');
      await reloaded;
      expect(await nameOf(connector, 'a@x.example')).to.equal('Mended');
      expect(context.notices.has('files')).to.equal(false);
    });
  });

  const TEN = Array.from({ length: 10 }, (_, i) => `p${i}@x.example,P${i}`);
  const HALF = `${['email,name', ...TEN.slice(0, 4)].join('\n')}\n`;
  const worse: Readonly<Record<string, readonly [string, RegExp]>> = {
    'is empty': ['', /the file is empty/],
    'has only headings': ['email,name\n', /lost most of its rows \(0 instead of 10\)/],
    'lost most of its rows': [
      HALF,
      /people\.csv lost most of its rows \(4 instead of 10\); restart/,
    ],
    'ends within a row': [[...['email,name', ...TEN], 'p10@x.exa'].join('\n'), /ends within a row/],
    'ends within a quoted cell': [
      [...['email,name', ...TEN], 'p10@x.example,"P'].join('\n'),
      /ends within a row/,
    ],
    'has lost its addresses': [
      ['email,name', ...TEN.map((row) => row.replace('@', ' at '))].join('\n'),
      /not one of the 10 rows has a usable address/,
    ],
  };
  for (const [name, [content, reason]] of Object.entries(worse))
    it(`a file that ${name} leaves the last good content in use, and /health warns`, async () => {
      const people = ['email,name', ...TEN].join('\n');
      await withFiles({ 'people.csv': people }, async ({ connector, context, folder }) => {
        await folder.write('people.csv', content);
        const refused = context.nextLine(/not reloaded/);
        context.changed('people.csv');
        await refused;
        expect(await nameOf(connector, 'p9@x.example')).to.equal('P9');
        expect(context.notices.get('files')).to.match(reason);
        await folder.write('people.csv', `${people}\n`);
        const reloaded = context.nextLine(/reloaded/);
        context.changed('people.csv');
        await reloaded;
        expect(context.notices.has('files')).to.equal(false);
      });
    });

  for (const name of ['companies', 'deals', 'tickets'])
    it(`the same holds for ${name}`, async () => {
      const ids = (many: number) =>
        `id,email\n${'x'.repeat(many).replace(/x/g, (_, at) => `${at},a@x.example\n`)}`;
      const files = { 'people.csv': 'email\na@x.example\n', [`${name}.csv`]: ids(5) };
      await withFiles(files, async ({ context, folder }) => {
        await folder.write(`${name}.csv`, ids(2));
        const refused = context.nextLine(/not reloaded/);
        context.changed(`${name}.csv`);
        await refused;
        expect(context.notices.get('files')).to.match(
          new RegExp(`${name}\\.csv lost most of its rows`),
        );
      });
    });

  it('while a file is being written nothing of it is read', async () => {
    const people = ['email,name', ...TEN].join('\n');
    const { wait, during } = heldWaits();
    const write = async ({ connector, context, folder }: Opened): Promise<void> => {
      const path = join(folder.path, 'people.csv');
      await writeFile(path, 'email,name\n');
      context.changed('people.csv');
      const reloaded = context.nextLine(/reloaded/);
      for (const row of TEN) {
        expect(await nameOf(connector, 'p9@x.example')).to.equal('P9');
        await during(() => appendFile(path, `${row}!\n`));
      }
      await during(); // Since the last row nothing has changed.
      expect((await reloaded).level).to.equal('info');
      expect(await nameOf(connector, 'p9@x.example')).to.equal('P9!');
    };
    await withFiles({ 'people.csv': people }, write, {}, wait);
  });

  const MINUTE = 60_000;

  for (const [name, rows] of [
    ['is shorter', TEN.slice(0, 8)],
    ['is longer, but lacks known people', [...TEN.slice(0, 8), ...TEN.map((row) => `new-${row}`)]],
  ] as const)
    it(`a file that ${name} is used when it has stayed the same for a minute; /health says what is gone`, async () => {
      const people = ['email,name', ...TEN].join('\n');
      await withFiles({ 'people.csv': people }, async ({ connector, context, folder }) => {
        await folder.write('people.csv', `${['email,name', ...rows].join('\n')}\n`);
        const waiting = context.nextLine(/not reloaded/);
        const reloaded = context.nextLine(/reloaded$/);
        context.changed('people.csv');
        expect((await waiting).level).to.equal('warn');
        expect(context.notices.get('files')).to.match(
          /: 2 of 10 addresses are gone from people\.csv since 20\S+Z; used when the files stay/,
        );
        context.clock.advance(MINUTE - 1);
        await delay(20);
        expect(await nameOf(connector, 'p9@x.example')).to.equal('P9');
        context.clock.advance(1);
        await reloaded;
        expect(await nameOf(connector, 'p9@x.example')).to.equal(undefined);
        expect(context.notices.has('files')).to.equal(false);
      });
    });

  it('a program that pauses in the middle of a file makes no known person unknown', async () => {
    const people = `${['email,name', ...TEN].join('\n')}\n`;
    await withFiles({ 'people.csv': people }, async ({ connector, context, folder }) => {
      await folder.write('people.csv', `${['email,name', ...TEN.slice(0, 8)].join('\n')}\n`);
      const waiting = context.nextLine(/not reloaded/);
      context.changed('people.csv');
      await waiting;
      context.clock.advance(MINUTE - 1);
      const reloaded = context.nextLine(/reloaded$/);
      await appendFile(join(folder.path, 'people.csv'), `${TEN.slice(8).join('!\n')}!\n`);
      context.changed('people.csv');
      expect((await reloaded).fields).to.include({ people: 10 });
      expect(await nameOf(connector, 'p9@x.example')).to.equal('P9!');
      expect(context.notices.has('files')).to.equal(false);
    });
  });

  it('deals that are gone wait for a minute like people', async () => {
    const deals = (...names: readonly string[]) =>
      ['email,name', ...names.map((name) => `a@x.example,${name}`)].join('\n');
    const files = { 'people.csv': 'email\na@x.example\n', 'deals.csv': deals('A', 'B', 'C') };
    await withFiles(files, async ({ context, folder }) => {
      await folder.write('deals.csv', `${deals('A', 'B')}\n`);
      const waiting = context.nextLine(/not reloaded/);
      const reloaded = context.nextLine(/reloaded$/);
      context.changed('deals.csv');
      await waiting;
      expect(context.notices.get('files')).to.match(/: 1 of 3 rows are gone from deals\.csv since/);
      context.clock.advance(MINUTE);
      await reloaded;
    });
  });

  it('a file that was taken away leaves the last good content in use', async () => {
    await withFiles({ 'people.csv': 'email,name\na@x.example,Good\n' }, async (opened) => {
      const { connector, context, folder } = opened;
      await rename(join(folder.path, 'people.csv'), join(folder.path, 'gone.csv'));
      const refused = context.nextLine(/not reloaded/);
      context.changed('people.csv');
      await refused;
      expect(await nameOf(connector, 'a@x.example')).to.equal('Good');
    });
  });

  it('the same problem is logged once', async () => {
    const folder = await folderOf({ 'people.csv': 'email,name\na@x.example,Good\n' });
    const context = connectorContext({ baseDir: folder.path });
    let refused = (): void => undefined;
    const connector = await openCsv(
      { file: 'people.csv' },
      { ...context, setNotice: (_, message) => message !== undefined && refused() },
    );
    await folder.write('people.csv', 'name\nx\n');
    for (let i = 0; i < 3; i += 1) {
      const isRefused = new Promise<void>((resolve) => (refused = resolve));
      context.changed('people.csv');
      await isRefused;
    }
    expect(context.lines.map(({ level }) => level)).to.deep.equal(['warn']);
    await connector.close?.();
    await folder.delete();
  });

  it('of many changes in a row the last one wins', async () => {
    await withFiles({ 'people.csv': 'email,name\na@x.example,0\n' }, async (opened) => {
      const { connector, context, folder } = opened;
      for (let i = 1; i <= 10; i += 1) {
        await folder.write('people.csv', `email,name\na@x.example,${i}\n`);
        context.changed('people.csv');
      }
      while ((await nameOf(connector, 'a@x.example')) !== '10')
        await new Promise((next) => setImmediate(next));
    });
  });

  it('a change while the files are read for the first time is not lost', async () => {
    const folder = await folderOf({ 'people.csv': 'email,name\na@x.example,Old\n' });
    const context = connectorContext({ baseDir: folder.path });
    const opening = openCsv({ file: 'people.csv' }, context);
    const reloaded = context.nextLine(/reloaded/);
    context.changed('people.csv');
    const connector = await opening;
    await reloaded;
    await connector.close?.();
    await folder.delete();
  });

  it('lookups go on while files are read', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `p${i}@x.example,P${i}\n`).join('');
    await withFiles({ 'people.csv': `email,name\n${many}` }, async ({ connector, context }) => {
      let answered = 0;
      const reload = { done: false };
      const reloaded = context.nextLine(/reloaded/).then(() => (reload.done = true));
      context.changed('people.csv');
      while (!reload.done) {
        expect(await nameOf(connector, 'p7@x.example')).to.equal('P7');
        answered += 1;
        await new Promise((next) => setImmediate(next));
      }
      await reloaded;
      expect(answered, 'lookups during the reload').to.be.greaterThan(5);
    });
  });

  it('closing in the middle of a reload ends it, without a word', async () => {
    const folder = await folderOf({ 'people.csv': `email\n${'a@x.example\n'.repeat(50_000)}` });
    const context = connectorContext({ baseDir: folder.path });
    const connector = await openCsv({ file: 'people.csv' }, context);
    context.changed('people.csv');
    await connector.close?.();
    context.changed('people.csv');
    expect(context.lines).to.deep.equal([]);
    expect(context.notices.size).to.equal(0);
    expect(context.watched).to.deep.equal([]);
    await folder.delete();
  });

  it('a directory that cannot be opened leaves no file watched', async () => {
    const folder = await folderOf({});
    const context = connectorContext({ baseDir: folder.path });
    const [outcome] = await Promise.allSettled([openCsv({ file: 'people.csv' }, context)]);
    expect(outcome.status).to.equal('rejected');
    expect(context.watched).to.deep.equal([]);
    await folder.delete();
  });

  it('a path may be absolute', async () => {
    const folder = await folderOf({ 'people.csv': 'email,name\na@x.example,Ada\n' });
    await writeFile(join(folder.path, 'other.csv'), '');
    const context = connectorContext({ baseDir: '/nowhere' });
    const connector = await openCsv({ file: join(folder.path, 'people.csv') }, context);
    expect(await nameOf(connector, 'a@x.example')).to.equal('Ada');
    await connector.close?.();
    await folder.delete();
  });
});
