import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { configurationOnDisk, spawnCommand } from './support/process.ts';

const ROOT = join(import.meta.dirname, '..');

/** Prints the URL of every module that is loaded, CommonJS included. */
const PRINT_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      process.stderr.write(url + '\\n');
      return next(url, context);
    },
  });
`)}`;

describe('the process', () => {
  for (const command of [
    ['lookup', 'demo', 'jane.doe@acme.example'],
    ['check', '--live'],
  ]) {
    it(`loads no Express for crm-bridge ${command.join(' ')}`, async () => {
      const argv = [process.execPath, '--import', PRINT_MODULES, 'src/main.ts', ...command];
      await using child = spawnCommand(argv);
      const { code, stderr } = await child.ended();
      expect(code).to.equal(0);
      // Winston is CommonJS like Express, so the hook would have seen it.
      expect(stderr).to.match(/\/node_modules\/winston\//);
      expect(stderr.split('\n').filter((url) => /\/(express|src\/http)\//.test(url))).to.deep.equal(
        [],
      );
    });
  }

  it('loads for crm-bridge serve nothing that no agent needs', async () => {
    const connection = { connector: 'csv', file: join(ROOT, 'config/demo/people.csv') };
    await using configuration = await configurationOnDisk(
      JSON.stringify({
        server: { host: '127.0.0.1', port: 0 },
        ops: { host: '127.0.0.1', port: 0 },
        connections: { crm: connection },
        tenants: { demo: { keys: ['demo'], connections: ['crm'] } },
      }),
    );
    const words = ['serve', '--config', configuration.file, '--exit-with-stdin'];
    await using child = spawnCommand([
      ...[process.execPath, '--import', PRINT_MODULES, 'src/main.ts', ...words],
    ]);
    await child.saw(/ready/);
    child.endInput();
    const { code, stderr } = await child.ended();
    expect(code).to.equal(0);
    expect(stderr).to.match(/\/node_modules\/express\//);
    const unneeded = [
      /\/src\/http\/ops\/console\//,
      /(?<!\/config)\/connectors\/(?!csv\/)/,
      /\/node_modules\/(?:undici|jsforce|@hubspot|ioredis|pg|mysql2)\//,
      // The other build of it is loaded by the client for Prometheus.
      /\/@opentelemetry\/api\/.*\.mjs$/,
    ];
    const loaded = stderr.split('\n').filter((url) => unneeded.some((one) => one.test(url)));
    expect(loaded).to.deep.equal([]);
  });

  describe('compiled code', () => {
    let home: string;
    beforeEach(async () => {
      home = await mkdtemp(join(tmpdir(), 'crm-bridge-home-'));
    });
    afterEach(() => rm(home, { recursive: true, force: true }));

    const version = async (variables: Readonly<Record<string, string>>) => {
      const { stderr } = await promisify(execFile)(process.execPath, ['src/main.ts', '--version'], {
        env: variables,
      });
      expect(stderr).to.equal('');
    };

    it('is kept where only its user can write', async () => {
      await version({ HOME: home });
      const folder = join(home, '.cache/crm-bridge');
      expect(await readdir(folder)).to.have.lengthOf(1);
      expect((await stat(folder)).mode & 0o777).to.equal(0o700);
    });

    it('is kept below XDG_CACHE_HOME, if that is an absolute path', async () => {
      const caches = join(home, 'caches');
      await version({ HOME: home, XDG_CACHE_HOME: caches });
      expect(await readdir(home)).to.deep.equal(['caches']);
      await version({ HOME: home, XDG_CACHE_HOME: 'relative' });
      expect(await readdir(home)).to.have.members(['.cache', 'caches']);
    });

    it('is not kept where others can write', async () => {
      const folder = join(home, '.cache/crm-bridge');
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o777);
      await version({ HOME: home });
      expect(await readdir(folder)).to.deep.equal([]);
    });

    it('is kept in NODE_COMPILE_CACHE, if that is set', async () => {
      const folder = join(home, 'compiled');
      await version({ HOME: home, NODE_COMPILE_CACHE: folder });
      expect(await readdir(home)).to.deep.equal(['compiled']);
      expect(await readdir(folder)).to.have.lengthOf(1);
    });

    it('is not kept, without a word, where nothing can be written', async () => {
      const file = join(home, 'file');
      await writeFile(file, '');
      await version({ HOME: file });
      await version({ HOME: file, NODE_COMPILE_CACHE: join(file, 'compiled') });
      await version({ HOME: '' });
      expect(await readdir(home)).to.deep.equal(['file']);
    });
  });
});
