import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { filesOf, SLOW, SUITES } from './suites.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the suites of the tests', () => {
  it('have every test file, each in one suite', () => {
    const files = ['main', ...Object.keys(SUITES)].flatMap(filesOf);
    expect(files).to.have.members(globSync('test/**/*.test.ts', { cwd: ROOT }));
  });

  it('name files that exist', () => {
    for (const pattern of [...SLOW, ...Object.values(SUITES).flat()])
      expect(globSync(pattern, { cwd: ROOT }), pattern).not.to.deep.equal([]);
  });

  it('start with the slowest files', () => {
    expect(filesOf('system')[0]).to.equal(SLOW[0]);
  });

  it('all run in `npm run check` and in .ci/run', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const [, steps = ''] =
      /^for step in (.*); do$/m.exec(readFileSync(join(ROOT, '.ci/run'), 'utf8')) ?? [];
    const own = Object.keys(SUITES).map((suite) => `test:${suite}`);
    expect(Object.keys(scripts).filter((name) => name.startsWith('test:'))).to.have.members(own);
    expect(scripts['check']).to.equal('run-s static test test:*');
    expect(steps.split(' ')).to.have.members(['static', 'test', ...own]);
  });
});

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}
