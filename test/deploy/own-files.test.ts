/** Templates, connectors and CSV files of one's own, in the folders that docs/deployment.md names. */
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { startPeopleApi, type PeopleApi } from '../support/people-api-server.ts';
import { NODE_SERVE, spawnCommand } from '../support/process.ts';
import { readConnectorExamples } from '../support/connector-examples.ts';

const FOLDERS = ['templates/acme', 'connectors/people-api', 'data'];

describe('files of your own', () => {
  let folder: string;
  let api: PeopleApi;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-own-'));
    api = await startPeopleApi();
    const { peopleApi } = await readConnectorExamples();
    const files = {
      'bridge.yaml': `
templatesDir: templates
connectorsDir: connectors
connections:
  staff: { connector: people-api, baseUrl: "${api.url}", token: secret }
  guests: { connector: csv, file: data/people.csv }
tenants:
  acme: { keys: [key-of-acme-0123456789], connections: [staff, guests], template: acme }
`,
      'templates/acme/found.liquid': 'Mine: {{ contact.name }}\n',
      'connectors/people-api/index.mts': peopleApi,
      'data/people.csv': 'email,name\nguest@b.example,Gwen Guest\n',
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  });
  afterEach(async () => {
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** In a separate process: this one lets any file import the packages of the bridge. */
  async function lookUp(email: string): Promise<string> {
    const [node, main] = NODE_SERVE;
    const words = ['lookup', 'acme', email, '--config', join(folder, 'bridge.yaml')];
    await using command = spawnCommand([node, main, ...words]);
    const { code, stdout, stderr } = await command.ended();
    expect([code, stderr], stdout).to.deep.equal([0, '']);
    return stdout;
  }

  async function expectAllAreUsed(): Promise<void> {
    expect(await lookUp('jane@acme.example')).to.equal('Mine: Jane Doe\n');
    expect(await lookUp('guest@b.example')).to.equal('Mine: Gwen Guest\n');
  }

  it('are found in folders beside the configuration', expectAllAreUsed);

  it('are found in folders elsewhere, behind symbolic links', async () => {
    for (const name of ['templates', 'connectors', 'data']) {
      await mkdir(join(folder, 'elsewhere'), { recursive: true });
      await rename(join(folder, name), join(folder, 'elsewhere', name));
      await symlink(join(folder, 'elsewhere', name), join(folder, name));
    }
    await expectAllAreUsed();
  });

  it('are found as Kubernetes mounts a ConfigMap or a Secret', async () => {
    for (const name of FOLDERS) {
      const mounted = join(folder, name);
      const version = join(mounted, '..2026_11_24');
      await cp(mounted, `${mounted}.version`, { recursive: true });
      await rm(mounted, { recursive: true });
      await mkdir(mounted);
      await rename(`${mounted}.version`, version);
      await symlink('..2026_11_24', join(mounted, '..data'));
      const [file = ''] =
        {
          'templates/acme': ['found.liquid'],
          'connectors/people-api': ['index.mts'],
          data: ['people.csv'],
        }[name] ?? [];
      await symlink(join('..data', file), join(mounted, file));
    }
    await expectAllAreUsed();
  });
});
