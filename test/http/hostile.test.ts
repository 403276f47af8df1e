/** Whatever comes over the wire: never a 5xx, never a crash, no content without a key. */
import { connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { bridgeYaml, startService, type Service } from '../support/service.ts';

const TENANTS = ['acme', 'beta', 'gamma'] as const;
const keyOf = (tenant: string) => `${tenant}-key-0123456789`;
const YAML = `
connections: { crm: { connector: moody } }
tenants:
${TENANTS.map((id) => `  ${id}: { keys: [${keyOf(id)}], connections: [crm], rateLimit: { requests: 100000, per: 1m } }`).join('\n')}
`;

describe('the public listener, attacked', () => {
  let service: Service;

  before(async () => {
    const yaml = bridgeYaml(YAML).replace(
      'drainTimeout: 3s',
      'drainTimeout: 3s, wrongKeys: { attempts: 100000, per: 1m }',
    );
    service = await startService({ files: { 'bridge.yaml': yaml } });
  });
  after(() => service.close());

  const statusOf = async (bytes: string | Buffer) => {
    const answer = await send(service.url, bytes);
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  };
  const get = (path: string) =>
    statusOf(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);

  it('opens each tenant with its own key only, however the key comes', async () => {
    for (const tenant of [...TENANTS, 'nobody']) {
      for (const owner of TENANTS) {
        const expected = tenant === owner ? 200 : 401;
        const what = `${tenant} with the key of ${owner}`;
        const key = keyOf(owner);
        const query = 'email=jane%40b.example';
        expect(await get(`/v1/${tenant}/contact/${key}?${query}`), what).to.equal(expected);
        expect(await get(`/v1/${tenant}/contact?key=${key}&${query}`), what).to.equal(expected);
        const bearer = `GET /v1/${tenant}/contact?${query} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`;
        expect(await statusOf(bearer), what).to.equal(expected);
      }
    }
  });

  it('answers a client that ends its side with the request, even when the CRM takes its time', async () => {
    for (const person of ['jane', 'slow']) {
      const path = `/v1/acme/contact/${keyOf('acme')}?email=${person}%40b.example`;
      expect(await statusOf(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`), person).to.equal(200);
    }
  });

  it('answers any value of any parameter with a text and 200', async () => {
    const value = fc.oneof(
      fc
        .string({ unit: 'binary', maxLength: 300 })
        .map((text) => encodeURIComponent(text.toWellFormed())),
      fc.stringMatching(/^[!-"$-~]{0,200}$/),
      fc.constantFrom('', '%', '%zz', '%00', '%ff%fe', '\\u0000', "';%20DROP--", 'a'.repeat(9000)),
    );
    await fc.assert(
      fc.asyncProperty(value, value, value, async (email, url, caseId) => {
        const query = `email=${email}&url=${url}&caseId=${caseId}&ip=${url.slice(0, 40)}`;
        const status = await get(`/v1/acme/contact/${keyOf('acme')}?${query.slice(0, 14_000)}`);
        expect(status).to.be.oneOf([200, 431]);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses any bytes without a 5xx and lives on', async () => {
    const path = fc.stringMatching(/^\/[!-~]{0,80}$/);
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }).map((array) => Buffer.from(array)),
      path.map((text) =>
        Buffer.from(`GET ${text} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
      ),
      path.map((text) => Buffer.from(`GET /v1${text} HTTP/1.0\r\n\r\n`)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (data) => {
        const status = await statusOf(Buffer.concat([data, Buffer.from('\r\n\r\n')]));
        expect(status).to.be.below(500);
      }),
      { numRuns: 150 },
    );
    expect(await get('/healthz')).to.equal(200);
  });
});

/** @returns all that is answered until the connection ends; the sending side is ended with the bytes. */
function send(url: string, bytes: string | Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(bytes));
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(answer));
  return promise;
}
