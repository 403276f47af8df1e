import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  connectorNames,
  loadConnector,
  type LoadedConnector,
} from '../../../src/config/connectors/connector-modules.ts';
import { builtinConnectorsDir } from '../../../src/config/folders.ts';
import { makeFolder, type Folder } from '../files.ts';

const MODULE = `const settings = { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } };
export default { settings, open: () => ({ lookup: async () => undefined }) };
`;

const BUILTIN = { builtinDir: builtinConnectorsDir(), packageDirs: [] };

describe('loadConnector', () => {
  let folder: Folder;
  beforeEach(() => (folder = makeFolder()));
  afterEach(() => folder.remove());

  const find = (name: string): Promise<LoadedConnector> =>
    loadConnector(name, {
      connectorsDir: join(folder.path, 'mine'),
      builtinDir: join(folder.path, 'own'),
      packageDirs: [join(folder.path, 'config', 'deep'), join(folder.path, 'elsewhere')],
    });

  /** Where it was found, in the folder of the test. */
  async function placeOf(name: string): Promise<string | undefined> {
    const { file } = await find(name);
    return file?.slice(folder.path.length + 1);
  }

  it('does not wait for one that never gets done with loading', async () => {
    folder.write('own/crm/index.mjs', `await new Promise(() => undefined);\n${MODULE}`);
    const searchPath = { builtinDir: join(folder.path, 'own'), packageDirs: [] };
    const loaded = await loadConnector('crm', searchPath, 20);
    expect(loaded).to.have.property('message', 'does not load within 0.02 s');
  });

  it('looks in connectorsDir, then among the built-in ones, then for an npm package', async () => {
    folder.write('config/node_modules/crm-bridge-connector-crm/index.js', MODULE);
    expect(await placeOf('crm')).to.equal('config/node_modules/crm-bridge-connector-crm/index.js');
    folder.write('own/crm/index.mjs', MODULE);
    expect(await placeOf('crm')).to.equal('own/crm/index.mjs');
    folder.write('mine/crm/index.ts', MODULE);
    expect(await placeOf('crm')).to.equal('mine/crm/index.ts');
  });

  it('reports when one takes the place of a built-in one', async () => {
    folder.write('mine/crm/index.mjs', MODULE);
    expect(await find('crm')).to.have.property('shadowsBuiltin', false);
    folder.write('own/crm/index.mjs', MODULE);
    expect(await find('crm')).to.have.property('shadowsBuiltin', true);
  });

  it('goes up from every folder for a package, the nearest first', async () => {
    folder.write('elsewhere/node_modules/crm-bridge-connector-crm/index.mjs', MODULE);
    expect(await placeOf('crm')).to.match(/^elsewhere/);
    folder.write('node_modules/crm-bridge-connector-crm/index.mjs', MODULE);
    expect(await placeOf('crm')).to.match(/^node_modules/);
  });

  for (const [what, manifest] of [
    ['main', { main: 'lib/it.mjs' }],
    ['exports as a text', { exports: './lib/it.mjs', main: 'other.js' }],
    [
      'exports for import',
      { exports: { '.': { types: './x.d.ts', import: { default: './lib/it.mjs' } } } },
    ],
    ['a default among exports', { exports: { require: './x.cjs', default: './lib/it.mjs' } }],
  ] as const) {
    it(`takes the file that package.json names as ${what}`, async () => {
      folder.write('mine/crm/package.json', JSON.stringify(manifest));
      folder.write('mine/crm/lib/it.mjs', MODULE);
      expect(await placeOf('crm')).to.equal('mine/crm/lib/it.mjs');
    });
  }

  it('lists all there are, each once', () => {
    folder.write('mine/a/index.mjs', MODULE);
    folder.write('mine/no-connector/readme.md', '');
    folder.write('own/a/index.mjs', MODULE);
    folder.write('own/b/index.mjs', MODULE);
    folder.write('node_modules/crm-bridge-connector-c/index.js', MODULE);
    const names = connectorNames({
      connectorsDir: join(folder.path, 'mine'),
      builtinDir: join(folder.path, 'own'),
      packageDirs: [folder.path],
    });
    expect(names).to.deep.equal(['a', 'b', 'c']);
  });

  it('loads the built-in ones from where they are', async () => {
    expect(await loadConnector('csv', BUILTIN)).to.have.nested.property('module.open');
  });

  it('does not wait for a pipe in the place of a connector or of its package.json', async () => {
    folder.write('mine/crm/index.mjs', MODULE);
    execFileSync('mkfifo', [join(folder.path, 'mine/crm/package.json')]);
    expect(await placeOf('crm')).to.equal('mine/crm/index.mjs');
    folder.write('mine/other/README.md', '');
    execFileSync('mkfifo', [join(folder.path, 'mine/other/index.ts')]);
    expect(await find('other')).to.include({
      message: 'is something that is not a file',
    });
  });

  it('reports in which line it throws', async () => {
    folder.write('mine/crm/index.mjs', '\n\nthrow new TypeError("no\\nmoon");\n');
    expect(await find('crm')).to.have.property(
      'message',
      'does not load: TypeError: no (index.mjs:3)',
    );
  });

  it('reports what TypeScript it cannot run', async () => {
    folder.write('mine/crm/index.ts', 'export default {\n');
    expect(await find('crm'))
      .to.have.property('message')
      .that.match(/^does not load: SyntaxError: [^\n]+$/);
  });

  for (const [what, text] of [
    ['no default export', 'export const settings = 1;'],
    ['no settings', 'export default { open() {} };'],
    ['settings that are no Standard Schema', 'export default { settings: {}, open() {} };'],
    ['no open', MODULE.replace('open:', 'opened:')],
  ]) {
    it(`does not take a module with ${what ?? ''}`, async () => {
      folder.write('mine/crm/index.mjs', text ?? '');
      expect(await find('crm')).to.have.property(
        'message',
        'has no default export { settings, open }',
      );
    });
  }
});
