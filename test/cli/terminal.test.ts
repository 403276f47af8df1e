import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { defaultLogFormat, table, wrap } from '../../src/cli/terminal.ts';
import { startHubSpotEmulator, TOKEN } from '../support/hubspot/emulator.ts';
import { bridgeYaml, ONE_TENANT, runCommand, startService } from '../support/service.ts';

const terminal = (columns: number) => Object.assign(new Writable(), { isTTY: true, columns });

describe('the format of the log', () => {
  it('is pretty on a terminal unless it is set, else JSON', () => {
    expect(defaultLogFormat({ isTTY: true })).to.equal('pretty');
    expect(defaultLogFormat({ isTTY: false })).to.equal('json');
    expect(defaultLogFormat({})).to.equal('json');
  });
});

describe('wrap', () => {
  it('breaks between words and indents further lines', () => {
    expect(wrap(terminal(12), 'one two three four', 2)).to.equal('one two\n  three four');
  });

  it('keeps a word whole that is wider than the terminal', () => {
    const url = 'https://crm.example.com/v1/acme';
    expect(wrap(terminal(12), `see ${url} now`, 2)).to.equal(`see\n  ${url}\n  now`);
  });

  it('leaves text for a file or a program as it is', () => {
    expect(wrap(new Writable(), 'one two three four')).to.equal('one two three four');
  });

  it('does not count colours', () => {
    const red = (word: string) => `\u001b[31m${word}\u001b[39m`;
    expect(wrap(terminal(7), `${red('one')} ${red('two')}`)).to.equal(
      `${red('one')} ${red('two')}`,
    );
  });
});

describe('table', () => {
  const rows = [
    ['short', 'one two three'],
    ['longer', 'four'],
  ];

  it('aligns columns, and the further lines of the last one below it', () => {
    expect(table(terminal(16), rows)).to.equal('short   one two\n        three\nlonger  four');
    expect(table(new Writable(), rows)).to.equal('short   one two three\nlonger  four');
  });
});

describe('on a terminal of 100 columns', () => {
  const columns = 100;
  let cwd: string;
  const run = (...argv: string[]) => runCommand(argv, { cwd, columns });
  const save = (yaml: string) => writeFile(join(cwd, 'bridge.yaml'), bridgeYaml(yaml));

  /** A line that is wider and could have been broken. */
  const tooWide = (text: string) =>
    stripVTControlCharacters(text)
      .split(/[\r\n]/)
      .filter((line) => line.length > columns && line.trim().includes(' '));

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    await save(ONE_TENANT);
  });
  afterEach(() => rm(cwd, { recursive: true, force: true }));

  const demo = 'jane.doe@acme.example';
  for (const argv of [
    ['--help'],
    ['--version'],
    ['serve', '--help'],
    ['check', '--help'],
    ['lookup', '--help'],
    ['key', '--help'],
    ['schema', '--help'],
    ['key'],
    ['check'],
    ['check', '--live'],
    ['check', '--live', '-c', 'bridge.yaml'],
    ['lookup', 'demo', demo],
    ['lookup', 'demo', demo, '--trace'],
    ['lookup', 'demo', 'nobody@acme.example', '--trace'],
    ['lookup'],
    ['serve', '--port', '80'],
  ]) {
    it(`nothing of \`${argv.join(' ')}\` is wider`, async () => {
      const { stdout, stderr } = await run(...argv);
      expect(`${stdout}${stderr}`).not.to.equal('');
      expect(tooWide(stdout)).to.deep.equal([]);
      expect(tooWide(stderr)).to.deep.equal([]);
    });
  }

  it('a key and its digest take a line each', async () => {
    const { stdout } = await run('key');
    expect(stripVTControlCharacters(stdout)).to.match(/^key .*\S{32}\ndigest .*sha256:\S{64}\n$/);
  });

  it('a long list of what is expected is broken', async () => {
    const many = Array.from({ length: 20 }, (_, i) => `connection-${i}: { connector: moody }`);
    const yaml = `connections: { ${many.join(', ')} }
tenants: { acme: { keys: [acme-key-0123456789], connections: [another] } }
`;
    await save(yaml);
    const { code, stderr } = await run('check', '-c', 'bridge.yaml');
    expect(code).to.equal(1);
    const [message = ''] = stripVTControlCharacters(stderr).split(/\n +\d* *\|/);
    expect(message).to.contain('"connection-19"').and.to.contain('\n    ');
    expect(tooWide(message)).to.deep.equal([]);
  });

  it('the tenants there are, and the connections without an answer, are broken', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `tenant-${i}`);
    const tenants = names.map(
      (name) => `${name}: { keys: [key-of-${name}-0123], connections: [crm] }`,
    );
    await save(`connections: { crm: { connector: moody } }\ntenants: { ${tenants.join(', ')} }\n`);
    const { stderr } = await run('lookup', 'acme', demo, '-c', 'bridge.yaml');
    expect(stderr).to.contain('tenant-19');
    expect(tooWide(stderr)).to.deep.equal([]);
  });

  it('what check --live finds is broken below its beginning', async () => {
    const crm = await startHubSpotEmulator();
    try {
      const connection = `{ connector: hubspot, accessToken: ${TOKEN}, baseUrl: "${crm.url}" }`;
      await save(
        `connections: { crm: ${connection} }\ntenants: { acme: { keys: [k], connections: [crm] } }\n`,
      );
      const { code, stdout } = await run('check', '--live', '-c', 'bridge.yaml');
      expect(code).to.equal(0);
      expect(tooWide(stdout)).to.deep.equal([]);
    } finally {
      await crm.close();
    }
  });

  it('a warning of the configuration is logged without colours', async () => {
    const short = ONE_TENANT.replace('acme-key-0123456789', 'acme-key');
    const service = await startService({ files: { 'bridge.yaml': bridgeYaml(short) }, columns });
    try {
      const output = stripVTControlCharacters(service.output());
      expect(output).to.match(/ warning="?bridge\.yaml:\d+:\d+ tenants\.acme\.keys\[0\]: /u);
      expect(output).not.to.include('\\u001b');
    } finally {
      await service.close();
    }
  });

  it('what the service prints when it is ready is not wider', async () => {
    const service = await startService({
      files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) },
      columns,
    });
    try {
      expect(stripVTControlCharacters(service.output())).to.match(/^ {2}curl 'http\S+'$/m);
      expect(service.output()).to.match(/http:\S+\/console\/ /);
      expect(tooWide(service.output())).to.deep.equal([]);
    } finally {
      await service.close();
    }
  });
});
