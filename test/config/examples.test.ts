import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadConfiguration, type ConfigurationResult } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { loadTemplateSet } from '../../src/render/load.ts';
import { makeFolder } from './files.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** All that the examples ask for. */
const ENV = {
  SHOP_DB: 'postgres://reader:password@db.example.com/shop',
  ...Object.fromEntries(
    [
      'BILLING_TOKEN',
      'SF_CLIENT_ID',
      'SF_CLIENT_SECRET',
      'HUBSPOT_TOKEN',
      'SUPPORT_KEY',
      'EMEA_KEY',
      'APAC_KEY',
      'APAC_OLD_KEY',
      'OPS_KEY',
    ].map((name) => [name, `the value of ${name}`.replaceAll(' ', '-')]),
  ),
};

describe('the configurations that ship', () => {
  const load = (file: string, env: Record<string, string>): Promise<ConfigurationResult> =>
    loadConfiguration({ file, env, workingDir: ROOT, loadTemplates: loadTemplateSet });

  function linesOf(loaded: ConfigurationResult): readonly string[] {
    const problems = 'problems' in loaded ? loaded.problems : loaded.warnings;
    return problems.map((problem) => formatProblem(problem));
  }

  it('has a demo that needs nothing, listens on this machine only and warns of nothing', async () => {
    const loaded = await load('config/bridge.yaml', {});
    expect(linesOf(loaded)).to.deep.equal([]);
    if (!('configuration' in loaded)) throw new Error('expected a configuration');
    const { server, tenants, connections } = loaded.configuration;
    expect(server.host).to.equal('127.0.0.1');
    expect(tenants.get('demo')).to.deep.include({ keys: ['demo'], connections: ['directory'] });
    expect(connections.get('directory')).to.include({ connector: 'csv' });
  });

  const examples = globSync('config/examples/*.yaml', { cwd: ROOT }).sort();

  it('has examples for each connector, several teams and as little as possible', () => {
    expect(examples.map((file) => file.slice('config/examples/'.length))).to.have.members([
      'compact.yaml',
      'hubspot.yaml',
      'rest.yaml',
      'salesforce.yaml',
      'sql.yaml',
      'teams.yaml',
      'templates.yaml',
    ]);
  });

  for (const file of examples) {
    it(`has nothing to complain of in ${file}`, async () => {
      const loaded = await load(file, ENV);
      expect(linesOf(loaded)).to.deep.equal([]);
      expect(loaded).to.have.property('configuration');
    });
  }

  for (const file of globSync('config/recipes/*.yaml', { cwd: ROOT }).sort()) {
    const name = basename(file, '.yaml');
    const text = readFileSync(join(ROOT, file), 'utf8');
    const [head = '', body = ''] = text.split(/^connections:$/m);

    describe(`the recipe ${name}`, () => {
      it('is included by its name, complains of nothing and brings one connection', async () => {
        const folder = makeFolder();
        const main = folder.write(
          'bridge.yaml',
          `include: [${JSON.stringify(join(ROOT, file))}]
tenants: { acme: { keys: [the-key-of-acme-0123456789], connections: [${name}] } }`,
        );
        const used = [...body.matchAll(/\$\{(\w+)\}/g)].map(([, variable = '']) => variable);
        const env = used.map((variable) => {
          const isUrl = variable.endsWith('_URL');
          return [variable, isUrl ? 'https://api.example' : `value-of-${variable}`];
        });
        const loaded = await load(main, Object.fromEntries(env) as Record<string, string>);
        folder.remove();
        expect(linesOf(loaded)).to.deep.equal([]);
        if (!('configuration' in loaded)) throw new Error('expected a configuration');
        expect([...loaded.configuration.connections.keys()]).to.deep.equal([name]);
        for (const variable of used) expect(head, 'the head names it').to.include(variable);
      });

      it('says what it was written from, what it needs, and that it was not tried', () => {
        expect(head).to.include('# yaml-language-server: $schema=../schema/include.schema.json\n');
        expect(head).to.include(
          'Written from the public API reference; not tried on a real account.',
        );
        expect(head)
          .to.match(/# {3}https:\/\/\S+/)
          .and.match(/# Needs: /);
        expect(head).to.include(`include: [recipes/${name}.yaml]`);
      });
    });
  }
});
