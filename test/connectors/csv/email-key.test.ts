import { expect } from 'chai';
import fc from 'fast-check';
import { domainKey, emailKey, splitAddresses } from '../../../connectors/csv/email-key.ts';
import { normalizeEmail } from '../../../src/model/email.ts';

describe('csv: the form of addresses', () => {
  it('it is the one the bridge asks for, whatever the address', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const label = fc.stringMatching(/^[A-Za-z0-9äÖßé日-]{1,9}$/u);
    const address = fc
      .tuple(fc.oneof(fc.stringMatching(/^[A-Za-z.+'ÄÖñ_%-]{1,9}$/u), part), label, label)
      .map(([local, a, b]) => `${local}@${a}.${b}`);
    fc.assert(
      fc.property(address, (text) => {
        // The bridge also repairs; a file's cell is taken as it is.
        const asked = /\s/.test(text) ? undefined : normalizeEmail(text)?.normalized;
        if (asked !== undefined) expect(emailKey(text)).to.equal(asked);
      }),
      { numRuns: 500 },
    );
  });

  it('case, composition and the script of the domain do not matter', () => {
    expect(emailKey('MU\u0308LLER@BU\u0308CHER.example')).to.equal('müller@xn--bcher-kva.example');
  });

  for (const address of ["o'brien@a.example", 'a+b@a.example', 'a..b@a.example', '用户@例子.广告'])
    it(`${address} is an address`, () => {
      expect(emailKey(address)).to.not.be.undefined;
    });

  for (const address of [
    '',
    'a',
    '@a.example',
    'a@',
    'a@b',
    'a@b@c.example',
    'a b@c.example',
    'a,b@c.example',
    'Jane <jane@a.example>',
    'mailto:a@b.example',
    `${'a'.repeat(250)}@b.example`,
    'a@b_c.example',
    'a@b.example/x',
  ])
    it(`"${address.slice(0, 30)}" is no address`, () => {
      expect(emailKey(address)).to.be.undefined;
    });

  it('several addresses are apart by ;', () => {
    expect(splitAddresses('a@x.example; b@x.example ;;')).to.deep.equal([
      'a@x.example',
      'b@x.example',
    ]);
    expect(splitAddresses('')).to.deep.equal([]);
  });

  it('a domain is compared in ASCII and lower case; a URL is none', () => {
    expect(domainKey('BÜCHER.example')).to.equal('xn--bcher-kva.example');
    expect(domainKey('Acme.example.')).to.equal('acme.example');
    expect(domainKey('https://acme.example')).to.be.undefined;
    expect(domainKey('acme')).to.be.undefined;
  });
});
