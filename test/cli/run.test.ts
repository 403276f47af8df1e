import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SAMPLE_PEOPLE } from '../../src/render/sample-people.ts';
import { startHubSpotEmulator, TOKEN } from '../support/hubspot/emulator.ts';
import { people } from '../support/hubspot/people.ts';
import { bridgeYaml, ONE_TENANT, runCommand } from '../support/service.ts';

describe('crm-bridge', () => {
  let cwd: string;
  const run = (...argv: string[]) => runCommand(argv, { cwd });

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    await writeFile(join(cwd, 'bridge.yaml'), bridgeYaml(ONE_TENANT));
  });
  afterEach(() => rm(cwd, { recursive: true, force: true }));

  it('--help lists all commands, and each command has its own help', async () => {
    const { code, stdout } = await run('--help');
    expect(code).to.equal(0);
    for (const command of ['serve', 'check', 'lookup', 'key', 'schema']) {
      expect(stdout).to.include(`  ${command}`);
      const help = await run(command, '--help');
      expect(help.code).to.equal(0);
      expect(help.stdout).to.match(new RegExp(`^crm-bridge ${command}`));
    }
  });

  for (const [argv, reason] of [
    [['luukup'], 'unknown command "luukup"'],
    [['lokup'], 'did you mean "lookup"?'],
    [['version'], 'unknown command "version"; did you mean --version?'],
    [['-help'], 'unknown option -help; did you mean --help?'],
    [['check', '-live'], 'unknown option -live; did you mean --live?'],
    [['lookup', 'acme', 'a@b.example', '--as', 'lost'], '--as takes found, stale, not_found'],
    [['lookup', 'acme', 'a@b.example', '--at', 'soon'], '--at takes a time such as'],
    [['lookup', 'acme'], 'lookup takes TENANT and EMAIL, got "acme"'],
    [['check', 'now'], 'check: unexpected argument "now"'],
    [['check', 'my.yaml'], 'unexpected argument "my.yaml"; did you mean --config my.yaml?'],
    [['check', '--fast'], "Unknown option '--fast'"],
    [['check', '--liv'], 'did you mean --live?'],
    [['serve', '--port', '80'], 'set server.port in the configuration'],
    [['check', '--config'], "Option '-c, --config <value>' argument missing"],
  ] as const) {
    it(`exits with 2 and prints the reason for \`${argv.join(' ')}\``, async () => {
      const { code, stdout, stderr } = await run(...argv);
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.include(reason);
    });
  }

  it('key prints a key that is safe in a URL, its digest, and where each goes', async () => {
    const { code, stdout } = await run('key');
    const [, key = '', digest = ''] =
      /^key \(URL\) +(\S+)\ndigest \(keys\) +(\S+)\n$/.exec(stdout) ?? [];
    expect(code).to.equal(0);
    expect(key).to.match(/^[A-Za-z0-9_-]{32}$/);
    expect(digest).to.equal(digestOf(key));
    expect((await run('key')).stdout).not.to.equal(stdout);
  });

  it('key --json prints the two for scripts', async () => {
    const { code, stdout } = await run('key', '--json');
    const { key, digest, ...more } = JSON.parse(stdout) as Record<string, string>;
    expect([code, digest, more]).to.deep.equal([0, digestOf(key ?? ''), {}]);
  });

  it('check --live reports a shared Redis that cannot be reached, and exits with 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await once(server.close(), 'close');
    const shared = `shared: { url: "redis://127.0.0.1:${port}" }`;
    await writeFile(join(cwd, 'bridge.yaml'), bridgeYaml(`${ONE_TENANT}${shared}\n`));
    expect((await run('check', '--config', 'bridge.yaml')).code).to.equal(0);
    const { code, stdout, stderr } = await run('check', '--live', '--config', 'bridge.yaml');
    expect(stdout).to.match(/^shared +error +Redis is not reachable/m);
    expect(stderr).to.equal('');
    expect(code).to.equal(1);
  });

  for (const [out, reason] of [
    ['/proc/x', '/proc/x: no folder can be made there'],
    ['bridge.yaml', 'bridge.schema.json: a file is where a folder is needed'],
    ['bridge.yaml/schemas', 'schemas: a file is where a folder is needed'],
  ] as const) {
    it(`schema says on one line why it cannot write to ${out}`, async () => {
      const { code, stdout, stderr } = await run('schema', '--out', out);
      expect(stderr)
        .to.match(/^schema cannot write .*\n$/)
        .and.include(reason);
      expect(stdout).to.equal('');
      expect(code).to.equal(1);
    });
  }

  it('schema writes the schemas that are committed', async () => {
    const { code, stdout } = await run('schema', '--out', 'schemas');
    expect(code).to.equal(0);
    const names = await readdir(join(cwd, 'schemas'));
    expect(names).to.include('bridge.schema.json');
    expect(stdout.trim().split('\n')).to.have.length(names.length);
    for (const name of names) {
      const written = await readFile(join(cwd, 'schemas', name), 'utf8');
      const committed = join(import.meta.dirname, '../../config/schema', name);
      expect(written, name).to.equal(await readFile(committed, 'utf8'));
    }
  });

  describe('check', () => {
    it('lists connections and tenants and exits with 0', async () => {
      const { code, stdout, stderr } = await run('check', '--config', 'bridge.yaml');
      expect(code, stderr).to.equal(0);
      expect(stdout)
        .to.match(/crm\s+moody/)
        .and.to.match(/acme\s+default\s+first\s+crm/);
      expect(stdout).to.include('no problems');
    });

    it('--live asks each connection', async () => {
      const { code, stdout } = await run('check', '--live', '-c', 'bridge.yaml');
      expect(code).to.equal(0);
      expect(stdout).to.match(/crm\s+ok\s+in a good mood/);
    });

    it('prints every problem to standard error and exits with 1', async () => {
      await writeFile(
        join(cwd, 'bridge.yaml'),
        bridgeYaml(ONE_TENANT.replace('connections: [crm]', 'conections: [crm], locale: 5')),
      );
      const { code, stdout, stderr } = await run('check', '--config', 'bridge.yaml');
      expect(code).to.equal(1);
      expect(stdout).to.equal('');
      expect(stderr).to.match(
        /^bridge\.yaml:6:\d+ tenants\.acme\.conections: unknown key; did you mean "connections"\?$/m,
      );
      expect(stderr).to.include('tenants.acme.locale: expected');
    });

    it('reports a CSV file that is missing or broken', async () => {
      const yaml = bridgeYaml(
        ONE_TENANT.replace('{ connector: moody }', '{ connector: csv, file: people.csv }'),
      );
      await writeFile(join(cwd, 'bridge.yaml'), yaml);
      const missing = await run('check', '--config', 'bridge.yaml');
      expect(missing.code).to.equal(1);
      expect(missing.stderr).to.include('people.csv').and.to.include('connections.crm');
      await writeFile(join(cwd, 'people.csv'), 'email,name\njane@acme.example,"Jane\n');
      const broken = await run('check', '--config', 'bridge.yaml');
      expect(broken.code).to.equal(1);
      expect(broken.stderr).to.match(/people\.csv:2/);
      expect(broken.stderr).not.to.include('jane');
    });
  });

  describe('lookup', () => {
    it('--at sets the clock of the template, in the zone of the tenant', async () => {
      const at = (time: string) => run('lookup', 'demo', 'jane.doe@acme.example', '--at', time);
      const { code, stdout } = await at('2026-11-24T14:05');
      expect(code).to.equal(0);
      expect(stdout).to.include('Last activity: 4 days ago\n').and.to.include('As of 14:05 CET.');
      expect((await at('2026-11-24T13:05Z')).stdout).to.equal(stdout);
    });

    for (const [as, expected] of [
      ['stale', /^Jane Doe.*\nNot live: CRM data from 13:45 CET \(20 minutes ago\)\.\n/u],
      ['not_found', /^No match for this e-mail in the CRM\. acme\.example belongs to ACME GmbH/u],
      ['no_email', /^No e-mail address/u],
      ['unavailable', /^CRM is not reachable.*\nNo answer from: directory\.\n$/u],
    ] as const) {
      it(`--as ${as} shows that outcome`, async () => {
        const argv = ['lookup', 'demo', 'jane.doe@acme.example', '--as', as];
        const { code, stdout } = await run(...argv, '--at', '2026-11-24T14:05');
        expect(stdout).to.match(expected);
        expect(code).to.equal(0);
        const json = JSON.parse((await run(...argv, '--json')).stdout) as Record<string, unknown>;
        expect(json['outcome']).to.equal(as === 'stale' ? 'found' : as);
        expect(Object.keys(json['profile'] as object).includes('contact')).to.equal(as === 'stale');
      });
    }

    it('--as says when nobody is known who could be shown', async () => {
      const { code, stdout, stderr } = await run('lookup', 'demo', 'x@y.example', '--as', 'stale');
      expect(code).to.equal(1);
      expect(stdout).to.match(/^No match/u);
      expect(stderr).to.include('shown as not_found: only a known person can be shown as stale');
    });

    it('of the person of the docs gives the sample of editors', async () => {
      const { stdout } = await run('lookup', 'demo', 'jane.doe@acme.example', '--json');
      const { profile } = JSON.parse(stdout) as { profile: unknown };
      expect(profile).to.deep.equal(SAMPLE_PEOPLE.customer);
    });

    it('waits for what a connector loads behind its opening, such as HubSpot’s labels', async () => {
      const crm = await startHubSpotEmulator();
      try {
        crm.faults.latency = 350;
        const connection = `{ connector: hubspot, accessToken: ${TOKEN}, baseUrl: "${crm.url}" }`;
        const yaml = `connections: { crm: ${connection} }\ntenants: { acme: { keys: [k], connections: [crm] } }\n`;
        await writeFile(join(cwd, 'hubspot.yaml'), yaml);
        const { code, stdout } = await run('lookup', 'acme', people.ada, '-c', 'hubspot.yaml');
        expect(code).to.equal(0);
        expect(stdout).to.include('Former customer').and.not.include('3016596683');
      } finally {
        await crm.close();
      }
    });

    it('prints warnings of its tenant and of no other', async () => {
      const text = (name: string) => `${name}: { keys: [${name}], connections: [crm], locale: de }`;
      const tenants = [text('acme'), text('acme-de'), text('beta')].join(', ');
      await writeFile(
        join(cwd, 'german.yaml'),
        bridgeYaml(`connections: { crm: { connector: moody } }\ntenants: { ${tenants} }\n`),
      );
      const warned = async (...argv: string[]) => {
        const { stderr } = await run(...argv, '-c', 'german.yaml');
        return [...stderr.matchAll(/tenants\.(\S+): /g)].map(([, path]) => path);
      };
      const all = ['acme', 'acme-de', 'beta'].flatMap((id) => [`${id}.keys[0]`, `${id}.locale`]);
      expect(await warned('check')).to.deep.equal(all);
      expect(await warned('lookup', 'acme', 'a@b.example')).to.deep.equal([
        'acme.keys[0]',
        'acme.locale',
      ]);
    });

    it('says which comes first when the two are swapped, without the address', async () => {
      const argv = ['lookup', 'jane@b.example', 'acme', '-c', 'bridge.yaml'];
      const { code, stderr } = await run(...argv);
      expect(code).to.equal(1);
      expect(stderr).to.equal('TENANT comes first, then EMAIL; known tenants: acme\n');
    });

    it('prints exactly what the agent would see', async () => {
      const { code, stdout } = await run('lookup', 'acme', 'Jane@B.example', '-c', 'bridge.yaml');
      expect(code).to.equal(0);
      expect(stdout).to.match(/^Known jane/);
      expect(stdout).not.to.include('undefined');
    });

    it('--trace adds each step with its time', async () => {
      const { stdout } = await run(
        'lookup',
        'acme',
        'jane@b.example',
        '--trace',
        '-c',
        'bridge.yaml',
      );
      const lines = stdout.slice(stdout.indexOf('\n\n')).trim().split('\n');
      const expected = [
        / ms {2}normalise +0\.0 ms +address=jane@b\.example ignored=false$/,
        / ms {2}cache +[\d.]+ ms {2}crm +search=person event=miss result=found$/,
        / ms {4}queue +[\d.]+ ms {2}crm +search=person people=1$/,
        / ms {4}connector +[\d.]+ ms {2}crm +search=person people=1$/,
        / ms {6}crm request +[\d.]+ ms {2}crm +operation=lookup status=200$/,
        / ms {2}answer +0\.0 ms +outcome=found from=crm stale=false ageSeconds=0$/,
        / ms {2}render +[\d.]+ ms +outcome=found$/,
      ];
      expect(lines).to.have.length(expected.length);
      for (const [index, pattern] of expected.entries()) expect(lines[index]).to.match(pattern);
    });

    it('--trace names a field that the person has in other capitals', async () => {
      await mkdir(join(cwd, 'templates', 'own'), { recursive: true });
      await writeFile(join(cwd, 'templates/own/found.liquid'), '{{ contact.fields.Tier }}');
      await writeFile(join(cwd, 'people.csv'), 'email,tier\njane@b.example,Gold\n');
      const yaml = `connections: { dir: { connector: csv, file: people.csv } }
tenants: { acme: { keys: [abcdefghijklmnop], connections: [dir], template: own, templatesDir: templates } }`;
      await writeFile(join(cwd, 'own.yaml'), yaml);
      const { stdout } = await run('lookup', 'acme', 'jane@b.example', '--trace', '-c', 'own.yaml');
      expect(stdout).to.match(
        / ms {2}template .*warning=contact\.fields\.Tier: the person has no such field; .*"contact\.fields\.tier"\?$/m,
      );
    });

    it('--trace names why there is no lookup', async () => {
      const reasonOf = async (email: string) => {
        const { stdout } = await run('lookup', 'acme', email, '--trace', '-c', 'bridge.yaml');
        return / normalise .*? reason=(.*)$/m.exec(stdout)?.[1];
      };
      expect(await reasonOf('jane@@x')).to.equal('not a valid address');
      expect(await reasonOf('a@b.example,c@d.example')).to.equal('more than one address');
      expect(await reasonOf('agent@snapengage.com')).to.equal('on the ignore list');
      expect(await reasonOf('')).to.equal('no address');
      expect(await reasonOf('jane@b.example')).to.equal(undefined);
    });

    it('--json prints JSON', async () => {
      const { stdout } = await run(
        'lookup',
        'acme',
        'jane@b.example',
        '--json',
        '-c',
        'bridge.yaml',
      );
      expect(JSON.parse(stdout)).to.have.nested.property('profile.contact.name', 'Known jane');
    });

    it('exits with 1 when no CRM answered, and prints which and why', async () => {
      const two = ONE_TENANT.replace('crm: { connector: moody }', '$&, more: { connector: moody }');
      const yaml = bridgeYaml(two.replace('[crm]', '[crm, more]'));
      await writeFile(join(cwd, 'bridge.yaml'), yaml);
      const down = ['lookup', 'acme', 'down@b.example', '-c', 'bridge.yaml'];
      const { code, stdout, stderr } = await run(...down);
      expect(code).to.equal(1);
      expect(stdout).to.match(/^CRM is not reachable/);
      expect(stderr).to.include('no answer from crm (unavailable), more (unavailable); ');
      expect(stderr).not.to.include('down@');
      const json = await run(...down, '--json');
      expect(json.code).to.equal(1);
      expect(JSON.parse(json.stdout)).to.include({ outcome: 'unavailable' });
      expect(json.stderr).to.include('no answer from crm');
    });

    it('points to the trace for a record that is wrong, which a check does not see', async () => {
      const broken = ['lookup', 'acme', 'broken@b.example', '-c', 'bridge.yaml'];
      const { code, stderr } = await run(...broken);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /^no answer from crm \(bad_response\); lookup --trace says what is wrong$/m,
      );
      const traced = await run(...broken, '--trace');
      expect(traced.stdout).to.match(/contact\.name/);
      expect(traced.stderr).to.include('(bad_response); the trace says what is wrong\n');
    });

    it('exits with 1 when no CRM answered in time', async () => {
      const { code, stderr } = await run('lookup', 'acme', 'hang@b.example', '-c', 'bridge.yaml');
      expect(code).to.equal(1);
      expect(stderr).to.include('no answer from crm (timeout); ');
    });

    for (const [email, outcome] of [
      ['unknown@b.example', 'not_found'],
      ['none', 'no_email'],
    ] as const) {
      it(`exits with 0 for ${outcome}`, async () => {
        const argv = ['lookup', 'acme', email, '--json', '-c', 'bridge.yaml'];
        const { code, stdout, stderr } = await run(...argv);
        expect(JSON.parse(stdout)).to.include({ outcome });
        expect([code, stderr]).to.deep.equal([0, '']);
      });
    }

    it('names the known tenants when the tenant is unknown', async () => {
      const { code, stderr } = await run('lookup', 'amce', 'jane@b.example', '-c', 'bridge.yaml');
      expect(code).to.equal(1);
      expect(stderr).to.include('unknown tenant "amce"; known: acme');
    });

    it('uses the demo when there is no configuration file', async () => {
      await rm(join(cwd, 'bridge.yaml'));
      const { code, stdout } = await run('lookup', 'demo', 'jane.doe@acme.example');
      expect(code).to.equal(0);
      expect(stdout.split('\n')[0]).to.include('Jane Doe');
    });
  });
});

function digestOf(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
