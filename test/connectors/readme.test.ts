import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CONNECTOR_ERROR_KINDS } from '../../src/connector/errors.ts';
import { loadConnector } from '../../src/config/connectors/connector-modules.ts';
import { builtinConnectorsDir } from '../../src/config/folders.ts';
import { connectorContext } from '../support/connector-context.ts';
import { describeConnector } from '../support/describe-connector.ts';
import { preparePeopleApi } from '../support/people-api-server.ts';

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

describe('connectors/README.md', () => {
  it('shows the example connector as it is tested', async () => {
    const readme = await read('../../connectors/README.md');
    const example = await read('../fixtures/connectors/people-api/index.ts');
    const [, shown] = /```ts\n(import \{ z \}.*?)```/s.exec(readme) ?? [];
    // The fixture is checked by the compiler, which finds the contract by its path.
    const contract = /'(?:\.\.\/)+src\/connector\/index\.ts'/;
    expect(shown).to.equal(example.replace(contract, "'snapengage-crm-bridge/connector'"));
  });

  it('shows an example that runs from a separate folder, with nothing installed there', async () => {
    const readme = await read('../../connectors/README.md');
    const [, shown = ''] = /```ts\n(import \{ z \}.*?)```/s.exec(readme) ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    try {
      await mkdir(join(folder, 'people-api'));
      await writeFile(join(folder, 'people-api', 'index.mts'), shown);
      const loaded = await loadConnector('people-api', {
        connectorsDir: folder,
        builtinDir: builtinConnectorsDir(),
        packageDirs: [],
      });
      if (!('module' in loaded)) throw new Error(loaded.message);
      const connector = await loaded.module.open(
        { baseUrl: 'http://127.0.0.1:1/', token: 'none' },
        connectorContext(),
      );
      await connector.close?.();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('names every kind of error', async () => {
    const readme = await read('../../connectors/README.md');
    for (const kind of CONNECTOR_ERROR_KINDS) expect(readme).to.contain(`\`${kind}\``);
  });
});

describeConnector('the example of connectors/README.md', preparePeopleApi);
