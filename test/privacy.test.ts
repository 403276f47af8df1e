import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import supertest from 'supertest';
import { bridgeYaml, startService } from './support/service.ts';

const KEY = 'acme-key-0123456789';
const SECRET = 'sekret-env-value-4711';
const YAML = `
log: { level: debug, format: json }
connections: { crm: { connector: moody } }
tenants:
  acme: { keys: [${KEY}, "\${ACME_KEY}"], connections: [crm], deadline: 400ms, rateLimit: { requests: 40, per: 1m } }
`;

describe('logs and metrics of a whole run', () => {
  it('hold no e-mail, key, IP, page URL or CRM value, at any level', async () => {
    const service = await startService({
      files: { 'bridge.yaml': bridgeYaml(YAML) },
      env: { ACME_KEY: SECRET },
    });
    const api = supertest(service.url);
    const ops = supertest(service.opsUrl);
    const visitor =
      'ip=203.0.113.77&url=https%3A%2F%2Fshop.example%2Fcart%3Fuser%3D9&caseId=b88d3c4d-c402-4673-8e5b-68778eac45cb';
    for (const email of [
      'jane@private.example',
      'unknown@private.example',
      'down@private.example',
      'hang@private.example',
      'broken@private.example',
      'evil@private.example',
      'not-an-address-private.example',
      '',
    ]) {
      const query = `email=${encodeURIComponent(email)}&${visitor}`;
      await api.get(`/v1/acme/contact/${KEY}?${query}`);
      await api
        .get(`/v1/acme/contact/${SECRET}?${query}`)
        .set('X-Forwarded-For', '203.0.113.78')
        .set('X-Request-Id', '203.0.113.79');
      await api.get(`/v1/acme/contact/wrong-key-private?${query}`);
      await api.get(`/v1/unknown-private/contact?key=other-private&${query}`);
      await api.get(`/private.example/${email}?${query}`);
    }
    await api.get(`/v1/acme/contact/${KEY}?email=jane@private.example&caseId=jane@private.example`);
    await ops.get('/debug/lookup?tenant=acme&email=jane@private.example');
    await ops.delete('/cache/acme?email=jane@private.example');
    await service.write('bridge.yaml', bridgeYaml(YAML.replace('deadline', 'dedline')));
    await ops.post('/-/reload');
    const metrics = (await ops.get('/metrics')).text;
    const health = (await ops.get('/health')).text;
    await service.close();

    const logs = service.output() + service.errors();
    const lines = service.output().trim().split('\n');
    expect(lines.length).to.be.above(40);
    for (const line of lines) expect(() => JSON.parse(line) as unknown, line).not.to.throw();
    for (const [what, text] of Object.entries({ logs, metrics, health })) {
      for (const forbidden of [
        /private/i,
        /203\.0\.113/,
        /127\.0\.0\.1/,
        /shop\.example/,
        new RegExp(KEY),
        new RegExp(SECRET),
        /Known|Company of crm|secret words|Platinum|Renewal/,
      ]) {
        expect(text, what).not.to.match(forbidden);
      }
    }
  });

  it('have one line per lookup, with what operators need', async () => {
    const service = await startService({
      files: { 'bridge.yaml': bridgeYaml(YAML) },
      env: { ACME_KEY: SECRET },
    });
    const ask = (email: string) =>
      supertest(service.url).get(
        `/v1/acme/contact/${KEY}?email=${email}&caseId=b88d3c4d-c402-4673-8e5b-68778eac45cb`,
      );
    const { headers } = await ask('jane@b.example');
    await ask('JANE@b.example');
    await ask('other@b.example');
    await service.close();
    const requests = service
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ message }) => message === 'request');
    expect(requests).to.have.length(3);
    expect(requests[0]).to.include({
      level: 'info',
      tenant: 'acme',
      key: 1,
      outcome: 'found',
      status: 200,
      cache: 'miss',
      requestId: headers['x-request-id'],
      caseId: 'b88d3c4d-c402-4673-8e5b-68778eac45cb',
    });
    expect(requests[0]?.['ms']).to.be.a('number');
    const people = requests.map(({ person }) => person);
    expect(people[0]).to.match(/^[0-9a-f]{12}$/);
    expect(people[1]).to.equal(people[0]);
    expect(people[2]).not.to.equal(people[0]);
  });

  it('hold none of what an API or a database sends instead of an answer', async () => {
    const json = { 'content-type': 'application/json' };
    const text = JSON.stringify({ data: [{ mail: PERSON, name: { [PERSON]: PERSON } }] });
    const answers: readonly ((socket: Socket, response: ServerResponse) => unknown)[] = [
      (_, response) => response.writeHead(404, `no ${PERSON}`, json).end(text),
      (_, response) => response.writeHead(302, { location: `http://a.example/${PERSON}` }).end(),
      (_, response) => response.writeHead(401, { 'www-authenticate': PERSON }).end(PERSON),
      (_, response) => response.writeHead(429, { 'retry-after': PERSON }).end(PERSON),
      (_, response) => response.writeHead(200, json).end(`{"data":"${PERSON}`),
      (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(PERSON),
      (_, response) => response.writeHead(200, { ...json, 'content-encoding': PERSON }).end(text),
      (_, response) => response.writeHead(200, { 'content-type': PERSON }).end(text),
      (_, response) => response.writeHead(200, json).end(JSON.stringify({ data: PERSON })),
      (_, response) => response.writeHead(200, json).end(JSON.stringify({ [PERSON]: 1 })),
      (_, response) => response.writeHead(200, json).end(text),
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nno header ${PERSON}\r\n\r\n`),
      (socket) => socket.end(`HTTP/9.9 ${PERSON}\r\n\r\n`),
      (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${PERSON}\r\n\r\n`),
      (socket) => socket.end(`HTTP/1.1 101 ${PERSON}\r\nUpgrade: ${PERSON}\r\n\r\n`),
      (socket) => socket.destroy(),
      () => undefined,
    ];
    let respond = answers[0];
    const crm = createServer((request, response) => respond?.(request.socket, response));
    await once(crm.listen(0, '127.0.0.1'), 'listening');
    const { port } = crm.address() as AddressInfo;
    const service = await startService({
      files: { 'bridge.yaml': bridgeYaml(connectorsYaml(port)), 'people.db': '' },
    });
    const database = new DatabaseSync(join(service.folder, 'people.db'));
    database.exec('create table people (email, details)');
    database.prepare('insert into people values (?, ?)').run(PERSON, `{"name": ${PERSON}`);
    database.close();
    const ops = supertest(service.opsUrl);
    const ask = (tenant: string) =>
      supertest(service.url).get(`/v1/${tenant}/contact/${KEY}`).query({ email: PERSON });
    for (respond of answers) {
      await ask('acme');
      await ops.post('/connections/api/resume');
      await ops.delete('/cache/acme');
    }
    expect((await ask('shop')).headers['x-lookup-outcome']).to.equal('unavailable');
    const figures = (await ops.get('/metrics')).text + (await ops.get('/health')).text;
    await service.close();
    crm.closeAllConnections();
    crm.close();
    const printed = service.output() + service.errors();
    expect(printed.match(/"a call to the CRM failed"/g)?.length).to.be.at.least(answers.length - 2);
    expect(printed + figures).not.to.match(/private/i);
  });
});

const PERSON = 'jane@private.example';

/** An API and a database that fail with what they were asked for in their words. */
function connectorsYaml(port: number): string {
  return `
log: { level: debug, format: json }
connections:
  api:
    connector: rest
    baseUrl: http://127.0.0.1:${port}/
    person:
      get: people/{{ email }}
      query: { email: "{{ email }}" }
      rows: data
      match: mail
      map: { name: name }
  database:
    connector: sql
    url: sqlite:people.db
    person: >
      select email as "key", json_extract(details, '$.name') as name from people where email in (:emails)
tenants:
  acme: { keys: [${KEY}], connections: [api], deadline: 400ms }
  shop: { keys: [${KEY}], connections: [database], deadline: 5s }
`;
}
