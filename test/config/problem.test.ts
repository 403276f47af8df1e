import { expect } from 'chai';
import fc from 'fast-check';
import { formatPath, formatProblem, sortProblems, type Problem } from '../../src/config/problem.ts';
import { load } from './load-fixture.ts';

const PROBLEM: Problem = {
  file: 'config/bridge.yaml',
  line: 14,
  column: 9,
  path: 'tenants.acme.conection',
  message: 'unknown key',
  hint: 'did you mean "connections"?',
  excerpt: '  14 |     conection: …\n     |     ^',
};

describe('formatProblem', () => {
  it('puts place, path, message and hint on one line', () => {
    expect(formatProblem(PROBLEM)).to.equal(
      'config/bridge.yaml:14:9 tenants.acme.conection: unknown key; did you mean "connections"?',
    );
  });

  it('leaves out the path and the hint when there are none', () => {
    const { file, line, column, message } = PROBLEM;
    const formatted = formatProblem({ file, line, column, message, path: '' });
    expect(formatted).to.equal('config/bridge.yaml:14:9: unknown key');
  });

  it('adds the excerpt when asked', () => {
    expect(formatProblem(PROBLEM, { excerpt: true }).split('\n')).to.have.length(3);
  });

  it('uses colours only when asked', () => {
    const coloured = formatProblem(PROBLEM, { color: true, excerpt: true });
    const plain = coloured.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '');
    expect(coloured).not.to.equal(plain);
    expect(plain).to.equal(formatProblem(PROBLEM, { excerpt: true }));
  });

  it('is one line without control characters, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, path) => {
        const line = formatProblem({ ...PROBLEM, message: text, hint: text, path, file: text });
        expect(line).not.to.match(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('sortProblems', () => {
  it('goes by file, line and column, and leaves out what is there already', () => {
    const at = (file: string, line: number, column: number): Problem => ({
      ...PROBLEM,
      file,
      line,
      column,
    });
    const sorted = sortProblems([
      at('b', 1, 1),
      at('a', 10, 1),
      at('a', 9, 2),
      at('a', 9, 1),
      at('b', 1, 1),
    ]);
    expect(sorted.map(({ file, line, column }) => `${file}:${line}:${column}`)).to.deep.equal([
      'a:9:1',
      'a:9:2',
      'a:10:1',
      'b:1:1',
    ]);
  });
});

describe('formatPath', () => {
  it('writes places in lists in brackets and puts unusual keys in quotes', () => {
    expect(formatPath(['tenants', 'acme ltd', 'keys', 0])).to.equal('tenants."acme ltd".keys[0]');
  });
});

describe('the excerpt', () => {
  async function excerptsOf(file: string): Promise<readonly (string | undefined)[]> {
    const loaded = await load(file);
    return 'problems' in loaded ? loaded.problems.map(({ excerpt }) => excerpt) : [];
  }

  it('shows the key at issue and a caret, but not its neighbours', async () => {
    expect(await excerptsOf('settings-limits.yaml')).to.deep.equal([
      '   5 |     limits: { deals: …, …: … }\n     |                      ^',
      '   5 |     limits: { deals: …, ticket: … }\n     |                         ^',
    ]);
  });

  it('shows no value of a secret', async () => {
    expect(await excerptsOf('keys-text.yaml')).to.deep.equal([
      '   7 |     keys: …\n     |           ^',
    ]);
  });

  it('shows only words that the bridge knows when the file is not valid YAML', async () => {
    expect(await excerptsOf('syntax-reference-in-braces.yaml')).to.deep.equal([
      '   1 | server: { host: ${HOST} }\n     |                  ^',
    ]);
  });
});
