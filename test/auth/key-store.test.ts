import crypto, { createHash } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { expect } from 'chai';
import fc from 'fast-check';
import { createKeyStore, readKey } from '../../src/auth/key-store.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const digestOf = (key: string) => createHash('sha256').update(key).digest('hex');

describe('readKey', () => {
  it('takes the key from the path, the header or the query', () => {
    expect(readKey({ pathKey: 'k' })).to.equal('k');
    expect(readKey({ authorization: 'Bearer k' })).to.equal('k');
    expect(readKey({ authorization: basic('any:k') })).to.equal('k');
    expect(readKey({ queryKey: 'k' })).to.equal('k');
    expect(readKey({})).to.equal(undefined);
  });

  it('prefers the path, then the header', () => {
    expect(readKey({ pathKey: 'p', authorization: 'Bearer h', queryKey: 'q' })).to.equal('p');
    expect(readKey({ authorization: 'Bearer h', queryKey: 'q' })).to.equal('h');
  });

  it('counts an empty key as none', () => {
    expect(readKey({ pathKey: '', authorization: basic('user:'), queryKey: 'q' })).to.equal('q');
    expect(readKey({ pathKey: '', queryKey: '' })).to.equal(undefined);
  });

  it('reads schemes in any case', () => {
    expect(readKey({ authorization: 'bearer k' })).to.equal('k');
    expect(readKey({ authorization: basic(':k').replace('Basic', 'BASIC ') })).to.equal('k');
  });

  it('passes over headers that carry no key', () => {
    const headers = [
      'Bearer',
      'Bearer ',
      'Digest k',
      'k',
      'Bearer a b',
      'Basic !!!',
      basic('nocolon'),
    ];
    for (const authorization of headers) {
      expect(readKey({ authorization, queryKey: 'q' }), authorization).to.equal('q');
    }
  });

  it('takes any password of HTTP Basic, with colons, line breaks and other scripts', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((user) => !user.includes(':')),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        (user, password) => {
          expect(readKey({ authorization: basic(`${user}:${password}`) })).to.equal(password);
        },
      ),
    );
  });
});

describe('createKeyRing', () => {
  const ring = createKeyStore([
    { id: 'acme', keys: ['old-key', 'new-key'] },
    { id: 'hashed', keys: [`sha256:${digestOf('secret')}`] },
    { id: 'upper', keys: [`sha256:${digestOf('SECRET').toUpperCase()}`] },
  ]);

  it('opens the tenant with each of its keys', () => {
    expect(ring.verify('acme', 'old-key')).to.deep.equal({ id: 'acme', position: 1 });
    expect(ring.verify('acme', 'new-key')).to.deep.equal({ id: 'acme', position: 2 });
  });

  it('compares sha256: keys by their digest', () => {
    expect(ring.verify('hashed', 'secret')).to.include({ id: 'hashed' });
    expect(ring.verify('upper', 'SECRET')).to.include({ id: 'upper' });
  });

  it('does not take the digest itself as a key', () => {
    expect(ring.verify('hashed', digestOf('secret'))).to.equal(undefined);
    expect(ring.verify('hashed', `sha256:${digestOf('secret')}`)).to.equal(undefined);
  });

  it("refuses wrong keys, another tenant's keys, no key and unknown tenants", () => {
    const wrong = ['wrong', 'old-ke', 'old-key ', 'OLD-KEY', 'secret', '', undefined];
    for (const key of wrong) expect(ring.verify('acme', key), key).to.equal(undefined);
    expect(ring.verify('nobody', 'old-key')).to.equal(undefined);
    expect(ring.verify('__proto__', 'old-key')).to.equal(undefined);
  });

  it('does the same number of comparisons whatever is wrong or right', () => {
    const compare = mock.method(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    try {
      const work = [
        ['acme', 'old-key'],
        ['acme', 'new-key'],
        ['acme', 'wrong'],
        ['acme', undefined],
        ['hashed', 'secret'],
        ['nobody', 'old-key'],
      ].map(([id = '', key]) => {
        compare.mock.resetCalls();
        ring.verify(id, key);
        return compare.mock.callCount();
      });
      expect(work).to.deep.equal([2, 2, 2, 2, 2, 2]);
    } finally {
      compare.mock.restore();
      syncBuiltinESMExports();
    }
  });

  it('refuses all when there is no tenant or no key', () => {
    expect(createKeyStore([]).verify('acme', 'k')).to.equal(undefined);
    expect(createKeyStore([{ id: 'acme', keys: [] }]).verify('acme', 'k')).to.equal(undefined);
    expect(createKeyStore([{ id: 'acme', keys: [''] }]).verify('acme', '')).to.equal(undefined);
  });

  it('refuses a sha256: key that is not a digest, without printing it', () => {
    const make = () => createKeyStore([{ id: 'acme', keys: ['sha256:hunter2'] }]);
    expect(make)
      .to.throw('tenant acme: a key that starts with sha256:')
      .which.satisfies((error: Error) => !error.message.includes('hunter2'));
  });
});
