import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, ONE_TENANT, startService, type Service } from '../../support/service.ts';

const PATH = '/v1/acme/contact/acme-key-0123456789';

describe('the ops listener', () => {
  let service: Service;
  let ops: ReturnType<typeof supertest>;
  let api: ReturnType<typeof supertest>;

  beforeEach(async () => {
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    ops = supertest(service.opsUrl);
    api = supertest(service.url);
  });
  afterEach(() => service.close());

  it('reports liveness and readiness', async () => {
    expect((await ops.get('/healthz')).status).to.equal(200);
    expect((await ops.get('/readyz')).status).to.equal(200);
  });

  it('answers other methods with 405 and other paths with 404', async () => {
    expect((await ops.post('/health')).status).to.equal(405);
    expect((await ops.get('/-/reload')).headers['allow']).to.equal('POST');
    expect((await ops.get('/nowhere')).status).to.equal(404);
  });

  for (const [path, allow] of [
    ['/healthz', 'GET, HEAD'],
    ['/readyz', 'GET, HEAD'],
    ['/health', 'GET, HEAD'],
    ['/metrics', 'GET, HEAD'],
    ['/-/reload', 'POST'],
    ['/cache/acme', 'DELETE'],
    ['/debug/lookup', 'GET, HEAD'],
  ] as const) {
    it(`answers ${allow} on ${path} and names them with 405`, async () => {
      const refused = await ops.patch(path);
      expect(refused.status).to.equal(405);
      expect(refused.headers['allow']).to.equal(allow);
      if (allow === 'GET, HEAD') expect((await ops.head(path)).status).to.be.oneOf([200, 404]);
    });
  }

  it('gives a HEAD the headers of a GET', async () => {
    const answer = await ops.head('/health');
    expect(answer.headers['content-type']).to.match(/^application\/health\+json/);
    expect(answer.text).to.equal(undefined);
  });

  describe('/health', () => {
    it('passes while all is well', async () => {
      await api.get(`${PATH}?email=jane@b.example`);
      const answer = await ops.get('/health');
      expect(answer.status).to.equal(200);
      expect(answer.headers['content-type']).to.match(/^application\/health\+json/);
      const health = JSON.parse(answer.text) as Record<string, unknown>;
      expect(health).to.include({ status: 'pass', version: '0.1.0' });
      expect(health).to.have.nested.property('configuration.file', `${service.folder}/bridge.yaml`);
      expect(health).to.have.nested.property('connections.crm.status', 'pass');
      expect(health).to.have.nested.property('connections.crm.circuit', 'closed');
      expect(health).to.have.nested.property('connections.crm.lookups', 1);
      expect(health).to.have.nested.property('connections.crm.latencyMs.p50').that.is.a('number');
      expect(health).to.have.nested.property('cache.entries', 1);
    });

    it('warns with class and time when a connection fails, and the process stays ready', async () => {
      for (const n of [1, 2, 3, 4, 5, 6]) await api.get(`${PATH}?email=down${n}@b.example`);
      const answer = await ops.get('/health');
      expect(answer.status).to.equal(200);
      const health = JSON.parse(answer.text) as Record<string, unknown>;
      expect(health).to.include({ status: 'warn' });
      expect(health).to.have.nested.property('connections.crm.circuit', 'open');
      expect(health).to.have.nested.property('connections.crm.lastError.class', 'unavailable');
      expect(answer.text).not.to.match(/secret words|b\.example/);
      expect((await ops.get('/readyz')).status).to.equal(200);
    });
  });

  it('shows Prometheus what happened, with names of the configuration only', async () => {
    await api.get(`${PATH}?email=jane@b.example`);
    await api.get(`${PATH}?email=jane@b.example`);
    await api.get(`${PATH}?email=unknown@b.example`);
    await api.get('/v1/nobody/contact/wrong?email=jane@b.example');
    const { text, headers } = await ops.get('/metrics');
    expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
    const value = (line: string) =>
      Number(
        text
          .split('\n')
          .find((one) => one.startsWith(`${line} `))
          ?.split(' ')
          .at(-1),
      );
    expect(value('crm_bridge_requests_total{tenant="acme",outcome="found",status="200"}')).to.equal(
      2,
    );
    expect(
      value('crm_bridge_requests_total{tenant="-",outcome="unauthorized",status="401"}'),
    ).to.equal(1);
    expect(value('crm_bridge_cache_events_total{connection="crm",event="hit"}')).to.equal(1);
    expect(value('crm_bridge_lookup_seconds_count{connection="crm",result="found"}')).to.equal(1);
    expect(value('crm_bridge_circuit_state{connection="crm"}')).to.equal(0);
    expect(value('crm_bridge_config_reload_success')).to.equal(1);
    expect(text).not.to.match(/jane|b\.example|nobody/);
  });

  describe('/cache', () => {
    it("drops a tenant's entries, or one person's", async () => {
      for (const name of ['a', 'b', 'c']) await api.get(`${PATH}?email=${name}@b.example`);
      expect((await ops.delete('/cache/acme?email=A@B.example')).body).to.deep.equal({
        dropped: 1,
      });
      const again = await api.get(`${PATH}?email=a@b.example`);
      expect(again.headers['cache-status']).to.equal('crm-bridge; fwd=miss');
      expect((await ops.delete('/cache/acme')).body).to.deep.equal({ dropped: 3 });
      expect((await ops.delete('/cache/acme')).body).to.deep.equal({ dropped: 0 });
    });

    it('knows no other tenant and no half address', async () => {
      expect((await ops.delete('/cache/nobody')).status).to.equal(404);
      expect((await ops.delete('/cache/acme?email=nonsense')).status).to.equal(400);
    });
  });

  it('traces one lookup with address, cache state, CRM requests, profile and text', async () => {
    const url = '/debug/lookup?tenant=acme&email=Jane@B.example';
    const first = (await ops.get(url)).body as Record<string, unknown>;
    expect(first).to.include({ tenant: 'acme', email: 'jane@b.example', outcome: 'found' });
    expect(first['cache']).to.deep.equal({ hit: false, collapsed: false });
    const steps = first['steps'] as Record<string, unknown>[];
    expect(steps.find(({ step }) => step === 'crm request')).to.include({
      connection: 'crm',
      operation: 'lookup',
      status: 200,
    });
    expect(first).to.have.nested.property('profile.contact.name', 'Known jane');
    expect(first['text']).to.be.a('string').that.includes('Known jane');
    const second = (await ops.get(url)).body as Record<string, unknown>;
    expect(second).to.have.nested.property('cache.hit', true);
    expect((await ops.get('/debug/lookup?tenant=nobody&email=x')).status).to.equal(404);
    expect((await ops.get('/debug/lookup?tenant=acme')).status).to.equal(400);
  });
});

describe('ops.key', () => {
  it('is asked for on every route of the ops listener', async () => {
    const yaml = bridgeYaml(ONE_TENANT).replace(
      'ops: { host: 127.0.0.1, port: 0 }',
      'ops: { host: 127.0.0.1, port: 0, key: "${OPS_KEY}" }',
    );
    const service = await startService({
      files: { 'bridge.yaml': yaml },
      env: { OPS_KEY: 'ops-key-0123456789' },
    });
    try {
      const ops = supertest(service.opsUrl);
      for (const path of ['/healthz', '/health', '/metrics', '/debug/lookup', '/nowhere']) {
        expect((await ops.get(path)).status, path).to.equal(401);
      }
      expect((await ops.post('/-/reload').auth('wrong', { type: 'bearer' })).status).to.equal(401);
      const allowed = await ops.get('/health').auth('ops-key-0123456789', { type: 'bearer' });
      expect(allowed.status).to.equal(200);
    } finally {
      await service.close();
    }
  });
});
