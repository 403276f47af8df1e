import { expect } from 'chai';
import type { describeHealth } from '../../src/bridge/health.ts';
import { startAllCrms, type AllCrms, type Crm } from '../support/all-crms.ts';
import { bridgeYaml, startService } from '../support/service.ts';

type Health = ReturnType<typeof describeHealth>;

const CRMS: readonly Crm[] = ['sales', 'marketing', 'directory'];
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function health({ ops }: Pick<AllCrms, 'ops'>): Promise<Health> {
  return JSON.parse((await ops('/health')).text) as Health;
}

describe('/health over every connector', () => {
  it('passes with every figure of the contract, and without a reason', async () => {
    await using all = await startAllCrms({ limit: 15_000, used: 100 });
    for (const crm of CRMS) expect(await all.ask(crm)).to.equal('found');
    const { type, text } = await all.ops('/health');
    expect(type).to.match(/^application\/health\+json/);
    expect(text).not.to.match(/@|jane|maria/i);

    const { status, output, version, uptimeSeconds, configuration, connections, tenants, cache } =
      JSON.parse(text) as Health;
    expect({ status, output, uptimeSeconds }).to.deep.equal({
      status: 'pass',
      output: undefined,
      uptimeSeconds: 1,
    });
    expect(version).to.match(/^\d+\.\d+\.\d+$/);
    expect(configuration.file).to.equal(`${all.service.folder}/bridge.yaml`);
    expect(configuration.loadedAt).to.match(ISO);
    expect(configuration).not.to.have.property('lastReloadError');
    expect(cache).to.include({ entries: 3, maxEntries: 50_000, hitRatio: 0 });
    expect(cache.maxSize).to.equal(128 * 2 ** 20);
    expect(cache.size).to.be.within(2000, 20_000);
    expect(tenants).to.deep.equal(
      Object.fromEntries(CRMS.map((crm) => [crm, { status: 'pass', connections: [crm] }])),
    );
    expect(Object.keys(connections)).to.deep.equal(CRMS);
    for (const [name, connection] of Object.entries(connections)) {
      const { latencyMs, lastSuccessAt, quota, connector, ...figures } = connection;
      expect(figures, name).to.deep.equal({
        status: 'pass',
        circuit: 'closed',
        lookups: 1,
        notices: [],
      });
      expect(latencyMs.p50, name).to.be.a('number');
      expect(latencyMs.p95, name).to.be.a('number');
      expect(lastSuccessAt, name).to.match(ISO);
      expect([connector, quota?.limit]).to.deep.equal(
        {
          sales: ['salesforce', 15_000],
          marketing: ['hubspot', 2_000_000],
          directory: ['csv', undefined],
        }[name],
      );
    }
    expect(connections['sales']?.quota?.used).to.equal(101);
    expect(connections['marketing']?.quota?.used).to.be.above(0);
  });

  it('calls no CRM, however often it is asked', async () => {
    await using all = await startAllCrms();
    for (let n = 0; n < 20; n += 1) await all.ops('/health');
    expect(all.salesforce.stats().requests).to.deep.equal({});
    // Opening it loads the names of owners, stages and properties, with or without a lookup.
    const lookups = all.hubspot.stats.requests.filter(({ route }) => route.includes(' objects/'));
    expect(lookups).to.deep.equal([]);
  });

  it('says that a sign-in was refused, when it is tried again, and whose agents are hit', async () => {
    await using all = await startAllCrms();
    all.salesforce.faults.add({ on: 'token', kind: 'status-401' });
    expect(await all.ask('sales')).to.equal('unavailable');
    const { status, output, connections, tenants } = await health(all);
    const sales = connections['sales'];
    expect(status).to.equal('warn');
    expect(sales).to.include({ status: 'fail', circuit: 'open' });
    expect(sales?.lastError?.class).to.equal('auth');
    expect(sales?.lastError?.at).to.match(ISO);
    const reason = `the CRM refused the sign-in (auth); not called before ${sales?.restsUntil ?? '?'}`;
    expect(sales?.output).to.satisfy((text: string) => text.startsWith(reason));
    expect(output).to.satisfy((text: string) => text.startsWith(`sales: ${reason}`));
    expect(tenants['sales']?.status).to.equal('fail');
    expect(tenants['marketing']?.status).to.equal('pass');
  });

  it('says that only the reserve of the quota is left, before anybody is refused', async () => {
    await using all = await startAllCrms({ limit: 1000, used: 899 });
    expect(await all.ask('sales')).to.equal('found');
    const { connections } = await health(all);
    expect(connections['sales']).to.include({
      status: 'fail',
      circuit: 'closed',
      output: '900 of 1000 API calls are used: only the reserve is left',
    });
    expect(await all.ask('sales', 'hank.scorpio@globex.example')).to.equal('unavailable');
    const after = (await health(all)).connections['sales'];
    expect(after?.output).to.match(
      /^the API calls are used up, or only the reserve is left \(quota\)/,
    );
  });

  it('warns of a latest call that failed, as long as none has succeeded since', async () => {
    await using all = await startAllCrms();
    all.hubspot.faults.inject('html200', { only: /objects\/.*contacts/, times: 1 });
    expect(await all.ask('marketing')).to.equal('unavailable');
    const { connections, tenants } = await health(all);
    expect(connections['marketing']).to.include({
      status: 'warn',
      circuit: 'closed',
      output:
        'the latest call failed: the CRM returned an invalid response (bad_response); ' +
        'HubSpot, contact: a response that is not JSON (200)',
    });
    expect(tenants['marketing']?.status).to.equal('warn');
    expect(await all.ask('marketing')).to.equal('found');
    expect((await health(all)).connections['marketing']).to.include({ status: 'pass' });
  });

  it("gives the connector's words for a failure once, beside its class, here and in the log", async () => {
    await using all = await startAllCrms();
    all.hubspot.faults.inject('unauthorized', { only: /objects\/.*contacts/ });
    expect(await all.ask('marketing')).to.equal('unavailable');
    const words = 'HubSpot, contact: the token is not accepted (401); create a new one in HubSpot';
    const { output, lastError } = (await health(all)).connections['marketing'] ?? {};
    expect(lastError).to.include({ class: 'auth', reason: words });
    expect(output?.split(words)).to.have.length(2);
    const line = all.service
      .output()
      .split('\n')
      .find((text) => text.includes('a call to the CRM failed'));
    expect(JSON.parse(line ?? '{}')).to.include({ kind: 'auth', reason: words });
  });

  it("warns in the connector's words of a standing problem: a CSV file that no longer parses", async () => {
    await using all = await startAllCrms();
    await all.service.write('people.csv', 'name\nwithout addresses\n');
    let directory = (await health(all)).connections['directory'];
    while (directory?.status === 'pass') {
      await new Promise(setImmediate);
      directory = (await health(all)).connections['directory'];
    }
    expect(directory?.status).to.equal('warn');
    expect(directory?.output).to.match(/people\.csv/);
    expect(directory?.output).to.equal(directory?.notices.join('; '));
    const { text } = await all.ops('/metrics');
    expect(text).to.include('crm_bridge_connection_notices{connection="directory"} 1\n');
    expect(text).to.include('crm_bridge_connection_notices{connection="sales"} 0\n');
  });
});

describe('/health of the whole', () => {
  const YAML = bridgeYaml(`
connections: { one: { connector: moody }, two: { connector: moody } }
tenants: { acme: { keys: [acme-key-0123456789], connections: [one, two], strategy: merge, deadline: 1s } }
`);

  it('warns of a reload that failed, with its problems', async () => {
    const service = await startService({ files: { 'bridge.yaml': YAML } });
    try {
      await service.write('bridge.yaml', YAML.replace('deadline', 'dedline'));
      await fetch(`${service.opsUrl}/-/reload`, { method: 'POST' });
      const answer = await fetch(`${service.opsUrl}/health`);
      expect(answer.status).to.equal(200);
      const { status, output, configuration } = (await answer.json()) as Health;
      expect({ status, output }).to.deep.equal({
        status: 'warn',
        output: 'the latest reload failed, see configuration',
      });
      expect(configuration.lastReloadError?.problems.join()).to.match(/dedline/);
    } finally {
      await service.close();
    }
  });
});
