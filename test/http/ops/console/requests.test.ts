/** What the console's page asks for, without a browser. */
import { expect } from 'chai';
import supertest from 'supertest';
import { packageVersion } from '../../../../src/model/package-info.ts';
import { bridgeYaml, startService, type Service } from '../../../support/service.ts';

const TWO_TENANTS = `
connections:
  crm: { connector: moody }
  other: { connector: moody }
tenants:
  acme: { name: ACME support, keys: [acme-key-0123456789], connections: [crm], lineSeparator: " | " }
  beta: { keys: ["sha256:${'0'.repeat(64)}"], connections: [crm, other], timeZone: Asia/Tokyo }
`;
const PATH = '/v1/acme/contact/acme-key-0123456789';
const JANE = 'jane@b.example';

describe('the requests of the console', () => {
  let service: Service;
  let ops: ReturnType<typeof supertest>;
  let api: ReturnType<typeof supertest>;

  beforeEach(async () => {
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(TWO_TENANTS) } });
    ops = supertest(service.opsUrl);
    api = supertest(service.url);
  });
  afterEach(() => service.close());

  const overview = async () => (await ops.get('/console/api/overview')).body as unknown;
  const lookUp = async (body: object) =>
    (await ops.post('/console/api/lookup').send(body)).body as Record<string, unknown>;

  describe('overview', () => {
    it('has tenants, connections and figures of 15 minutes', async () => {
      await api.get(`${PATH}?email=${JANE}`);
      await api.get(`${PATH}?email=${JANE}`);
      await api.get(`/v1/acme/contact/wrong?email=${JANE}`);
      const found = await overview();
      expect(found).to.include({ status: 'pass', version: packageVersion() });
      expect(found).to.have.nested.property('tenants[0].name', 'ACME support');
      expect(found).to.have.nested.property('tenants[1].timeZone', 'Asia/Tokyo');
      expect(found).to.have.nested.property('connections[0].name', 'crm');
      expect(found).to.have.nested.property('connections[0].reasons').that.deep.equals([]);
      expect(found)
        .to.have.nested.property('activity.total')
        .that.includes({ requests: 2, hitRatio: 0.5, refused: 1 });
      expect(found).to.have.nested.property('activity.slots').that.has.lengthOf(30);
    });

    it('has the reasons of a failing connection', async () => {
      for (const n of [1, 2, 3, 4, 5, 6]) await api.get(`${PATH}?email=down${n}@b.example`);
      const found = await overview();
      expect(found).to.have.nested.property('connections[0].circuit', 'open');
      expect(found)
        .to.have.nested.property('connections[0].reasons[0]')
        .that.matches(/not reachable or returned an error \(unavailable\)/);
    });

    it('has the problems of a failed reload with file, line and excerpt', async () => {
      await service.write('bridge.yaml', bridgeYaml(TWO_TENANTS.replace('timeZone:', 'timezone:')));
      await ops.post('/-/reload');
      const found = await overview();
      expect(found).to.have.nested.property('configuration.problems').that.has.lengthOf(1);
      const problem = 'configuration.problems[0]';
      expect(found)
        .to.have.nested.property(`${problem}.file`)
        .that.matches(/bridge\.yaml$/);
      expect(found).to.have.nested.property(`${problem}.line`, 10);
      expect(found).to.have.nested.property(`${problem}.hint`).that.includes('timeZone');
      expect(found).to.have.nested.property(`${problem}.excerpt`).that.includes('timezone');
      expect(JSON.stringify(found)).not.to.include('acme-key-0123456789');
    });

    it("knows a tenant's latest request on the public route; the console's own do not count", async () => {
      await lookUp({ tenant: 'acme', email: JANE });
      expect(await overview()).not.to.have.nested.property('tenants[0].lastRequest');
      await api.get(`${PATH}?email=${JANE}`);
      expect(await overview()).to.have.nested.property('tenants[0].lastRequest.outcome', 'found');
      expect(await overview()).not.to.have.nested.property('tenants[1].lastRequest');
    });
  });

  describe('lookup', () => {
    it("has the agent's text, its line separator, the profile and the steps", async () => {
      const found = await lookUp({ tenant: 'acme', email: JANE });
      const agent = await api.get(`${PATH}?email=${JANE}`);
      expect(found).to.include({ outcome: 'found', lineSeparator: ' | ', text: agent.text });
      expect(found).to.have.nested.property('profile.contact.name', 'Known jane');
      expect(found['steps']).to.be.an('array').that.is.not.empty;
    });

    it('asks the CRM again past the cache, and keeps what is cached while the CRM fails', async () => {
      const cache = async (more: object) =>
        (await lookUp({ tenant: 'acme', email: JANE, ...more }))['cache'];
      expect(await cache({})).to.deep.equal({ hit: false, collapsed: false });
      expect(await cache({})).to.include({ hit: true });
      expect(await cache({ pastCache: true })).to.deep.equal({ hit: false, collapsed: false });
      expect(await cache({})).to.include({ hit: true });
    });

    it('says what is missing', async () => {
      const post = (body: object) => ops.post('/console/api/lookup').send(body);
      expect((await post({ tenant: 'acme' })).body).to.deep.equal({
        error: 'the body has no email',
      });
      expect((await post({ tenant: 'gamma', email: JANE })).status).to.equal(404);
      expect((await ops.get('/console/api/lookup')).status).to.equal(405);
    });
  });

  it('forgets one person', async () => {
    const forget = (email: string) =>
      ops.post('/console/api/forget').send({ tenant: 'acme', email });
    await api.get(`${PATH}?email=${JANE}`);
    expect((await forget(JANE)).body).to.deep.equal({ dropped: 1 });
    expect((await forget(JANE)).body).to.deep.equal({ dropped: 0 });
    expect((await forget('half')).status).to.equal(400);
  });

  it('lists the recent requests without an address', async () => {
    await api.get(`${PATH}?email=${JANE}&ip=203.0.113.7`);
    const { text, body } = await ops.get('/console/api/recent');
    expect(body).to.have.nested.property('requests[0].tenant', 'acme');
    expect(text).not.to.match(/jane|203\.0\.113\.7/);
  });

  describe('set-up', () => {
    it('has the URL without the key, which only a POST reveals', async () => {
      const { text, body } = await ops.get('/console/api/set-up/acme');
      expect(body).to.include({ path: '/v1/acme/contact/', listenerUrl: service.url });
      expect(body).to.have.deep.property('keys', [{ isDigest: false }]);
      expect(text).not.to.include('acme-key');
      expect((await ops.get('/console/api/set-up/acme/key')).status).to.equal(405);
      const revealed = await ops.post('/console/api/set-up/acme/key');
      expect(revealed.body).to.deep.equal({ key: 'acme-key-0123456789' });
      expect(revealed.headers['cache-control']).to.equal('no-store');
    });

    it('says that of a digest the key is not known', async () => {
      const { body } = await ops.get('/console/api/set-up/beta');
      expect(body).to.have.deep.property('keys', [{ isDigest: true }]);
      expect((await ops.post('/console/api/set-up/beta/key')).status).to.equal(404);
    });
  });

  it('tests a connection as `check --live` does', async () => {
    const { body } = await ops.post('/console/api/check/crm').send({});
    expect(body).to.deep.equal({ findings: [{ level: 'ok', message: 'in a good mood' }] });
    expect((await ops.post('/console/api/check/__proto__').send({})).status).to.equal(404);
  });
});

describe('the console behind the key', () => {
  const KEY = 'ops-key-0123456789';
  let service: Service;
  before(async () => {
    const yaml = bridgeYaml(TWO_TENANTS).replace('ops: {', `ops: { key: ${KEY},`);
    service = await startService({ files: { 'bridge.yaml': yaml } });
  });
  after(() => service.close());

  for (const path of ['/', '/console/', '/console/api/overview', '/console/assets/x/main.js']) {
    it(`asks for it on ${path}`, async () => {
      const refused = await supertest(service.opsUrl).get(path);
      expect(refused.status).to.equal(401);
      expect(refused.headers['www-authenticate']).to.match(/^Basic /);
      const accepted = await supertest(service.opsUrl).get(path).auth('anyone', KEY);
      expect(accepted.status).not.to.equal(401);
    });
  }

  it('refuses a request of another site', async () => {
    const refused = await supertest(service.opsUrl)
      .post('/console/api/set-up/acme/key')
      .auth('anyone', KEY)
      .set('Sec-Fetch-Site', 'cross-site');
    expect(refused.status).to.equal(403);
  });
});
