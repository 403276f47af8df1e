import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { describeConnector } from '../support/describe-connector.ts';
import { preparePeopleApi } from './people-server.ts';

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

describe('connectors/README.md', () => {
  it('shows the example connector as it is tested', async () => {
    const readme = await read('../../connectors/README.md');
    const example = await read('../fixtures/connectors/people-api/index.ts');
    const [, shown] = /```ts\n(import \{ z \}.*?)```/s.exec(readme) ?? [];
    // In `connectors/NAME/` the contract is two folders up.
    expect(shown).to.equal(example.replace('../../../../src/', '../../src/'));
  });

  it('names every kind of error', async () => {
    const readme = await read('../../connectors/README.md');
    const contract = await read('../../src/connector.ts');
    const [, union = ''] = /type ConnectorErrorKind =(.*?);/s.exec(contract) ?? [];
    const kinds = [...union.matchAll(/\| '(\w+)'/g)].map(([, kind = '']) => kind);
    expect(kinds).to.have.length.above(5);
    for (const kind of kinds) expect(readme).to.contain(`\`${kind}\``);
  });
});

describeConnector('the example of connectors/README.md', preparePeopleApi);
