import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { compileAnswer } from '../../../connectors/rest/answer.ts';
import { openLanguage } from '../../../connectors/rest/expressions.ts';
import { restSettings, startRestEmulator } from '../../support/rest/emulator.ts';
import { runCommand } from '../../support/service.ts';

describe('what the map of a rest request did not find', () => {
  const gaps = async (map: Readonly<Record<string, string>>, ...answer: readonly object[]) => {
    const reader = compileAnswer('deals', { get: 'deals', map }, await openLanguage());
    return reader.gaps(await reader.rows(answer));
  };

  it('are words that no row has anything for, with the path as it is configured', async () => {
    const map = {
      name: 'titel',
      stage: 'stage',
      'fields.region': 'region',
      'owner.name': 'owners',
    };
    const rows = [
      { title: 'A', stage: '', owners: [] },
      { title: 'B', stage: null, owners: [], region: 'North' },
    ];
    expect(await gaps(map, ...rows)).to.deep.equal({
      empty: 'name (titel), stage (stage), owner.name (owners)',
      unfit: undefined,
    });
  });

  it('are values that do not fit their word, without the value', async () => {
    const map = { amount: 'title', open: 'count', closeDate: 'count', name: 'owner', stage: 'all' };
    const row = { title: 'Secret', count: 7, owner: { name: 'Kim' }, all: [{ id: 1 }] };
    expect(await gaps(map, row, row)).to.deep.equal({
      empty: undefined,
      unfit:
        'amount (title) is a text, expected a number, open (count) is a number, expected true or false, ' +
        'closeDate (count) is a number, expected a date, name (owner) is an object, expected a text, ' +
        'stage (all) is a list, expected a text',
    });
  });

  it('are addresses of records that are not of http or https', async () => {
    expect(await gaps({ url: 'link' }, { link: 'javascript:alert(1)' })).to.deep.equal({
      empty: undefined,
      unfit: 'url (link) is a text, expected an https:// or http:// address',
    });
    expect(await gaps({ url: 'link' }, { link: 'https://crm.example/1' })).to.equal(undefined);
  });

  it('are none without a row, or when each word has a value in some row', async () => {
    const map = { name: 'title', amount: 'value' };
    expect(await gaps(map)).to.equal(undefined);
    expect(await gaps(map, { title: 'A' }, { value: 5 })).to.equal(undefined);
  });

  it('are a step of lookup --trace, without what the settings hide', async () => {
    await using api = await closable(startRestEmulator());
    const settings = restSettings(api.url);
    const connection = {
      connector: 'rest',
      ...settings,
      person: {
        ...(settings['person'] as object),
        map: { id: 'id', firstName: 'vorname', lastName: 'last', title: '${PASTED}' },
      },
      deals: { get: 'customers/{{ contact.id }}/orders', rows: 'items', map: { amount: 'title' } },
    };
    const cwd = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
    try {
      const tenants = { acme: { keys: ['acme-key-0123456789'], connections: ['billing'] } };
      const yaml = stringify({ connections: { billing: connection }, tenants });
      await writeFile(join(cwd, 'bridge.yaml'), yaml);
      const { stdout, stderr } = await runCommand(
        ['lookup', 'acme', 'jane.doe@acme.example', '--trace', '--config', 'bridge.yaml'],
        { cwd, env: { PASTED: 'correcthorsebattery' } },
      );
      const steps = stdout.split('\n').flatMap((line) => /ms {2} +map .*/.exec(line)?.[0] ?? []);
      expect(steps, stdout + stderr).to.have.length(2);
      expect(steps[0]).to.match(
        / {2}billing {2}operation=person empty=firstName \(vorname\), title \(…\)$/,
      );
      expect(steps[1]).to.match(
        / {2}billing {2}operation=deals unfit=amount \(title\) is a text, expected a number$/,
      );
    } finally {
      await rm(cwd, { recursive: true });
    }
  });
});

async function closable<T extends { close(): Promise<void> }>(opening: Promise<T>) {
  const opened = await opening;
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() };
}
