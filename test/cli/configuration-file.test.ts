import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { bridgeYaml, ONE_TENANT, runCommand } from '../support/service.ts';

describe('a connection that cannot be opened', () => {
  let cwd: string;
  const check = () => runCommand(['check', '--config', 'bridge.yaml'], { cwd });

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'crm-bridge-'));
  });
  afterEach(() => rm(cwd, { recursive: true, force: true }));

  it('is reported where the configuration names the file of a CSV directory', async () => {
    const yaml = bridgeYaml(`
connections:
  crm: { connector: csv, file: people.csv, companies: companies.csv }
tenants: { acme: { keys: [acme-key-0123456789], connections: [crm] } }
`);
    await writeFile(join(cwd, 'bridge.yaml'), yaml);
    await writeFile(join(cwd, 'people.csv'), 'email,name\njane@acme.example,"Jane\n');
    const { code, stderr } = await check();
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/^bridge\.yaml:6:55 connections\.crm\.companies: companies\.csv: /m)
      .and.to.match(/^bridge\.yaml:6:32 connections\.crm\.file: people\.csv:2:2 /m)
      .and.to.match(/^ +6 \| .*file: people\.csv.*\n +\| +\^$/m)
      .and.to.include('2 problems in bridge.yaml');
    expect(stderr).not.to.include('jane');
  });

  it('is reported at the setting of a CSV directory, whatever it names', async () => {
    const files = 'file: people.csv, deals: auftraege.xlsx, tickets: hunter2pw';
    const yaml = bridgeYaml(
      ONE_TENANT.replace('{ connector: moody }', `{ connector: csv, ${files} }`),
    );
    await writeFile(join(cwd, 'bridge.yaml'), yaml);
    await writeFile(join(cwd, 'people.csv'), 'email\njane@acme.example\n');
    const { stderr } = await check();
    expect(stderr)
      .to.match(
        /^bridge\.yaml:5:\d+ connections\.crm\.deals: auftraege\.xlsx: there is no such file: \/.*auftraege\.xlsx$/m,
      )
      .and.to.match(/^bridge\.yaml:5:\d+ connections\.crm\.tickets: there is no such file$/m);
    expect(stderr).not.to.include('hunter2pw');
  });

  it('warns of columns that no file of a CSV directory has, though it can be opened', async () => {
    const settings =
      '{ connector: csv, file: people.csv, columns: { title: Beruff }, omit: [Notitz] }';
    const yaml = bridgeYaml(ONE_TENANT.replace('{ connector: moody }', settings));
    await writeFile(join(cwd, 'bridge.yaml'), yaml);
    await writeFile(join(cwd, 'people.csv'), 'email,Beruf,Notiz\njane@acme.example,x,y\n');
    const { code, stdout } = await check();
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/^crm +warning +columns\.title: no file .*; did you mean "Beruf"\?$/m)
      .and.to.match(/^crm +warning +omit\[0\]: no file .*; did you mean "Notiz"\?$/m)
      .and.to.include('no problems, 2 warnings');
  });

  it('names the file of SQLite that is missing, also when a variable has it', async () => {
    const person = 'select mail as "key" from people where mail in (:emails)';
    const settings = `{ connector: sql, url: "\${SHOP_DB}", person: '${person}' }`;
    await writeFile(
      join(cwd, 'bridge.yaml'),
      bridgeYaml(ONE_TENANT.replace('{ connector: moody }', settings)),
    );
    for (const path of ['/no/such/folder/shop.db', 'shop.db']) {
      const { stdout } = await runCommand(['check', '--live', '--config', 'bridge.yaml'], {
        cwd,
        env: { SHOP_DB: `sqlite:${path}` },
      });
      expect(stdout).to.contain(
        `error    person: the SQLite file ${resolve(cwd, path)} cannot be opened: is it there, and may this user read it? (SQLITE 14)`,
      );
    }
  });

  it('is reported at the connection when no setting is at fault, without secrets', async () => {
    const settings =
      '{ connector: stubborn, says: "cannot open\\nwith k3yk3yk3y4711", token: k3yk3yk3y4711 }';
    const yaml = ONE_TENANT.replace('{ connector: moody }', settings);
    await writeFile(join(cwd, 'bridge.yaml'), bridgeYaml(yaml));
    const { code, stderr } = await check();
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/^bridge\.yaml:5:16 connections\.crm: cannot open$/m)
      .and.to.match(/^bridge\.yaml:5:16 connections\.crm: with …$/m);
    expect(stderr).not.to.include('k3yk3yk3y4711');
  });
});
