/** A connection that cannot be opened for a reason outside the configuration. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, runCommand, startService, type Service } from '../support/service.ts';

const KEY = 'some-key-0123456789';
const PEOPLE = 'email,name\njane@acme.example,Jane Doe\n';
const YAML = bridgeYaml(`
connections:
  crm: { connector: moody }
  directory: { connector: csv, file: people.csv }
tenants:
  acme: { keys: [${KEY}], connections: [crm], deadline: 1s }
  beta: { keys: [${KEY}], connections: [directory], deadline: 1s }
`);

describe('a connection whose file is missing at the start', () => {
  let service: Service;
  const ask = async (tenant: string) => {
    const path = `/v1/${tenant}/contact/${KEY}?email=jane@acme.example`;
    const { status, headers, text } = await supertest(service.url).get(path);
    expect(status).to.equal(200);
    return [headers['x-lookup-outcome'], text.split('\n')[0]];
  };
  const ops = () => supertest(service.opsUrl);
  const health = async () => JSON.parse((await ops().get('/health')).text) as Health;
  const openedBy = async (tenant: string) => {
    while ((await ask(tenant))[0] !== 'found') await pause(50);
  };

  afterEach(() => service.close());

  it('is answered unavailable, the tenants of the others are served, and it is opened once it can be', async () => {
    service = await startService({ files: { 'bridge.yaml': YAML } });
    expect((await ask('acme'))[0]).to.equal('found');
    for (let n = 0; n < 8; n += 1) expect((await ask('beta'))[0]).to.equal('unavailable');
    const { status, connections, tenants, output } = await health();
    expect(status).to.equal('warn');
    expect([tenants['acme']?.status, tenants['beta']?.status]).to.deep.equal(['pass', 'fail']);
    expect(connections['directory']).to.include({ status: 'fail' });
    expect(connections['directory']?.output).to.match(
      /^not open, tried again: people\.csv: there is no such file/,
    );
    expect(output).to.include('people.csv: there is no such file');
    expect((await ops().get('/readyz')).status).to.equal(200);
    expect(service.output()).to.match(/"level":"error".*not open, tried again.*people\.csv/);

    await service.write('people.csv', PEOPLE);
    await openedBy('beta');
    expect(await health()).to.include({ status: 'pass' });
    expect((await ops().get('/metrics')).text).to.include(
      'crm_bridge_circuit_state{connection="directory"} 0',
    );
    expect(service.output()).to.match(/connection opened.*directory/);
    // It is a connection like any other: changes of its file are noticed.
    await service.write('people.csv', PEOPLE.replace('Jane Doe', 'Jane Roe'));
    while (!(await ask('beta'))[1]?.includes('Roe')) await pause(50);
  });

  it('may come with a reload, and is tried again at the next', async () => {
    const before = YAML.replace(/^ {2}(directory|beta):.*$/gm, '');
    service = await startService({ files: { 'bridge.yaml': before } });
    await service.write('bridge.yaml', YAML.replace('people.csv', 'staff.csv'));
    expect((await ops().post('/-/reload')).status).to.equal(200);
    expect((await ask('beta'))[0]).to.equal('unavailable');
    expect((await ask('acme'))[0]).to.equal('found');
    expect((await health()).connections['directory']?.output).to.match(/staff\.csv/);
    await service.write('staff.csv', PEOPLE);
    expect((await ops().post('/-/reload')).status).to.equal(200);
    expect((await ask('beta'))[0]).to.equal('found');
    // What is tried in the background no longer is.
    await pause(1500);
    expect(await health()).to.include({ status: 'pass' });
  });

  it('does not take the place of one that works', async () => {
    service = await startService({ files: { 'bridge.yaml': YAML, 'people.csv': PEOPLE } });
    await service.write('bridge.yaml', YAML.replace('people.csv', 'staff.csv'));
    expect((await ops().post('/-/reload')).status).to.equal(422);
    expect((await ask('beta'))[0]).to.equal('found');
  });

  it('has its broken content said, and what is wrong with it afterwards', async () => {
    service = await startService({ files: { 'bridge.yaml': YAML, 'people.csv': 'name\nJane\n' } });
    expect((await health()).connections['directory']?.output).to.match(/people\.csv.*email/);
    await service.remove('people.csv');
    while (!(await health()).output?.includes('no such file')) await pause(50);
  });

  it('is still a problem for check, while lookup answers as the agent sees it', async () => {
    service = await startService({ files: { 'bridge.yaml': YAML } });
    const run = (...argv: string[]) =>
      runCommand([...argv, '--config', 'bridge.yaml'], { cwd: service.folder });
    const check = await run('check');
    expect(check.code).to.equal(1);
    expect(check.stderr).to.match(
      /^bridge\.yaml:7:\d+ connections\.directory\.file: people\.csv: /m,
    );
    const lookup = await run('lookup', 'acme', 'a@b.example');
    expect(lookup.code).to.equal(0);
    expect(lookup.stdout).to.include('Known a');
  });
});

describe('a connection that takes long to open', () => {
  const SLOW = YAML.replace('csv, file: people.csv', 'moody, opensWith: go');
  let service: Service;
  const ops = () => supertest(service.opsUrl);
  const outcome = async (tenant: string) => {
    const path = `/v1/${tenant}/contact/${KEY}?email=jane@acme.example`;
    return (await supertest(service.url).get(path)).headers['x-lookup-outcome'];
  };

  afterEach(() => service.close());

  it('does not hold up the start, and is used once it is open', async () => {
    service = await startService({ files: { 'bridge.yaml': SLOW } });
    expect(await outcome('acme')).to.equal('found');
    expect(await outcome('beta')).to.equal('unavailable');
    const { connections } = JSON.parse((await ops().get('/health')).text) as Health;
    expect(connections['directory']?.output).to.match(/^not open, .*is still opening after 5 s/);
    await service.write('go', '');
    while ((await outcome('beta')) !== 'found') await pause(50);
    // It is the one that began to open at the start.
    expect(service.output()).to.match(/connection opened.*directory/);
    expect(service.output()).not.to.match(/did not open/);
  });

  it('does not hold up a reload, nor the next', async () => {
    const before = YAML.replace(/^ {2}(directory|beta):.*$/gm, '');
    service = await startService({ files: { 'bridge.yaml': before } });
    await service.write('bridge.yaml', SLOW);
    expect((await ops().post('/-/reload')).status).to.equal(200);
    await service.write('bridge.yaml', before);
    expect((await ops().post('/-/reload')).status).to.equal(200);
    expect(await outcome('acme')).to.equal('found');
  });
});

interface Health {
  readonly status: string;
  readonly output?: string;
  readonly tenants: Readonly<Record<string, { readonly status: string } | undefined>>;
  readonly connections: Readonly<
    Record<string, { readonly status: string; readonly output?: string } | undefined>
  >;
}
