/** What README.md promises and no other test checks. */
import { access, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import supertest from 'supertest';
import { HELP } from '../src/cli/help.ts';
import { bridgeSchema } from '../src/config/schema/schema.ts';
import { runCommand, startService } from './support/service.ts';

const ROOT = join(import.meta.dirname, '..');
const BRIDGE = 'npm run -s bridge -- ';
const ENV = { HUBSPOT_TOKEN: 'pat-eu1-0123456789', ACME_KEY: 'acme-key-0123456789' };

describe('README.md', () => {
  let page: string;
  let folder: string;
  const run = (...words: string[]) => runCommand(words, { cwd: folder, env: ENV });

  before(async () => {
    page = await readFile(join(ROOT, 'README.md'), 'utf8');
    folder = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    await cp(join(ROOT, 'config'), join(folder, 'config'), { recursive: true });
  });
  after(() => rm(folder, { recursive: true }));

  it('is short enough to be read', () => {
    expect(page.split('\n').length).to.be.below(200);
  });

  it('links to what is there', async () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path);
    expect(links).to.have.length.above(8);
    for (const path of links) await access(join(ROOT, path));
    for (const [, template = ''] of page.matchAll(
      /`(?:templates\/)?(default|compact|german|example)`/g,
    ))
      await access(join(ROOT, 'templates', template));
  });

  it('shows lines that the demo prints, but for dates that go on', async () => {
    const [, shown = ''] = /```\n(Jane Doe.*?)\n```/s.exec(page) ?? [];
    const still = (text: string) =>
      text.replace(/(opened|activity:) [^)\n]+/g, '$1').replace(/As of [^.]+/g, 'As of');
    const { stdout } = await run('lookup', 'demo', 'jane.doe@acme.example');
    const printed = still(stdout).split('\n');
    expect(printed).to.include.members(still(shown).split('\n'));
  });

  it('names commands and options that exist, and all of them', async () => {
    const rows = [...page.matchAll(/^\| `npm run -s bridge -- (\w+)([^`]*)`/gm)];
    const named = rows.map(([, command = '']) => command);
    expect([...named, 'serve']).to.have.members(Object.keys(HELP));
    for (const [, command = '', words = ''] of rows) {
      const { stdout } = await run(command, '--help');
      for (const [option] of words.matchAll(/--\w+/g)) expect(stdout).to.include(option);
    }
  });

  it('shows commands that run', async () => {
    const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, lines = '']) =>
      lines.trim().split('\n'),
    );
    const commands = blocks.filter((line) => line.startsWith(BRIDGE));
    expect(commands).to.have.length.above(1);
    for (const line of commands) {
      const words = line
        .slice(BRIDGE.length)
        .replace(/ +#.*$/, '')
        .split(' ');
      const { code, stdout, stderr } = await run(...words);
      expect([code, stderr], line).to.deep.equal([0, '']);
      expect(stdout, line).to.match(/acme\.example|ACME/);
    }
    const scripts = (JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest)
      .scripts;
    for (const line of blocks.filter((one) => one.startsWith('npm run -s ')))
      expect(Object.keys(scripts), line).to.include(line.split(' ')[3]);
    for (const [, crm = ''] of page.matchAll(/emulate -- (\w+)/g))
      await access(join(ROOT, 'test/support', crm, 'emulate.ts'));
  });

  it('shows a configuration that is right as it is', async () => {
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    await writeFile(join(folder, 'my-bridge.yaml'), yaml);
    const { code, stdout, stderr } = await run('check', '--config', 'my-bridge.yaml');
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout)
      .to.match(/crm +hubspot/)
      .and.to.match(/acme +default +first +crm/);
  });

  it('shows a mistake exactly as it is printed', async () => {
    const [, shown = ''] = /```\n(config\/bridge\.yaml:.*)\n```/.exec(page) ?? [];
    const lines =
      'connections:\n  crm: { connector: csv, file: demo/people.csv }\ntenants:\n  acme:\n';
    const yaml = `${'\n'.repeat(9)}${lines.replace('acme:', 'acme: { keys: [acme-key-0123456789],')}`;
    await writeFile(
      join(folder, 'config/bridge.yaml'),
      `${yaml.trimEnd()}\n        conection: [crm] }\n`,
    );
    const { code, stderr } = await run('check');
    await cp(join(ROOT, 'config/bridge.yaml'), join(folder, 'config/bridge.yaml'));
    expect(code).to.equal(1);
    expect(stderr.split('\n')).to.include(shown);
  });

  it('lists the connectors that ship', async () => {
    const listed = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    const entries = await readdir(join(ROOT, 'connectors'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(listed).to.have.members(folders);
  });

  it('names the defaults there are', async () => {
    const { server, ops, cache } = bridgeSchema.parse({});
    expect(page).to.include(`http://127.0.0.1:${server.port}/v1/`);
    expect(page).to.include(`\`${ops.host}:${ops.port}\``);
    expect([cache.ttl, cache.staleTtl]).to.deep.equal([5 * MINUTE, 60 * MINUTE]);
    expect(page).to.match(/fresh for 5 minutes and then, for an hour/);
    const { code, stdout } = await run('schema', '--out', 'schema');
    const schema = await readFile(join(folder, 'schema/bridge.schema.json'), 'utf8');
    expect([code, stdout.split('\n').length]).to.deep.equal([0, 3]);
    expect(page).to.include('`deadline` (3 s)');
    expect(schema).to.match(/"deadline": \{[^}]*"default": "3s"/);
  });

  it('names routes that the demo answers', async () => {
    const tables = ['people', 'companies', 'deals', 'tickets'].map((name) => `demo/${name}.csv`);
    const texts = tables.map((name) => readFile(join(ROOT, 'config', name), 'utf8'));
    const demo = await readFile(join(ROOT, 'config/bridge.yaml'), 'utf8');
    const yaml = `${demo.replace('port: 8080', 'port: 0')}\nops: { port: 0 }\n`;
    const files = Object.fromEntries(
      (await Promise.all(texts)).map((text, index) => [tables[index] ?? '', text]),
    );
    const service = await startService({ files: { ...files, 'bridge.yaml': yaml } });
    try {
      const [, path = ''] = /curl 'http:\/\/127\.0\.0\.1:8080(\S+)'/.exec(page) ?? [];
      const { status, text } = await supertest(service.url).get(path);
      expect(status).to.equal(200);
      expect(text).to.match(/^Jane Doe/);
      const routes = [...page.matchAll(/`(GET|POST|DELETE) (\/\S+)`/g)];
      expect(routes).to.have.length.above(6);
      for (const [route, verb = '', named = ''] of routes) {
        const url = named
          .replace('TENANT', 'demo')
          .replace('NAME', 'directory')
          .replace('tenant=…', 'tenant=demo')
          .replace('…', 'jane.doe@acme.example');
        const method = verb.toLowerCase() as 'get' | 'post' | 'delete';
        expect((await supertest(service.opsUrl)[method](url)).status, route).to.equal(200);
      }
    } finally {
      await service.close();
    }
  });
});

const MINUTE = 60_000;

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}
