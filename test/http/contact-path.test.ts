import { expect } from 'chai';
import express, { type Request, type Response } from 'express';
import fc from 'fast-check';
import { parseContactPath } from '../../src/http/contact-path.ts';

describe('parseContactPath', () => {
  for (const [url, tenant, key] of [
    ['/v1/acme/contact/key', 'acme', 'key'],
    ['/v1/acme/contact', 'acme', undefined],
    ['/v1/acme/contact/', 'acme', undefined],
    ['/v1/acme/contact/key/?email=a%40b.example', 'acme', 'key'],
    ['/v1/acme/contact?key=a/b', 'acme', undefined],
    ['/v1/caf%C3%A9/contact/k%2Fy', 'café', 'k/y'],
    ['/v1/acme/contact/key#part', 'acme', 'key'],
    ['http://bridge.example:8080/v1/acme/contact/key?email=', 'acme', 'key'],
  ] as const) {
    it(`reads ${url}`, () => expect(parseContactPath(url)).to.deep.equal({ tenant, key }));
  }

  it('takes what cannot be decoded literally', () => {
    const path = parseContactPath('/v1/%ff/contact/100%');
    expect(path).to.deep.equal({ tenant: '%ff', key: '100%' });
  });

  for (const url of [
    '/',
    '/v1/acme',
    '/v1//contact/key',
    '/v1/acme/contact//',
    '/v1/acme/contact/key/more',
    '/V1/acme/contact/key',
    '/v1/acme/contacts',
    '/x/v1/acme/contact/key',
    '/?/v1/acme/contact/key',
    'v1/acme/contact/key',
    'bridge.example/v1/acme/contact/key',
    '*',
  ]) {
    it(`leaves ${url} to others`, () => expect(parseContactPath(url)).to.equal(undefined));
  }

  it("matches what Express' router matches", () => {
    const router = express.Router({ caseSensitive: true });
    let found: unknown;
    router.get('/v1/:tenant/contact{/:key}', (request) => (found = request.params));
    const expressMatch = (url: string) => {
      found = undefined;
      router({ method: 'GET', url } as Request, {} as Response, () => undefined);
      return found && { tenant: undefined, key: undefined, ...found };
    };
    const piece = fc.constantFrom(
      ...['/', '/v1', '/acme', '/contact', '/key', '/%41b', '//', '?a=/', '#', 'x', '%2F', 'V1'],
    );
    const pieces = fc.array(piece, { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(fc.constantFrom('', 'http://a.example:80'), pieces, (server, path) => {
        const url = server + path.join('');
        fc.pre(path[0]?.startsWith('/') === true);
        expect(parseContactPath(url), url).to.deep.equal(expressMatch(url));
      }),
      { numRuns: 5000 },
    );
    const whole = ['/v1/acme/contact/key', 'http://a.example/v1/acme/contact?/', '/v1/a/contact/#'];
    for (const url of whole) expect(parseContactPath(url)).to.deep.equal(expressMatch(url));
  });
});
