import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, ONE_TENANT, startService, type Service } from '../support/service.ts';

const PATH = '/v1/acme/contact/acme-key-0123456789';
const SECOND_TENANT = ONE_TENANT.replace(
  'tenants: {',
  'tenants: { beta: { keys: [beta-key-0123456789], connections: [crm] },',
);

interface Health {
  readonly cache: { readonly entries: number };
}

describe('reload', () => {
  let service: Service;
  const api = () => supertest(service.url);
  const ops = () => supertest(service.opsUrl);
  const askBeta = async () =>
    (await api().get('/v1/beta/contact/beta-key-0123456789?email=a@b.example')).status;

  beforeEach(async () => {
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
  });
  afterEach(() => service.close());

  it('on POST /-/reload: a new tenant answers without a restart', async () => {
    expect(await askBeta()).to.equal(401);
    await service.write('bridge.yaml', bridgeYaml(SECOND_TENANT));
    const answer = await ops().post('/-/reload');
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal({ reloaded: true, problems: [], warnings: [] });
    expect(await askBeta()).to.equal(200);
  });

  it('says in the answer what takes effect after a restart, and what check warns of', async () => {
    const changed = bridgeYaml(ONE_TENANT)
      .replaceAll('port: 0', 'port: 65000')
      .replace('65000', '65001')
      .replace('acme-key-0123456789', 'short');
    const shared = 'shared: { url: "redis://127.0.0.1:1" }';
    await service.write('bridge.yaml', `${changed}${shared}\n`);
    const { status, body } = await ops().post('/-/reload');
    expect(status).to.equal(200);
    const { warnings } = body as { readonly warnings: readonly string[] };
    expect(warnings.slice(1)).to.deep.equal([
      'server: host and port take effect after a restart',
      'ops: host and port take effect after a restart',
      'shared: it takes effect after a restart',
    ]);
    expect(warnings[0]).to.match(/tenants\.acme\.keys\[0\]: a key of less than 16 characters/);
  });

  it('on SIGHUP', async () => {
    await service.write('bridge.yaml', bridgeYaml(SECOND_TENANT));
    service.signal('SIGHUP');
    await until(async () => (await askBeta()) === 200);
  });

  it('when a watched file changes', async () => {
    await service.write('bridge.yaml', bridgeYaml(SECOND_TENANT));
    await until(async () => (await askBeta()) === 200);
  });

  it('once for a change that is also announced, and again when it is taken back at once', async () => {
    await service.write('bridge.yaml', bridgeYaml(SECOND_TENANT));
    await ops().post('/-/reload');
    expect(await askBeta()).to.equal(200);
    await service.write('bridge.yaml', bridgeYaml(ONE_TENANT));
    await until(async () => (await askBeta()) === 401);
    const reloads = () => service.output().match(/configuration reloaded/g)?.length ?? 0;
    // It is logged after the swap.
    await until(() => reloads() > 1);
    expect(reloads()).to.equal(2);
  });

  it('drops what a replaced connection has cached, at once for a purged person', async () => {
    const changed = ONE_TENANT.replace('deadline: 1s', 'deadline: 300ms');
    const other = changed.replace('connector: moody', 'connector: moody, limits: { deals: 1 }');
    const entries = async () => {
      const { cache } = JSON.parse((await ops().get('/health')).text) as Health;
      return cache.entries;
    };
    await service.write('bridge.yaml', bridgeYaml(changed));
    await ops().post('/-/reload');
    for (const name of ['a', 'b']) await api().get(`${PATH}?email=${name}@b.example`);
    await service.write('bridge.yaml', bridgeYaml(other));
    await ops().post('/-/reload');
    const { body } = await ops().delete('/cache/acme?email=a@b.example');
    expect(body).to.deep.equal({ dropped: 1 });
    await until(async () => (await entries()) === 0);
  });

  it('keeps the running configuration on a problem, and reports all problems', async () => {
    const wrong = bridgeYaml(ONE_TENANT.replace('deadline: 1s', 'dedline: 1s, strategy: last'));
    await service.write('bridge.yaml', wrong);
    const answer = await ops().post('/-/reload');
    expect(answer.status).to.equal(422);
    const { problems } = answer.body as { problems: string[] };
    expect(problems).to.have.length(2);
    expect(problems.join('\n'))
      .to.include('did you mean "deadline"?')
      .and.to.include('tenants.acme.strategy');
    expect((await api().get(`${PATH}?email=a@b.example`)).status).to.equal(200);
    const health = JSON.parse((await ops().get('/health')).text) as Record<string, unknown>;
    expect(health).to.include({ status: 'warn' });
    expect(health).to.have.nested.property('configuration.lastReloadError.problems').with.length(2);
    expect((await ops().get('/metrics')).text).to.include('crm_bridge_config_reload_success 0');

    await service.write('bridge.yaml', bridgeYaml(ONE_TENANT));
    await ops().post('/-/reload');
    const fixed = JSON.parse((await ops().get('/health')).text) as Record<string, unknown>;
    expect(fixed).to.include({ status: 'pass' });
  });

  it('keeps the running configuration when a connector cannot load', async () => {
    const broken = bridgeYaml(ONE_TENANT.replace('connector: moody', 'connector: moodie'));
    await service.write('bridge.yaml', broken);
    const answer = await ops().post('/-/reload');
    expect(answer.status).to.equal(422);
    expect(answer.text).to.include('connections.');
    expect((await api().get(`${PATH}?email=a@b.example`)).status).to.equal(200);
  });

  it('keeps the running configuration when a connection cannot open, and says where it is', async () => {
    const csv = ONE_TENANT.replace('connector: moody', 'connector: csv, file: none.csv');
    await service.write('bridge.yaml', bridgeYaml(csv));
    const answer = await ops().post('/-/reload');
    expect(answer.status).to.equal(422);
    const { problems } = answer.body as { problems: string[] };
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(
      /bridge\.yaml:5:45 connections\.crm\.file: none\.csv: there is no such file/,
    );
    expect((await api().get(`${PATH}?email=a@b.example`)).status).to.equal(200);
  });

  it('reads what is cached under the same settings, and nothing else', async () => {
    await api().get(`${PATH}?email=kept@b.example`);
    await service.write('bridge.yaml', bridgeYaml(SECOND_TENANT));
    await ops().post('/-/reload');
    const same = await api().get(`${PATH}?email=kept@b.example`);
    expect(same.headers['cache-status']).to.match(/hit/);
    const changed = SECOND_TENANT.replace('connector: moody', 'connector: moody, delay: 1');
    await service.write('bridge.yaml', bridgeYaml(changed));
    await ops().post('/-/reload');
    const again = await api().get(`${PATH}?email=kept@b.example`);
    expect(again.headers['cache-status']).to.equal('crm-bridge; fwd=miss');
    await service.write('bridge.yaml', bridgeYaml(SECOND_TENANT));
    await ops().post('/-/reload');
    const back = await api().get(`${PATH}?email=kept@b.example`);
    expect(back.headers['cache-status']).to.match(/hit/);
  });

  it('shows an edited template at once, also for people in the cache', async () => {
    const own = ONE_TENANT.replace('deadline: 1s', 'deadline: 1s, template: mine');
    const yaml = (first: string) => ({
      'bridge.yaml': `${bridgeYaml(own)}templatesDir: templates\n`,
      'templates/mine/found.liquid': `${first} {{ contact.name }}\n`,
    });
    for (const [name, content] of Object.entries(yaml('Hello'))) await service.write(name, content);
    expect((await ops().post('/-/reload')).body).to.deep.include({ problems: [] });
    const ask = async () => (await api().get(`${PATH}?email=jane@b.example`)).text;
    expect(await ask()).to.equal('Hello Known jane');
    await service.write('templates/mine/found.liquid', 'Good day {{ contact.name }}\n');
    await until(async () => (await ask()) === 'Good day Known jane');
    await service.write('templates/mine/found.liquid', '{{ contact.nmae }}\n');
    const wrong = await ops().post('/-/reload');
    expect(wrong.status).to.equal(422);
    expect(wrong.text).to.include('found.liquid:1:').and.to.include('contact.name');
    expect(await ask()).to.equal('Good day Known jane');
  });

  it('shows an edited row of a CSV file at once, though the person is in the cache', async () => {
    const csv = ONE_TENANT.replace('connector: moody', 'connector: csv, file: people.csv');
    await service.write('people.csv', 'email,name\njane@b.example,Jane Before\n');
    await service.write('bridge.yaml', bridgeYaml(csv));
    expect((await ops().post('/-/reload')).body).to.deep.include({ problems: [] });
    const ask = async () => (await api().get(`${PATH}?email=jane@b.example`)).text;
    expect(await ask()).to.match(/^Jane Before/);
    await service.write('people.csv', 'email,name\njane@b.example,Jane After\n');
    await until(async () => (await ask()).startsWith('Jane After'));
    await service.write('people.csv', 'email,name\njane@b.example,"Jane\n');
    await until(async () => /"status":\s*"warn"/.test((await ops().get('/health')).text));
    expect(await ask()).to.match(/^Jane After/);
  });

  it('lets a request finish on the configuration it began with', async () => {
    const yaml = (delay: number) => `
connections:
  slow: { connector: moody, delay: 250 }
  second: { connector: moody, knows: slow.unknown@b.example, delay: ${delay} }
tenants: { acme: { keys: [acme-key-0123456789], connections: [slow, second], deadline: 5s } }
`;
    await service.write('bridge.yaml', bridgeYaml(yaml(1)));
    expect((await ops().post('/-/reload')).body).to.deep.include({ problems: [] });
    await service.write('bridge.yaml', bridgeYaml(yaml(2)));
    const asked = api()
      .get(`${PATH}?email=slow.unknown@b.example`)
      .then((answer) => answer);
    expect((await ops().post('/-/reload')).body).to.deep.include({ problems: [] });
    expect((await asked).headers['x-lookup-outcome']).to.equal('found');
  });

  it('loses no request while configurations are swapped', async () => {
    const asks: Promise<number>[] = [];
    for (let round = 0; round < 10; round += 1) {
      const yaml = ONE_TENANT.replace('connector: moody', `connector: moody, delay: ${20 + round}`);
      await service.write('bridge.yaml', bridgeYaml(yaml));
      for (let n = 0; n < 10; n += 1) {
        const email = `slow.${round}.${n}@b.example`;
        asks.push(
          api()
            .get(`${PATH}?email=${email}`)
            .then(({ headers }) => (headers['x-lookup-outcome'] === 'found' ? 1 : 0)),
        );
      }
      await ops().post('/-/reload');
    }
    const found = await Promise.all(asks);
    expect(found.reduce((sum, one) => sum + one, 0)).to.equal(100);
  });
});

/** Asks again until it holds; mocha's own time limit ends it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
