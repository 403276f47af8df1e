import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblem } from '../../src/config/problem.ts';
import { FIXTURES, load } from './load-fixture.ts';

describe('mistakes in the configuration', () => {
  const files = globSync('{*,*/main}.yaml', { cwd: FIXTURES }).sort();

  it('has fixtures with and without folders', () => {
    expect(files).to.include.members(['unknown-key.yaml', 'include-circle/main.yaml']);
  });

  for (const file of files) {
    it(`reports ${file} in exactly these words`, async () => {
      const expected = readFileSync(join(FIXTURES, file.replace(/yaml$/, 'txt')), 'utf8');
      const loaded = await load(file);
      if (!('problems' in loaded)) throw new Error('expected problems');
      const lines = loaded.problems.map((problem) => `${formatProblem(problem)}\n`);
      expect(lines.join('')).to.equal(expected);
      expect(loaded.watched.files).to.include(join(FIXTURES, file));
    });
  }
});
