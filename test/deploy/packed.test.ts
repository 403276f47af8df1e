/** The package as npm packs it, in an empty folder: what an author of a connector does there. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect } from 'chai';
import manifest from '../../package.json' with { type: 'json' };
import { readConnectorExamples, saveConnectorExamples } from '../support/connector-examples.ts';
import { startAccount } from '../support/hubspot/emulate.ts';
import { people } from '../support/hubspot/people.ts';
import { startPeopleApi } from '../support/people-api-server.ts';
import { spawnCommand } from '../support/process.ts';
import { restConfiguration } from '../support/rest/emulate.ts';
import { startRestEmulator } from '../support/rest/emulator.ts';
import { startOrg } from '../support/salesforce/emulate.ts';
import { ROOT } from './shipped.ts';

const KEY = 'key-of-acme-0123456789';

describe('the packed product in an empty repository', function () {
  this.timeout(180_000); // npm asks its registry for all that the product needs.

  let folder: string;
  const run = (program: string, ...words: string[]) =>
    promisify(execFile)(program, words, { cwd: folder, maxBuffer: 1 << 26 });
  const inPackage = (path: string) => join(folder, 'node_modules/snapengage-crm-bridge', path);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-packed-'));
    await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: ROOT,
    });
    const [tarball = ''] = await readdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const { devDependencies: versions } = manifest;
    await run(
      'npm',
      ...['install', '--silent', '--ignore-scripts', '--prefer-offline', `./${tarball}`],
      ...(['typescript', '@types/node', '@types/pg'] as const).map(
        (name) => `${name}@${versions[name]}`,
      ),
    );
    await saveConnectorExamples(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('holds what it runs with, and no sources, tests or maps', async () => {
    const files = await readdir(inPackage('.'), { recursive: true });
    const superfluous = files.filter((file) =>
      /(^|\/)(test|bench|\.ci)\/|\.(map|tgz)$|\.test\.|[^d]\.ts$/.test(file),
    );
    expect(superfluous).to.deep.equal([]);
  });

  it('has types with which the examples of connectors/README.md compile', async () => {
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2024', lib: ['es2024', 'esnext.disposable'] },
      ...{ strict: true, noEmit: true, allowImportingTsExtensions: true, types: ['node'] },
    };
    const config = { compilerOptions, include: ['my-connectors'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    expect((await run('npx', 'tsc')).stdout).to.equal('');
    const wrong = `import { describeConnector } from 'snapengage-crm-bridge/testing';
      describeConnector('wrong', async () => ({ known: 'jane@acme.example' }));`;
    await writeFile(join(folder, 'my-connectors/wrong.mts'), wrong);
    const compiled = await run('npx', 'tsc').catch((error: { stdout: string }) => error);
    expect(compiled.stdout).to.contain('wrong.mts(2,').and.contain("'Prepared'");
    await rm(join(folder, 'my-connectors/wrong.mts'));
  });

  it('runs the test of the example by node --test', async () => {
    const { stdout } = await run(process.execPath, '--test', '--test-reporter=spec');
    expect(stdout)
      .to.match(/pass 18\n.*fail 0\n/)
      .and.contain('prepare has no `companyDomain`');
  });

  it('serves the example from connectorsDir', async () => {
    const api = await startPeopleApi();
    try {
      const yaml = (await readConnectorExamples()).yaml
        .replace('https://people.example.com/', api.url)
        .replace('${PEOPLE_TOKEN}', 'secret')
        .replace('${ACME_KEY}', KEY);
      const server =
        'server: { host: 127.0.0.1, port: 0 }\nops: { port: 0 }\nlog: { format: json }\n';
      const config = join(folder, 'bridge.yaml');
      await writeFile(config, server + yaml);
      const program = [process.execPath, inPackage('dist/src/main.js')];
      await using service = spawnCommand([...program, 'serve', '--config', config]);
      const [, port = ''] = await service.saw(/"ready","port":(\d+)/);
      const url = `http://127.0.0.1:${port}/v1/acme/contact/${KEY}?email=jane%40acme.example`;
      expect(await (await fetch(url)).text()).to.match(/^Jane Doe .*\| ACME GmbH/);
    } finally {
      await api.close();
    }
  });

  it('names the version of the package', async () => {
    const { stdout } = await run('npx', 'crm-bridge', '--version');
    const { version } = JSON.parse(await readFile(inPackage('package.json'), 'utf8')) as {
      version: string;
    };
    expect(stdout).to.contain(version);
  });

  it('asks every kind of CRM without the files that the image leaves out', async () => {
    const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    const [, prune = ''] = /^RUN (find node_modules [^]*?)\n\n/m.exec(dockerfile) ?? [];
    const before = await sizeOf(inPackage('..'));
    await run('bash', '-c', prune);
    expect(await sizeOf(inPackage('..'))).to.be.below(before * 0.6);

    const [org, account, api] = [
      await startOrg(0),
      await startAccount(0),
      await startRestEmulator(),
    ];
    const database = new DatabaseSync(join(folder, 'people.db'));
    database.exec(
      "create table people (email text, name text); insert into people values ('sql@b.example', 'Sue')",
    );
    database.close();
    const sql = 'select email as "key", name from people where email in (:emails)';
    const sqlYaml = `connections: { db: { connector: sql, url: "sqlite:people.db", person: '${sql}' } }
tenants: { acme: { keys: [acme-key-0123456789], connections: [db] } }
`;
    try {
      for (const [yaml, email, name] of [
        [org.text, 'jane.doe@acme.example', 'Jane Doe'],
        [account.text, people.ada, 'Ada'],
        [restConfiguration(api.url), 'jane.doe@acme.example', 'Jane Doe'],
        [sqlYaml, 'sql@b.example', 'Sue'],
      ] as const) {
        await writeFile(join(folder, 'crm.yaml'), yaml);
        const words = ['lookup', 'acme', email, '--config', 'crm.yaml'];
        const { stdout } = await run(process.execPath, inPackage('dist/src/main.js'), ...words);
        expect(stdout).to.contain(name);
      }
    } finally {
      await Promise.all([org, account, api].map((one) => one.close()));
    }
  });
});

/** @returns kilobytes of all files below. */
async function sizeOf(path: string): Promise<number> {
  const { stdout } = await promisify(execFile)('du', ['-sk', path]);
  return Number.parseInt(stdout);
}
