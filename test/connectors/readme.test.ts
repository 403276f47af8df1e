import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CONNECTOR_ERROR_KINDS } from '../../src/connector/errors.ts';
import { describeConnector } from '../../src/connector/testing/describe-connector.ts';
import { connectorRules } from '../../src/connector/testing/all-rules.ts';
import { readConnectorExamples, saveConnectorExamples } from '../support/connector-examples.ts';
import { preparePeopleApi, startPeopleApi } from '../support/people-api-server.ts';
import { runCommand } from '../support/service.ts';
import staffFile from '../fixtures/connectors/staff-file/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFile(join(ROOT, path), 'utf8');

describe('connectors/README.md', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    await saveConnectorExamples(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('shows the connectors that are tested', async () => {
    const { peopleApi, staffFile, crmDatabase } = await readConnectorExamples();
    const fixtures = 'test/fixtures/connectors';
    expect(peopleApi).to.equal(await read(`${fixtures}/people-api/index.ts`));
    expect(staffFile).to.equal(await read(`${fixtures}/staff-file/index.ts`));
    expect(crmDatabase).to.equal(await read(`${fixtures}/crm-database/index.ts`));
  });

  it('shows a connector and a configuration that answer, with nothing installed beside them', async () => {
    const server = await startPeopleApi();
    try {
      const { yaml } = await readConnectorExamples();
      const config = await saveYaml(
        folder,
        yaml.replace('https://people.example.com/', server.url),
      );
      const words = ['lookup', 'acme', 'jane@acme.example', '--config', config];
      const { code, stdout, stderr } = await runCommand(words, {
        cwd: folder,
        env: { PEOPLE_TOKEN: 'secret', ACME_KEY: 'key-of-acme-0123456789' },
      });
      expect(stderr).to.equal('');
      expect(stdout).to.match(/^Jane Doe .*\| ACME GmbH/);
      expect(code).to.equal(0);
    } finally {
      await server.close();
    }
  });

  it('shows a connector whose file belongs to the folder of the configuration', async () => {
    const config = await saveYaml(
      folder,
      `connectorsDir: my-connectors
connections: { staff: { connector: staff-file, file: staff.json } }
tenants: { acme: { keys: [key-of-acme-0123456789], connections: [staff] } }
`,
    );
    await writeFile(join(folder, 'staff.json'), JSON.stringify(STAFF));
    const words = ['lookup', 'acme', 'jane@acme.example', '--config', config];
    const { stdout, stderr } = await runCommand(words, { cwd: tmpdir() });
    expect(stderr).to.equal('');
    expect(stdout).to.match(/^Jane Doe /);
  });

  it('shows a test that a checkout runs from any folder, and that names what it skips', async () => {
    const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
    const test = join(folder, 'my-connectors/people-api/people-api.test.mts');
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [mocha, '--reporter', 'spec', test], {
      cwd: ROOT,
    });
    expect(stdout).to.match(/18 passing[^]*6 pending/);
    expect(stdout).to.contain('(skipped: prepare has no `companyDomain`)');
  });

  it('lists every rule of the suite', async () => {
    const page = await read('connectors/README.md');
    const [, table = ''] = /^\| rule \| needs \|\n[^\n]*\n(.*?)\n\n/ms.exec(page) ?? [];
    const rules = table.split('\n').map((row) => row.split('|')[1]?.trim());
    expect(rules).to.deep.equal(connectorRules.map(({ rule }) => rule));
  });

  it('lists every member of what a test prepares', async () => {
    const page = await read('connectors/README.md');
    const [, members = ''] =
      /export interface Prepared \{\n(.*?)\n\}/s.exec(
        await read('src/connector/testing/rule.ts'),
      ) ?? [];
    const names = [...members.matchAll(/^ {2}(?:readonly )?(\w+)/gm)].map(([, name]) => name);
    expect(names).to.include('manyKnown');
    const [, table = ''] = /^\| member \| type \|.*?\n(.*?)\n\n/ms.exec(page) ?? [];
    for (const name of names) expect(table).to.match(new RegExp(`^\\|.*\`${name}\\b.*? \\|`, 'm'));
  });

  it('names every kind of error', async () => {
    const page = await read('connectors/README.md');
    for (const kind of CONNECTOR_ERROR_KINDS) expect(page).to.contain(`\`${kind}\``);
  });
});

const STAFF = [
  { email: 'Jane@acme.example', name: 'Jane Doe' },
  { email: 'joe@acme.example', name: 'Joe Bloggs' },
  { email: "o'brien@books.example", name: 'Pat O’Brien' },
];

describeConnector('the example of connectors/README.md', preparePeopleApi);

describeConnector('the example of connectors/README.md with a file', async () => {
  const baseDir = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
  const file = join(baseDir, 'staff.json');
  await writeFile(file, JSON.stringify(STAFF));
  return {
    module: staffFile,
    settings: { file: 'staff.json' },
    baseDir,
    known: { email: 'jane@acme.example', name: 'Jane Doe' },
    manyKnown: STAFF.map(({ email }) => email.toLowerCase()),
    unknown: 'unknown@acme.example',
    storedInMixedCase: 'jane@acme.example',
    makeUnavailable: () => writeFile(file, `${JSON.stringify(STAFF)}]`),
    restore: () => writeFile(file, JSON.stringify(STAFF)),
    close: () => rm(baseDir, { recursive: true }),
  };
});

async function saveYaml(folder: string, yaml: string): Promise<string> {
  const file = join(folder, 'bridge.yaml');
  await writeFile(file, yaml);
  return file;
}
