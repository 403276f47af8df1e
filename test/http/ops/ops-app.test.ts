import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { packageVersion } from '../../../src/model/package-info.ts';
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
    ['/debug/lookup', 'GET, HEAD, POST'],
    ['/connections/crm/resume', 'POST'],
  ] as const) {
    it(`answers ${allow} on ${path} and names them with 405`, async () => {
      const refused = await ops.patch(path);
      expect(refused.status).to.equal(405);
      expect(refused.headers['allow']).to.equal(allow);
      if (allow.startsWith('GET'))
        expect((await ops.head(path)).status).to.be.oneOf([200, 400, 404]);
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
      expect(health).to.include({ status: 'pass', version: packageVersion() });
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

    it('drops nobody for a parameter that is misspelt or comes twice', async () => {
      await api.get(`${PATH}?email=a@b.example`);
      for (const query of [
        'Email=a@b.example',
        'a@b.example',
        'email[]=a',
        'email=a@b.example&email=c@b.example',
        '?x',
      ])
        expect((await ops.delete(`/cache/acme?${query}`)).status, query).to.equal(400);
      const again = await api.get(`${PATH}?email=a@b.example`);
      expect(again.headers['cache-status']).to.match(/hit/);
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
    for (const [query, error] of [
      ['', 'the parameters tenant and email are missing'],
      ['?tenant=acme', 'the parameter email is missing'],
      ['?email=x', 'the parameter tenant is missing'],
    ] as const) {
      const { status, body } = await ops.get(`/debug/lookup${query}`);
      expect([status, body]).to.deep.equal([400, { error }]);
    }
  });
});

describe('POST /debug/lookup', () => {
  let service: Service;
  before(async () => {
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
  });
  after(() => service.close());
  const post = (body: string, type = 'application/json') =>
    supertest(service.opsUrl).post('/debug/lookup').set('Content-Type', type).send(body);
  const jane = JSON.stringify({ tenant: 'acme', email: 'jane@b.example' });

  it('does what GET does, with the address in the body', async () => {
    const { status, body } = await post(jane, 'application/json; charset=utf-8');
    expect(status).to.equal(200);
    expect(body).to.include({ tenant: 'acme', email: 'jane@b.example', outcome: 'found' });
    expect(body).to.have.property('steps').that.is.not.empty;
  });

  for (const [what, status, body, type] of [
    ['another type than JSON', 415, jane, 'text/plain'],
    ['a form', 415, jane, 'application/x-www-form-urlencoded'],
    ['another charset', 415, jane, 'application/json; charset=iso-8859-1'],
    ['more than 10 kB', 413, JSON.stringify({ email: 'a'.repeat(20_000) }), 'application/json'],
    ['broken JSON', 400, '{"tenant":', 'application/json'],
    ['no body', 400, '', 'application/json'],
    ['a list', 400, '[]', 'application/json'],
    [
      'too many levels',
      400,
      `{"more":${'['.repeat(99)}${']'.repeat(99)},${jane.slice(1)}`,
      'application/json',
    ],
    ['an address that is not a text', 400, '{"tenant":"acme","email":7}', 'application/json'],
    ['no address', 400, '{"tenant":"acme"}', 'application/json'],
    ['an unknown tenant', 404, '{"tenant":"__proto__","email":"a@b.example"}', 'application/json'],
  ] as const) {
    it(`answers ${what} with ${status} and a sentence`, async () => {
      const answer = await post(body, type);
      expect(answer.status).to.equal(status);
      expect(answer.body).to.have.property('error').that.is.a('string');
      expect(service.output()).not.to.match(/failed inside/);
    });
  }

  it('answers a body without an end as soon as it is too long', async () => {
    const { port } = new URL(service.opsUrl);
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    socket.write(
      'POST /debug/lookup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const sender = setInterval(() => socket.write(`1000\r\n${' '.repeat(0x1000)}\r\n`), 5);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    clearInterval(sender);
    socket.destroy();
    expect(String(answer)).to.match(/^HTTP\/1\.1 413 /);
  });

  it('reads none that is compressed', async () => {
    const answer = await post(jane).set('Content-Encoding', 'gzip');
    expect(answer.status).to.equal(415);
  });

  it('ends the connection of a client that stops within a body', async () => {
    const { port } = new URL(service.opsUrl);
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    socket.end(
      'POST /debug/lookup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    socket.resume();
    await once(socket, 'close');
    expect(service.output()).not.to.match(/failed inside/);
  });
});

describe('POST /connections/NAME/resume', () => {
  it('closes the circuit at once, also when the CRM has asked for a day without calls', async () => {
    const service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    const [ops, api] = [supertest(service.opsUrl), supertest(service.url)];
    const outcome = async (person: string) =>
      (await api.get(`${PATH}?email=${person}@b.example`)).headers['x-lookup-outcome'];
    try {
      expect(await outcome('jane')).to.equal('found');
      expect(await outcome('dayoff')).to.equal('unavailable');
      expect(await outcome('joe')).to.equal('unavailable');
      const circuit = async () => JSON.stringify((await ops.get('/health')).body);
      expect(await circuit()).to.match(/"circuit":"open".*rate_limited/);
      const { status, body } = await ops.post('/connections/crm/resume');
      expect([status, body]).to.deep.equal([200, { resumed: true }]);
      expect(await circuit()).to.match(/"circuit":"closed"/);
      expect(await outcome('joe')).to.equal('found');
      const cached = await api.get(`${PATH}?email=jane@b.example`);
      expect(cached.headers['cache-status']).to.match(/; hit;/);
    } finally {
      await service.close();
    }
  });

  it('answers 404 for a name that no connection has', async () => {
    const service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
    const { status } = await supertest(service.opsUrl).post('/connections/nothing/resume');
    expect(status).to.equal(404);
    await service.close();
  });
});

describe('requests that a web page could send', () => {
  let service: Service;
  const key = 'ops-key-0123456789';
  before(async () => {
    const ops = `ops: { host: localhost, port: 0, hosts: [crm-bridge-ops.example], key: ${key} }`;
    const yaml = bridgeYaml(ONE_TENANT).replace('ops: { host: 127.0.0.1, port: 0 }', ops);
    service = await startService({ files: { 'bridge.yaml': yaml } });
  });
  after(() => service.close());
  const statusOf = async (path: string, headers: Readonly<Record<string, string>>) => {
    const request = supertest(`http://localhost:${new URL(service.opsUrl).port}`).get(path);
    return (await request.auth(key, { type: 'bearer' }).set(headers)).status;
  };

  for (const [host, status] of [
    ['127.0.0.1:9090', 200],
    ['10.1.2.3', 200],
    ['[::1]:9090', 200],
    ['localhost', 200],
    ['LOCALHOST:80', 200],
    ['crm-bridge-ops.example:9090', 200],
    ['evil.example', 421],
    ['evil.example:9090', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example', 421],
    ['user@127.0.0.1', 421],
    ['', 421],
  ] as const) {
    it(`have the Host ${JSON.stringify(host)}: ${status} on every route`, async () => {
      for (const path of ['/healthz', '/health', '/metrics']) {
        expect(await statusOf(path, { Host: host }), path).to.equal(status);
      }
      expect(await statusOf('/nowhere', { Host: host })).to.equal(status === 200 ? 404 : status);
    });
  }

  it('have two Host headers: 400 on every route, whichever comes first', async () => {
    const { port } = new URL(service.opsUrl);
    for (const hosts of [
      ['localhost', 'evil.example'],
      ['evil.example', 'localhost'],
    ]) {
      for (const path of ['/healthz', '/metrics', '/nowhere']) {
        const headers = [
          ...hosts.flatMap((host) => ['Host', host]),
          'Authorization',
          `Bearer ${key}`,
        ];
        const sent = request({ host: 'localhost', port, path, headers }).end();
        const [response] = (await once(sent, 'response')) as [IncomingMessage];
        response.resume();
        expect(response.statusCode, `${hosts.join()} ${path}`).to.equal(400);
      }
    }
  });

  for (const [headers, status] of [
    [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost:9090' }, 200],
    [{ 'Sec-Fetch-Site': 'none' }, 200],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'same-site' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost:9090' }, 403],
    [{ Origin: 'http://localhost:9090' }, 200],
    [{ Referer: 'http://localhost:9090/console/' }, 200],
    [{ Referer: 'http://evil.example/page' }, 403],
    [{ Origin: 'http://LOCALHOST:9090' }, 200],
    [{ Origin: 'http://localhost:8080' }, 403],
    [{ Origin: 'https://localhost:9090' }, 403],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ Origin: '' }, 403],
    [{ Host: '127.0.0.1:99999', Origin: 'null' }, 403],
  ] as const) {
    it(`have ${JSON.stringify(headers)}: ${status} on every route`, async () => {
      for (const path of ['/healthz', '/metrics']) {
        expect(await statusOf(path, { Host: 'localhost:9090', ...headers })).to.equal(status);
      }
    });
  }
});

describe('ops.key', () => {
  it('may be the password of HTTP Basic, for which a 401 asks; wrong keys are limited, the right one never', async () => {
    const key = 'ops-key-0123456789';
    const yaml = bridgeYaml(ONE_TENANT)
      .replace('port: 0 }', `port: 0, key: ${key} }`)
      .replace('drainTimeout: 3s', 'drainTimeout: 3s, wrongKeys: { attempts: 3, per: 1m }');
    const service = await startService({ files: { 'bridge.yaml': yaml } });
    const ask = (password: string) => supertest(service.opsUrl).get('/health').auth('me', password);
    try {
      expect((await ask(key)).status).to.equal(200);
      for (const n of [1, 2, 3, 4]) {
        const { status, headers } = await supertest(service.opsUrl).get('/health');
        expect(status, `without a key, ${n}`).to.equal(401);
        expect(headers['www-authenticate']).to.equal('Basic realm="crm-bridge"');
      }
      for (const n of [1, 2, 3]) expect((await ask(`wrong-${n}`)).status).to.equal(401);
      const refused = await ask('wrong-4');
      expect(refused.status).to.equal(429);
      expect(Number(refused.headers['retry-after'])).to.be.within(1, 60);
      expect((await ask(key)).status).to.equal(200);
    } finally {
      await service.close();
    }
  });

  it('stays required by a listener that is bound to more than loopback, whatever a reload says', async () => {
    const key = 'ops-key-0123456789';
    const bound = `ops: { host: 0.0.0.0, port: 0, key: ${key} }`;
    const yaml = bridgeYaml(ONE_TENANT);
    const service = await startService({
      files: { 'bridge.yaml': yaml.replace('ops: { host: 127.0.0.1, port: 0 }', bound) },
    });
    const ops = supertest(service.opsUrl);
    const reload = () => ops.post('/-/reload').auth(key, { type: 'bearer' });
    try {
      for (const without of [yaml, yaml.replace(/^ops:.*\n/m, '')]) {
        await service.write('bridge.yaml', without);
        const { status, body } = await reload();
        expect(status).to.equal(422);
        expect(JSON.stringify(body)).to.match(
          /bridge\.yaml:\d+:\d+ ops\.key: expected a key while the ops listener is bound to 0\.0\.0\.0, got nothing/,
        );
        expect((await ops.get('/health')).status).to.equal(401);
      }
      const other = 'other-ops-key-0123456789';
      const rotated = yaml.replace('ops: { host: 127.0.0.1, port: 0', `$&, key: ${other}`);
      await service.write('bridge.yaml', rotated);
      expect((await reload()).status).to.be.oneOf([200, 401]); // the watcher may be faster
      expect((await ops.get('/health')).status).to.equal(401);
      expect((await ops.get('/health').auth(other, { type: 'bearer' })).status).to.equal(200);
    } finally {
      await service.close();
    }
  });

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
