/** What every answer of both listeners carries. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { bridgeYaml, ONE_TENANT, startService, type Service } from '../support/service.ts';

const COMMON = [
  'cache-control',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-resource-policy',
  'x-content-type-options',
  'x-frame-options',
  'x-request-id',
];
const CONTACT = '/v1/acme/contact/acme-key-0123456789';

describe('each answer has the common headers once', () => {
  let service: Service;
  before(async () => {
    service = await startService({ files: { 'bridge.yaml': bridgeYaml(ONE_TENANT) } });
  });
  after(() => service.close());

  const namesOf = async (url: string, method: string) => {
    const sent = request(url, { method, agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.rawHeaders
      .filter((_, index) => index % 2 === 0)
      .map((name) => name.toLowerCase());
  };
  const check = (names: readonly string[]) => {
    expect(names).to.include.members(COMMON);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).to.deep.equal([]);
  };

  for (const [method, path] of [
    ['GET', `${CONTACT}?email=jane@b.example`],
    ['HEAD', `${CONTACT}?email=jane@b.example`],
    ['GET', `${CONTACT}?email=jane@b.example&format=json`],
    ['GET', CONTACT],
    ['POST', `${CONTACT}?email=jane@b.example`],
    ['GET', '/v1/acme/contact/wrong?email=jane@b.example'],
    ['GET', '/healthz'],
    ['DELETE', '/healthz'],
    ['GET', '/nowhere'],
    ['GET', '/%ff'],
  ] as const) {
    it(`${method} ${path}`, async () => check(await namesOf(service.url + path, method)));
  }

  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/console'],
    ['GET', '/console/'],
    ['GET', '/console/assets/none/none.js'],
    ['GET', '/health'],
    ['HEAD', '/metrics'],
    ['PATCH', '/health'],
    ['GET', '/debug/lookup'],
    ['POST', '/-/reload'],
    ['GET', '/nowhere'],
  ] as const) {
    it(`${method} ${path} of the ops listener`, async () =>
      check(await namesOf(service.opsUrl + path, method)));
  }
});
