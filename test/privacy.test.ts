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
      await api.get(`/v1/acme/contact/${SECRET}?${query}`).set('X-Forwarded-For', '203.0.113.78');
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
});
