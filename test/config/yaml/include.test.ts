import { expect } from 'chai';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, type Folder } from '../files.ts';
import { load } from '../load-fixture.ts';

const CONNECTION = 'connections: { people: { connector: crm, url: https://crm.example.com } }\n';
const tenant = (name: string): string =>
  `tenants: { ${name}: { keys: [a-key-of-16-chars], connections: [people] } }\n`;

describe('include', () => {
  let folder: Folder;
  beforeEach(() => (folder = makeFolder()));
  afterEach(() => folder.remove());

  async function configurationOf(text: string) {
    folder.write('bridge.yaml', text);
    const loaded = await load('bridge.yaml', { workingDir: folder.path });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    return loaded.configuration;
  }

  const foldersIn = (folders: readonly string[]): readonly string[] =>
    folders
      .filter((path) => path.startsWith(folder.path))
      .map((path) => path.slice(folder.path.length));

  it('merges connections and tenants of paths and patterns, also of files that include others', async () => {
    folder.write('tenants/a.yaml', `include: [more/b.yaml]\n${tenant('a')}`);
    folder.write('tenants/more/b.yaml', tenant('b'));
    folder.write('connections.yaml', CONNECTION);
    const { tenants, watched } = await configurationOf(
      'include: [connections.yaml, "tenants/*.yaml", "nothing/*.yaml"]\n',
    );
    expect([...tenants.keys()]).to.have.members(['a', 'b']);
    expect(watched.files).to.include.members(
      ['bridge.yaml', 'connections.yaml', 'tenants/a.yaml', 'tenants/more/b.yaml'].map((name) =>
        join(folder.path, name),
      ),
    );
  });

  it('watches the folders of its patterns, also those that do not exist yet', async () => {
    folder.write('teams/one/a.yaml', tenant('a'));
    const { watched } = await configurationOf(
      `include: ["teams/*/*.yaml", "later/*.yaml"]\n${CONNECTION}`,
    );
    expect(foldersIn(watched.folders)).to.have.members(['/teams', '/teams/one', '/later']);
  });

  it('leaves out hidden files and the file itself', async () => {
    folder.write('.a.yaml.swp', ':');
    folder.write('.hidden.yaml', tenant('hidden'));
    folder.write('b.yaml', tenant('b'));
    const { tenants } = await configurationOf(`include: ["*.yaml"]\n${CONNECTION}`);
    expect([...tenants.keys()]).to.deep.equal(['b']);
  });

  it('reads a file once that is named twice, also by another way to it', async () => {
    folder.write('a.yaml', tenant('a'));
    symlinkSync('a.yaml', join(folder.path, 'link.yaml'));
    const { tenants } = await configurationOf(
      `include: [a.yaml, ./a.yaml, link.yaml]\n${CONNECTION}`,
    );
    expect([...tenants.keys()]).to.deep.equal(['a']);
  });

  it('lets paths belong to the file that names them', async () => {
    folder.write(
      'teams/a.yaml',
      `${CONNECTION.replace('https://crm.example.com', '"${file:scheme.txt}://crm.example.com"')}${tenant('a')}`,
    );
    folder.write('teams/scheme.txt', 'https\n');
    const { connections } = await configurationOf('include: [teams/a.yaml]\n');
    expect(connections.get('people')).to.include({ baseDir: join(folder.path, 'teams') });
    expect(connections.get('people')?.settings).to.have.property('url', 'https://crm.example.com');
  });
});
