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
    ['/v1/acme/contact/k\\y', 'acme', 'k\\y'],
  ] as const) {
    it(`reads ${url}`, () => expect(parseContactPath(url)).to.deep.equal({ tenant, key }));
  }

  it('takes a part that cannot be decoded literally', () => {
    const path = parseContactPath('/v1/%61cme/contact/100%');
    expect(path).to.deep.equal({ tenant: 'acme', key: '100%' });
  });

  for (const url of [
    '/',
    '/v1/acme',
    '/v1//contact/key',
    '/v1/acme/contact//',
    '/v1/acme/contact/key/more',
    '/V1/acme/contact/key',
    '/v1/acme/contacts',
    '/v1/acme\\contact/key',
    '/x/v1/acme/contact/key',
    '/?/v1/acme/contact/key',
    'v1/acme/contact/key',
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
    const whole = ['/v1', '/acme', '/contact', '/key', '?email=a%40b.example'];
    const odd = ['/', '//', '/x', '%41', '%2F', '%3F', '/V1', '?', '/?', '\\', ';', ':', '@', '*'];
    const changes = fc.array(
      fc.record({
        at: fc.nat({ max: whole.length }),
        removed: fc.nat({ max: 1 }),
        added: fc.constantFrom('', ...whole, ...odd),
      }),
      { maxLength: 3 },
    );
    let matched = 0;
    fc.assert(
      fc.property(changes, (some) => {
        const pieces = [...whole];
        for (const { at, removed, added } of some) pieces.splice(at, removed, added);
        const url = pieces.join('');
        fc.pre(url.startsWith('/'));
        const expected = expressMatch(url);
        if (expected !== undefined) matched += 1;
        expect(parseContactPath(url), url).to.deep.equal(expected);
      }),
      { numRuns: 5000 },
    );
    expect(matched).to.be.above(1000);
  });
});
