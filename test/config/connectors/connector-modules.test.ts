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

const MAIN = '{"main":"dist/index.js"}';

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

  const shape = 'default export { settings, open }';
  for (const [text, message] of [
    ['export const settings = 1;', `has no ${shape}`],
    ['export default class {}', 'has a default export that is not an object { settings, open }'],
    ['export default { open() {} };', `has no settings in its ${shape}`],
    [
      'export default { settings: {}, open() {} };',
      `has settings that are not a Standard Schema (a schema of zod is one) in its ${shape}`,
    ],
    [MODULE.replace('open:', 'opened:'), `has no open in its ${shape}`],
    [
      MODULE.replace(/open: .*/, 'open: 1 };'),
      `has an open that is not a function in its ${shape}`,
    ],
    ['export default { lookup() {} };', `has no open and no settings in its ${shape}`],
  ] as const) {
    it(`reports of a module that it ${message}`, async () => {
      folder.write('mine/crm/index.mjs', text);
      expect(await find('crm')).to.have.property('message', message);
    });
  }

  it('finds nothing below a file in the place of connectorsDir', async () => {
    folder.write('mine', '');
    expect(await find('crm')).to.have.property('message', 'there is no such connector');
  });

  it('reports which files a folder of that name lacks', async () => {
    folder.write('mine/empty/README.md', '');
    expect(await find('empty')).to.deep.equal({
      file: join(folder.path, 'mine/empty'),
      message: 'has no "index.ts", "index.mts", "index.js" or "index.mjs"',
    });
    folder.write('elsewhere/node_modules/crm-bridge-connector-unbuilt/package.json', MAIN);
    expect(await find('unbuilt')).to.deep.equal({
      file: join(folder.path, 'elsewhere/node_modules/crm-bridge-connector-unbuilt'),
      message: 'has no "dist/index.js", "index.ts", "index.mts", "index.js" or "index.mjs"',
    });
    expect(await find('nothing')).to.deep.equal({
      file: undefined,
      message: 'there is no such connector',
    });
  });
});
