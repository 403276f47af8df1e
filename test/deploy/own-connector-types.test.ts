import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { readConnectorExamples, saveConnectorExamples } from '../support/connector-examples.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

describe('the types of a connector of one’s own', () => {
  let checkout: string;
  before(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    for (const name of ['src', 'package.json', 'tsconfig.json'])
      await cp(join(ROOT, name), join(checkout, name), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
    await saveConnectorExamples(checkout);
    const { tsconfig } = await readConnectorExamples();
    await writeFile(join(checkout, 'my-connectors/tsconfig.json'), tsconfig);
  });
  after(() => rm(checkout, { recursive: true, force: true }));

  const check = () =>
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'my-connectors'], {
      cwd: checkout,
    }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );

  it('are found with the tsconfig.json of connectors/README.md', async () => {
    expect(await check()).to.equal('');
    const file = join(checkout, 'my-connectors/people-api/index.mts');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('name: person.fullName', 'name: 1'));
    expect(await check()).to.match(/^my-connectors\/people-api\/index\.mts.* error TS2322: /);
  });
});
