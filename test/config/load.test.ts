import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { join } from 'node:path';
import type { Configuration, ConnectionConfiguration } from '../../src/config/configuration.ts';
import type { LoadOptions } from '../../src/config/load.ts';
import type { Problem } from '../../src/config/problem.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { makeFolder, type Folder } from './files.ts';
import { load, loadTemplates } from './load-fixture.ts';

const CONNECTIONS = `connections:
  people:
    connector: crm
    url: https://crm.example.com
`;
const SMALLEST = `${CONNECTIONS}tenants:
  acme: { keys: [a-key-of-16-chars], connections: [people] }
`;

describe('loadConfiguration', () => {
  let folder: Folder;
  beforeEach(() => (folder = makeFolder()));
  afterEach(() => folder.remove());

  async function loadText(
    text: string,
    options: Partial<LoadOptions> = {},
  ): Promise<{ configuration: Configuration; warnings: readonly Problem[] }> {
    folder.write('bridge.yaml', text);
    const loaded = await load('bridge.yaml', { workingDir: folder.path, ...options });
    if ('problems' in loaded)
      throw new Error(loaded.problems.map((problem) => formatProblem(problem)).join('\n'));
    return loaded;
  }

  async function problemsOf(text: string, options: Partial<LoadOptions> = {}): Promise<string> {
    folder.write('bridge.yaml', text);
    const loaded = await load('bridge.yaml', { workingDir: folder.path, ...options });
    return 'problems' in loaded
      ? loaded.problems.map((problem) => formatProblem(problem)).join('\n')
      : '';
  }

  async function connectionOf(
    text: string,
    options: Partial<LoadOptions> = {},
  ): Promise<ConnectionConfiguration> {
    const { configuration } = await loadText(text, options);
    const connection = configuration.connections.get('people');
    if (!connection) throw new Error('expected the connection');
    return connection;
  }

  it('does not wait for a connector that never gets done with checking its settings', async () => {
    const schema = `{ '~standard': { version: 1, vendor: 'x', validate: () => new Promise(() => 0) } }`;
    folder.write('mine/slow/index.mjs', `export default { settings: ${schema}, open: () => 0 };`);
    const text = SMALLEST.replace('connector: crm', 'connector: slow');
    const options = { connectorTimeoutMs: 20 };
    expect(await problemsOf(`connectorsDir: mine\n${text}`, options)).to.equal(
      'bridge.yaml:3:3 connections.people: the connector did not check these settings within 0.02 s',
    );
  });

  it('names the key of a connector whose variable is not set, in the excerpt too', async () => {
    folder.write(
      'bridge.yaml',
      'connections:\n  crm:\n    connector: hubspot\n    accessToken: ${HUBSPOT_TOKEN}\n',
    );
    const builtinConnectors = join(import.meta.dirname, '..', '..', 'connectors');
    const loaded = await load('bridge.yaml', { workingDir: folder.path, builtinConnectors });
    if (!('problems' in loaded)) throw new Error('expected problems');
    const problem = loaded.problems.find(({ path }) => path === 'connections.crm.accessToken');
    expect(problem?.message).to.contain('HUBSPOT_TOKEN');
    expect(problem?.excerpt).to.contain('accessToken: …');
  });

  it('leaves the words of a comment out of an excerpt, which may have a secret', async () => {
    for (const [line, excerpt] of [
      ['colour: "a #b" # was hunter2', '   1 | colour: "… #…" # …\n     | ^'],
      ['colour: a#b', '   1 | colour: …#…\n     | ^'],
    ] as const) {
      folder.write('bridge.yaml', `${line}\n${SMALLEST}`);
      const loaded = await load('bridge.yaml', { workingDir: folder.path });
      if (!('problems' in loaded)) throw new Error('expected problems');
      const problem = loaded.problems.find(({ path }) => path === 'colour');
      expect(problem?.excerpt).to.equal(excerpt);
    }
  });

  it('gives everything but connections and tenants a default', async () => {
    const { configuration, warnings } = await loadText(SMALLEST);
    const { connections, tenants, ...rest } = configuration;
    expect(warnings).to.deep.equal([]);
    expect(rest).to.deep.equal({
      file: join(folder.path, 'bridge.yaml'),
      watched: {
        files: [join(folder.path, 'bridge.yaml'), ...templateFiles('default')].sort(),
        folders: templateFolders('default'),
      },
      server: {
        host: '0.0.0.0',
        port: 8080,
        trustProxy: 'loopback',
        drainTimeout: 10_000,
        wrongKeys: { attempts: 20, per: 60_000 },
      },
      ops: { host: '127.0.0.1', port: 9090, hosts: [] },
      log: { level: 'info' },
      cache: {
        maxEntries: 50_000,
        maxSize: 128 * 2 ** 20,
        ttl: 300_000,
        notFoundTtl: 30_000,
        staleTtl: 3_600_000,
      },
      publicMailDomains: [],
      locateOpenError: configuration.locateOpenError,
      redactor: configuration.redactor,
    });
    expect(connections.get('people')).to.deep.include({
      name: 'people',
      connector: 'crm',
      settings: { url: 'https://crm.example.com', fields: { contact: [] } },
      limits: { deals: 5, tickets: 5, concurrency: 4, quotaReserve: 0.1 },
      baseDir: folder.path,
    });
    const { templates, ...tenant } = tenants.get('acme') ?? {};
    expect(templates).to.have.property('name', 'default');
    expect(tenant).to.deep.equal({
      id: 'acme',
      name: 'acme',
      keys: ['a-key-of-16-chars'],
      connections: ['people'],
      strategy: 'first',
      template: 'default',
      deadline: 3000,
      locale: 'en-GB',
      timeZone: 'UTC',
      ignoreEmails: ['*@snapengage.com', '*@snapabug.com'],
      companyByDomain: true,
      maxLength: 4000,
      lineSeparator: '\n',
      unavailableStatus: 200,
      rateLimit: { requests: 600, per: 60_000 },
      allowFrom: [],
      json: false,
    });
  });

  it('keeps the defaults beside what is set in the same mapping', async () => {
    const { configuration } = await loadText(`cache: { ttl: 1m }\n${SMALLEST}`);
    expect(configuration.cache).to.include({ ttl: 60_000, notFoundTtl: 30_000 });
  });

  it('takes further domains of mail providers in any case and script', async () => {
    const list = 'publicMailDomains: [Mail.Example, münchen.example]\n';
    const { configuration } = await loadText(list + SMALLEST);
    expect(configuration.publicMailDomains).to.deep.equal([
      'mail.example',
      'xn--mnchen-3ya.example',
    ]);
  });

  it('takes a digest of a key in any case and makes it lower case', async () => {
    const digest = `sha256:${'Ab'.repeat(32)}`;
    const { configuration } = await loadText(SMALLEST.replace('a-key-of-16-chars', digest));
    expect(configuration.tenants.get('acme')?.keys).to.deep.equal([digest.toLowerCase()]);
  });

  it('takes numbers and true/false from the environment', async () => {
    const text = `server: { port: "\${PORT}", trustProxy: "\${HOPS}" }\n${SMALLEST.replace('connections: [', 'companyByDomain: "${FLAG}", connections: [')}`;
    const { configuration } = await loadText(text, {
      env: { PORT: '8181', HOPS: '2', FLAG: 'false' },
    });
    expect(configuration.server).to.include({ port: 8181, trustProxy: 2 });
    expect(configuration.tenants.get('acme')).to.have.property('companyByDomain', false);
  });

  it('interpolates at any depth of a connector’s settings', async () => {
    const text = SMALLEST.replace(
      'https://crm.example.com',
      'https://${HOST}/${file:path.txt}/$$$${x}\n    fields: { contact: ["${FIELD}"] }',
    );
    folder.write('path.txt', 'from-file\n');
    const { settings } = await connectionOf(text, { env: { HOST: 'a.example', FIELD: 'Tier' } });
    expect(settings).to.deep.equal({
      url: 'https://a.example/from-file/${x}',
      fields: { contact: ['Tier'] },
    });
  });

  it('prefers the keys of a merged mapping to those it merges itself, in any order', async () => {
    const { configuration } = await loadText(`
connections: { people: { connector: crm, url: https://crm.example.com } }
tenants:
  acme: &acme { keys: [a-key-of-16-chars], connections: [people], currency: EUR }
  beta: &beta { <<: *acme, keys: [b-key-of-16-chars], currency: CHF }
  gamma: { <<: *beta, keys: [c-key-of-16-chars] }
`);
    expect(configuration.tenants.get('gamma')).to.have.property('currency', 'CHF');
  });

  it('knows merges and anchors', async () => {
    const text = `${CONNECTIONS}tenants:
  acme: &acme { keys: [a-key-of-16-chars], connections: [people], currency: EUR }
  beta: { <<: *acme, currency: CHF }
`;
    const { configuration } = await loadText(text);
    expect(configuration.tenants.get('beta')).to.include({ currency: 'CHF', name: 'beta' });
    expect(configuration.tenants.get('beta')?.connections).to.deep.equal(['people']);
  });

  it('stops at aliases that multiply', async () => {
    const rows = Array.from(
      { length: 9 },
      (_, row) => `x${row + 1}: &x${row + 1} [${Array<string>(9).fill(`*x${row}`).join(', ')}]`,
    );
    expect(await problemsOf(`x0: &x0 [a]\n${rows.join('\n')}\n`)).to.include(
      'expected at most 100000 values, got more',
    );
  });

  it('never throws, whatever the file holds', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom(
        '\n',
        '\n  ',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        '&a ',
        '*a',
        '<<: *a',
        '"',
        "'",
        '|',
        '? ',
        '!x ',
      ),
      fc.constantFrom(
        'connections:',
        'tenants:',
        'include:',
        'connector: crm',
        'keys:',
        'limits:',
        'server:',
      ),
      fc.constantFrom(
        '${X}',
        '${',
        '$$',
        '${file:x}',
        '*.yaml',
        'null',
        '1',
        '.nan',
        'true',
        '%YAML 1.1',
        '---',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
        const problems = await problemsOf(pieces.join(''));
        expect(problems).not.to.equal('');
      }),
      { numRuns: 100 },
    );
  });

  it('survives brackets without end', async () => {
    expect(await problemsOf('['.repeat(2000))).to.include('not valid YAML');
  });

  it('reports an alias inside of what it stands for', async () => {
    expect(await problemsOf(`${SMALLEST}server: &server { host: *server }\n`)).to.include(
      'server.host: expected *NAME',
    );
  });

  it('keeps names such as __proto__ out', async () => {
    expect(await problemsOf(`${SMALLEST}__proto__: { server: 1 }\n`)).to.include(
      'expected a plain word as a key',
    );
  });

  it('reads a file with a byte order mark and Windows line breaks', async () => {
    const { configuration } = await loadText(`\ufeff${SMALLEST.replaceAll('\n', '\r\n')}`);
    expect([...configuration.tenants.keys()]).to.deep.equal(['acme']);
  });

  it('shows a file outside of the working directory with its whole path', async () => {
    const file = folder.write('bridge.yaml', 'server: {}\n');
    const loaded = await load(file);
    expect('problems' in loaded && loaded.problems[0]?.file).to.equal(file);
  });

  it('watches a file that does not exist, so that making it is noticed', async () => {
    const loaded = await load('nowhere.yaml', { workingDir: folder.path });
    if (!('problems' in loaded)) throw new Error('expected problems');
    expect(loaded.problems.map((problem) => formatProblem(problem))).to.deep.equal([
      'nowhere.yaml:1:1: expected a readable file, got no such file',
    ]);
    expect(loaded.watched.files).to.deep.equal([join(folder.path, 'nowhere.yaml')]);
  });

  it('watches the files that references name, also when they are missing', async () => {
    folder.write('bridge.yaml', SMALLEST.replace('a-key-of-16-chars', '"${file:acme.key}"'));
    const loaded = await load('bridge.yaml', { workingDir: folder.path });
    expect('watched' in loaded && loaded.watched.files).to.include(join(folder.path, 'acme.key'));
  });

  describe('template sets', () => {
    it('are looked for in the tenant’s folder, else the one at the top, then among the product’s own', async () => {
      folder.write('top/acme/found.liquid', '');
      folder.write('own/acme/found.liquid', '');
      const asked: string[] = [];
      await loadText(
        `templatesDir: top\n${CONNECTIONS}tenants:
  a: { keys: [a-key-of-16-chars], connections: [people], template: acme }
  b: { keys: [a-key-of-16-chars], connections: [people], template: acme, templatesDir: own }
  c: { keys: [a-key-of-16-chars], connections: [people], template: acme }
  d: { keys: [a-key-of-16-chars], connections: [people] }
`,
        {
          loadTemplates: (request) => {
            const folders = request.folders
              .slice(0, -1)
              .map((each) => each.slice(folder.path.length + 1));
            asked.push(`${request.name} in ${folders.join()}`);
            return loadTemplates(request);
          },
        },
      );
      expect(asked).to.deep.equal(['acme in top', 'acme in own', 'default in top']);
    });

    it('have their folder watched, so that a new one is noticed', async () => {
      folder.write('top/readme.txt', '');
      const { configuration } = await loadText(`templatesDir: top\n${SMALLEST}`);
      expect(configuration.watched.folders).to.include(join(folder.path, 'top'));
    });
  });

  describe('the fingerprint of a connection', () => {
    const base = SMALLEST;
    const fingerprint = async (text: string, options: Partial<LoadOptions> = {}) =>
      (await connectionOf(text, options)).fingerprint;

    it('is the same when nothing of the connection changed', async () => {
      const before = await fingerprint(base);
      const reordered = base
        .replace(/( {4}connector: crm\n)( {4}url: .*\n)/, '$2$1')
        .replace('acme', 'beta');
      expect(reordered).not.to.equal(base);
      expect(await fingerprint(reordered)).to.equal(before);
      expect(before).to.match(/^[\da-f]{64}$/);
    });

    it('changes with a setting, a limit and what a variable holds', async () => {
      const variable = base.replace('crm.example.com', '${HOST}');
      const prints = [
        await fingerprint(base),
        await fingerprint(base.replace('crm.example', 'crm2.example')),
        await fingerprint(
          base.replace('connector: crm', 'connector: crm\n    limits: { deals: 6 }'),
        ),
        await fingerprint(variable, { env: { HOST: 'a' } }),
        await fingerprint(variable, { env: { HOST: 'b' } }),
      ];
      expect(new Set(prints).size).to.equal(prints.length);
    });

    it('holds no secret', async () => {
      const text = base.replace('url:', 'accessToken: open-sesame\n    url:');
      expect((await connectionOf(text)).fingerprint).not.to.include('sesame');
    });
  });

  describe('warnings', () => {
    const warningsOf = async (text: string): Promise<string> =>
      (await loadText(text)).warnings.map((warning) => formatProblem(warning)).join('\n');

    it('report a key that can be guessed', async () => {
      expect(await warningsOf(SMALLEST.replace('a-key-of-16-chars', 'short'))).to.equal(
        'bridge.yaml:6:18 tenants.acme.keys[0]: a key of less than 16 characters can be guessed; make one with "crm-bridge key"',
      );
    });

    it('report a connection that no tenant names', async () => {
      const spare = '  spare: { connector: crm, url: "https://spare.example.com" }\n';
      const text = SMALLEST.replace(CONNECTIONS, CONNECTIONS + spare);
      expect(await warningsOf(text)).to.equal(
        'bridge.yaml:5:3 connections.spare: no tenant names this connection; name it in the connections of a tenant, or remove it',
      );
    });

    it('report a key that two tenants have, plain or as its digest', async () => {
      const key = 'a-key-of-16-chars';
      const digest = `sha256:${createHash('sha256').update(key).digest('hex').toUpperCase()}`;
      for (const same of [key, digest]) {
        const other = `  other: { keys: ["another-key-of-it", "${same}"], connections: [people] }\n`;
        expect(await warningsOf(SMALLEST + other)).to.equal(
          'bridge.yaml:7:40 tenants.other.keys[1]: this is a key of the tenant acme too: who has it can read both; make one for each with "crm-bridge key"',
        );
      }
    });

    it('let the demo’s key pass on this machine only', async () => {
      const demo = SMALLEST.replace('acme', 'demo').replace('a-key-of-16-chars', 'demo');
      expect(await warningsOf(`server: { host: 127.0.0.1 }\n${demo}`)).to.equal('');
      expect(await warningsOf(demo)).to.include('tenants.demo.keys[0]');
    });

    it('report keys that travel unencrypted', async () => {
      expect(
        await warningsOf(`server: { publicUrl: "http://crm.example.com/" }\n${SMALLEST}`),
      ).to.include('use https://');
      expect(
        await warningsOf(`server: { publicUrl: "http://127.0.0.1:8080" }\n${SMALLEST}`),
      ).to.equal('');
    });

    it('report trusting every proxy', async () => {
      expect(await warningsOf(`server: { trustProxy: true }\n${SMALLEST}`)).to.include(
        'server.trustProxy',
      );
    });

    it('report a deadline that no CRM keeps, and one that SnapEngage may not wait for', async () => {
      const warned = (deadline: string) =>
        warningsOf(SMALLEST.replace('keys:', `deadline: ${deadline}, keys:`));
      for (const deadline of ['10ms', '499ms'])
        expect(await warned(deadline)).to.match(/tenants\.acme\.deadline: hardly any CRM/);
      for (const deadline of ['500ms', '5s']) expect(await warned(deadline)).to.equal('');
      for (const deadline of ['5001ms', '2m'])
        expect(await warned(deadline)).to.match(/tenants\.acme\.deadline: SnapEngage may not wait/);
    });

    it('report a line separator that is not one', async () => {
      const text = SMALLEST.replace('keys:', "lineSeparator: '\\n', keys:");
      expect(await warningsOf(text)).to.include('write "\\n" in double quotes');
    });

    it('report a connector that takes the place of a built-in one', async () => {
      folder.write('mine/crm/index.mjs', "export { default } from '../../crm.mjs';");
      folder.write(
        'crm.mjs',
        "export default { settings: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } }, open: () => ({}) };",
      );
      expect(await warningsOf(`connectorsDir: mine\n${SMALLEST}`)).to.include(
        'the connector in mine/crm/index.mjs takes the place of the built-in one',
      );
    });
  });
});

const FIXTURE_TEMPLATES = join(import.meta.dirname, '..', 'fixtures', 'config', 'templates');

function templateFiles(name: string): string[] {
  return [join(FIXTURE_TEMPLATES, name, 'found.liquid')];
}

function templateFolders(name: string): string[] {
  return [join(FIXTURE_TEMPLATES, name)];
}
