import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblem } from '../../src/config/problem.ts';
import { makeFolder, type Folder } from './files.ts';
import { load } from './load-fixture.ts';
import { longestTurn } from '../support/longest-turn.ts';

const CONNECTION = 'connections: { people: { connector: crm, url: https://crm.example.com } }\n';
const tenant = (name: string, connection = 'people'): string =>
  `  ${name}: { keys: [a-key-of-16-chars-${name}], connections: [${connection}] }\n`;
const WHOLE = `${CONNECTION}tenants:\n${tenant('acme')}`;
const times = (count: number, write: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => write(n)).join('');

describe('a configuration of any size and shape', function () {
  // Each of them took longer, or did not end, when it was not bounded.
  this.timeout(60_000);
  let folder: Folder;
  beforeEach(() => (folder = makeFolder()));
  afterEach(() => folder.remove());

  async function problemsOf(text: string): Promise<readonly string[]> {
    folder.write('bridge.yaml', text);
    const loaded = await load('bridge.yaml', { workingDir: folder.path });
    const problems = 'problems' in loaded ? loaded.problems : [];
    return problems.map((problem) => {
      const shown = formatProblem(problem, { excerpt: true });
      expect(shown.length).to.be.below(1500);
      return formatProblem(problem);
    });
  }

  it('reports a link that leads to itself under a pattern of "include"', async () => {
    symlinkSync('loop.yaml', join(folder.path, 'loop.yaml'));
    expect(await problemsOf(`include: ["*.yaml"]\n${WHOLE}`)).to.deep.equal([
      'loop.yaml:1:1: expected a readable file, got a circle of symbolic links',
    ]);
  });

  it('reports such a link that "include", a folder or a secret names', async () => {
    symlinkSync('loop', join(folder.path, 'loop'));
    expect(
      await problemsOf(
        `include: [loop]\ntemplatesDir: loop\nops: { key: "\${file:loop}" }\n${WHOLE}`,
      ),
    ).to.deep.equal([
      'bridge.yaml:1:11 include[0]: expected an existing file, got a text; a pattern such as tenants/*.yaml may match nothing, a path may not',
      'bridge.yaml:2:15 templatesDir: expected the path of an existing folder, got a text',
      'bridge.yaml:3:13 ops.key: expected the file to be readable text, got a circle of symbolic links',
    ]);
  });

  it('follows no folder that holds a link to the folder above it without end', async () => {
    folder.write('teams/a.yaml', `tenants:\n${tenant('a')}`);
    symlinkSync('..', join(folder.path, 'teams/up'));
    expect(await problemsOf(`include: ["**/*.yaml"]\n${WHOLE}`)).to.deep.equal([]);
  });

  it('refuses patterns of "include" that would multiply or visit everything', async () => {
    for (let n = 0; n < 60; n += 1) folder.write(`${'a'.repeat(200)}${n}.yaml`, '');
    const problemOf = async (pattern: string) => {
      const problems = await problemsOf(`include: ["${pattern}"]\n${WHOLE}`);
      return problems.join().replace(/^bridge.yaml:1:11 include\[0\]: /, '');
    };
    for (const [pattern, problem] of [
      ['{a,b}'.repeat(20), 'expected a pattern with at most 50 alternatives in its braces'],
      ['{1..99999999}.yaml', 'expected a pattern of *, **, ?, [ ] and {one,other}'],
      ['+(+(a|aa)|a)*b', 'expected a pattern of *, **, ?, [ ] and {one,other}'],
      ['*a*a*a*a*a*a*b', 'expected at most 3 * in a name'],
      ['*/'.repeat(30), 'expected a pattern of at most 20 folders'],
      ['**/a/**/b', 'expected a pattern with one ** at most'],
      ['a'.repeat(500) + '*', 'expected a pattern of at most 500 characters'],
      [
        '/**/*.nope',
        'expected a pattern that looks at no more than 20000 files and folders; begin it with the folder that has the files, such as tenants/*.yaml',
      ],
    ] as const)
      expect(await problemOf(pattern)).to.equal(problem);
  });

  it('reads no more than 8 MB and 5000 paths', async () => {
    const filler = `# ${'x'.repeat(1_000_000)}\n`;
    for (let n = 0; n < 9; n += 1) folder.write(`more/${n}.yaml`, `${filler}tenants: {}\n`);
    expect((await problemsOf(`include: ["more/*.yaml"]\n${WHOLE}`)).join()).to.equal(
      'more/7.yaml:1:1: expected at most 8 MB in all files, got more,more/8.yaml:1:1: expected at most 8 MB in all files, got more',
    );
    const paths = times(6000, (n) => `"none${n}/*", `);
    expect((await problemsOf(`include: [${paths}]\n${WHOLE}`)).join()).to.match(
      /include\[5000\]: expected at most 5000 paths and patterns, got more/,
    );
  });

  it('answers others while it reads thousands of connections and tenants, right or wrong', async () => {
    const connections = times(6000, (n) => `  c${n}: { connector: crmm, baseUrl: x, auth: y }\n`);
    const tenants = times(6000, (n) => `  t${n}: { keys: [k], connections: [c${n}], bad: 1 }\n`);
    folder.write('bridge.yaml', `connections:\n${connections}tenants:\n${tenants}`);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const loaded = await load('bridge.yaml', { workingDir: folder.path });
    clearInterval(timer);
    const problems = 'problems' in loaded ? loaded.problems : [];
    expect(problems.at(-1)?.message).to.equal('and 11,800 more problems');
    expect(turns).to.be.above(10);
  });

  it('answers others while it reads what is broken or names 40,000 things that are not there', async () => {
    const keys = (write: (n: number) => string) =>
      `${CONNECTION}tenants:\n  acme: { connections: [people], keys: [${times(40_000, write)}] }\n`;
    const token = (n: number) =>
      `  - pat-eu1-${String(n).padStart(8, '0')}-12ab-34cd-56ef-1234567890ab\n`;
    for (const [text, problem] of [
      [WHOLE + '}\n'.repeat(490_000), /not valid YAML|takes long to read/],
      [': \n'.repeat(330_000), /takes long to read/],
      [`x: [${','.repeat(900_000)}]`, /takes long to read/],
      [`x: [${','.repeat(290_000)}]`, /not valid YAML/],
      [WHOLE + times(60_000, (n) => `key${n}: 1\n`), /and 59,800 more problems/],
      [keys((n) => `"\${NO_${n}}", `), /and 39,800 more problems/],
      [keys((n) => `"\${file:no${n}}", `), /and 39,800 more problems/],
      [`${WHOLE}x:\n${times(20_000, token)}`, /x: unknown key/],
      [keys((n) => `a-key-of-16-${n}, `), /expected a list of 1 to 100 keys/],
      [
        WHOLE.replace('connections: [people]', `connections: [${'people, '.repeat(40_000)}]`),
        /and 39,799 more/,
      ],
    ] as const) {
      let problems: readonly string[] = [];
      const longest = await longestTurn(async () => (problems = await problemsOf(text)));
      expect(problems.join('\n')).to.match(problem);
      expect(longest, text.slice(0, 200)).to.be.below(200);
    }
  });

  it('does not wait for a pipe that "include" names', async () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe.yaml')]);
    expect(await problemsOf(`include: ["*.yaml"]\n${WHOLE}`)).to.deep.equal([]);
    const [problem] = await problemsOf(`include: [pipe.yaml]\n${WHOLE}`);
    expect(problem).to.match(/include\[0\]: expected a file/);
  });

  it('reports files that include each other without end', async () => {
    for (let n = 0; n < 30; n += 1) folder.write(`f${n}.yaml`, `include: [f${n + 1}.yaml]\n`);
    expect((await problemsOf(`include: [f0.yaml]\n${WHOLE}`)).join()).to.include(
      'expected at most 5000 files, and 20 that include each other, got more',
    );
  });

  it('lists 200 problems and counts the others', async () => {
    const problems = await problemsOf(WHOLE + times(60_000, (n) => `key${n}: 1\n`));
    expect(problems).to.have.length(201);
    expect(problems[0]).to.match(/ key0: unknown key;/);
    expect(problems.at(-1)).to.match(/: and 59,800 more problems$/);
  });

  it('lists and counts them when they are all in one line', async () => {
    const keys = times(60_000, (n) => `key${n}: 1, `);
    const problems = await problemsOf(`${WHOLE}server: { ${keys}port: 80 }\n`);
    expect(problems).to.have.length(201);
    expect(problems.at(-1)).to.match(/and 59,800 more problems$/);
  });

  it('lists and counts wrong references, missing variables and keys that are used twice', async () => {
    for (const text of [
      `${CONNECTION}tenants:\n${times(3000, (n) => tenant(`t${n}`, 'sales'))}`,
      `${CONNECTION}tenants:\n  acme: { connections: [people], keys: [${times(20_000, (n) => `"\${NO_${n}}", `)}] }\n`,
      `${CONNECTION}tenants:\n  acme: { keys: [a-key-of-16-chars], connections: [${times(50_000, (n) => `people${n}, `)}] }\n`,
      WHOLE + times(20_000, () => 'log: { level: info }\n'),
    ]) {
      const problems = await problemsOf(text);
      expect(problems).to.have.length(201);
      expect(problems.at(-1)).to.match(/and [\d,]+ more problems$/);
    }
  });

  it('refuses a file of more than 1 MB', async () => {
    const [problem, ...others] = await problemsOf(`${WHOLE}server: "${'x'.repeat(20_000_000)}"\n`);
    expect(problem).to.equal('bridge.yaml:1:1: expected a file of at most 1 MB, got a larger one');
    expect(others).to.deep.equal([]);
    folder.write('more.yaml', `tenants: "${'x'.repeat(20_000_000)}"\n`);
    expect(await problemsOf(`include: [more.yaml]\n${WHOLE}`)).to.deep.equal([
      'more.yaml:1:1: expected a file of at most 1 MB, got a larger one',
    ]);
  });

  it('reports a text of almost that size, plain, in quotes or as a block', async () => {
    for (const text of ['"x', 'x ', '|\n  x: a\n'].map((start) => start.repeat(1))) {
      const long = text.startsWith('|')
        ? `|\n${'  x: a\n'.repeat(100_000)}`
        : `${text}${'x '.repeat(400_000)}${text.startsWith('"') ? '"' : ''}\n`;
      const [problem] = await problemsOf(`${WHOLE}server: ${long}`);
      expect(problem).to.match(/server: expected a mapping, got a text(?:;|$)/);
    }
  });

  it('reports what is nested too deep', async () => {
    for (const deep of [
      '['.repeat(300_000) + ']'.repeat(300_000),
      '{a: '.repeat(50_000) + '}'.repeat(50_000),
      `\n  ${'- '.repeat(200_000)}x`,
      `\n${times(1000, (n) => `${' '.repeat(n + 1)}a:\n`)}`,
    ])
      expect((await problemsOf(`${WHOLE}server: ${deep}\n`)).join()).to.match(/levels, got more/);
  });

  it('reads many aliases, and stops aliases of aliases and merges without end', async () => {
    const anchors = times(40, (n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]\n`);
    const keys = times(10_000, (n) => `k${n}: 1, `);
    const tooMany = /expected at most 100000 values, got more/;
    const many = await problemsOf(`x: &a {y: 1}\n${WHOLE}server: [${'*a, '.repeat(20_000)}]\n`);
    expect(many).to.have.length(2);
    expect((await problemsOf(`a0: &a0 [x, x]\n${anchors}${WHOLE}`)).join()).to.match(tooMany);
    expect(
      (await problemsOf(`a: &s {${keys}}\nb: {<<: [${'*s, '.repeat(10_000)}]}\n${WHOLE}`)).join(),
    ).to.match(tooMany);
    expect(await problemsOf(`a: &s [*s]\nb: {<<: *s}\n${WHOLE}`)).to.not.be.empty;
  });

  it('reports a file with thousands of errors of syntax', async () => {
    for (const line of ['}\n', 'a: "x" "y"\n', '\t- x\n', '"\n', 'a: [\n'])
      expect(await problemsOf(WHOLE + line.repeat(20_000))).to.not.be.empty;
  });

  it('loads a thousand tenants and connections, also of a thousand files', async () => {
    const names = Array.from({ length: 1000 }, (_, n) => `name${n}`);
    const connections = names.map(
      (name) => `  ${name}: { connector: crm, url: "https://crm.example.com" }\n`,
    );
    const text = `include: ["more/*.yaml"]\nconnections:\n${connections.join('')}tenants:\n`;
    for (const name of names)
      folder.write(`more/${name}.yaml`, `tenants:\n${tenant(`of-${name}`, name)}`);
    expect(await problemsOf(text + names.map((name) => tenant(name, name)).join(''))).to.deep.equal(
      [],
    );
  });
});
