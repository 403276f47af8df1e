import { expect } from 'chai';
import fc from 'fast-check';
import { Redactor, isQuotable } from '../../src/config/redactor.ts';

describe('isHarmless', () => {
  it('quotes no IP address, whatever stands around it', () => {
    const around = fc.constantFrom('', ' ', '/', '/33', ':8080', 'http://', '[', ']', ',');
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), around, around, (address, before, after) => {
        fc.pre(!/^(?:127\.|0\.0\.0\.0|[0:]*1?$)/.test(address));
        expect(isQuotable(`${before}${address}${after}`)).to.equal(false);
      }),
    );
  });

  it('quotes no IPv6 address that ends like one of IPv4', () => {
    expect(isQuotable('::1.0.0.0')).to.equal(false);
  });

  it('quotes the addresses that every machine has', () => {
    for (const address of ['0.0.0.0', '127.0.0.1', '127.0.0.53:80', '::', '::1', 'http://[::1]/'])
      expect(isQuotable(address), address).to.equal(true);
  });

  it('quotes host names, versions, durations and paths', () => {
    for (const text of ['office.example.com', '67.0', '1.2.3', '5 sec', 'a/b.csv', 'C:\\b', 'a: b'])
      expect(isQuotable(text), text).to.equal(true);
  });
});

describe('what a connector wrote', () => {
  function concealed(text: string, held: string): string {
    const confidential = new Redactor();
    confidential.addInterpolated(held);
    return confidential.conceal(text);
  }

  it('keeps the places that variables hold: errors about them would teach nothing', () => {
    for (const place of [
      'https://office.example.com/crm',
      'http://localhost:8080',
      '/var/lib/people.db',
      './exports/people',
      '../exports/Zürich people',
      'exports/people.csv',
      'C:\\exports\\people.CSV',
      'bridge.yaml',
      'signing.key',
    ])
      expect(concealed(`no ${place} here`, place), place).to.equal(`no ${place} here`);
  });

  it('loses what else they hold, though it may have dots and slashes', () => {
    for (const password of [
      'hunter.two22',
      'correct.horse',
      'abc/DEF+ghij',
      '/abc+DEF=ghij',
      'https://me:hunter22@office.example.com',
      'the.csv.of.us',
    ])
      expect(concealed(`no ${password} here`, password), password).to.equal('no … here');
  });

  it('loses a secret however it is written', () => {
    const secret = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 });
    const around = fc.string({ unit: 'binary-ascii', maxLength: 8 });
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        fc.pre(!/[\r\n]/.test(value));
        const confidential = new Redactor();
        confidential.addSecret(value);
        const whole = `${before}${value}${after}`;
        const bytes = Buffer.from(whole);
        for (const text of [
          whole,
          encodeURIComponent(whole),
          new URLSearchParams({ whole }).toString(),
          bytes.toString('base64'),
          bytes.toString('base64url'),
        ]) {
          // Of base64 up to two characters beside it may stay: they hold the neighbours, too.
          expect(confidential.conceal(text)).to.contain('…');
          expect(confidential.redact(text).length).to.be.at.most(text.length - value.length + 1);
        }
      }),
    );
  });

  it('loses a secret that has been found since the last text', () => {
    const confidential = new Redactor();
    confidential.addSecret('first secret');
    expect(confidential.conceal('first secret, later secret')).to.equal('…, later secret');
    confidential.addSecret('later secret');
    confidential.addInterpolated('something else');
    expect(confidential.conceal('first secret, later secret, something else')).to.equal('…, …, …');
    expect(confidential.redact('first secret, later secret, something else')).to.equal(
      '…, …, something else',
    );
  });
});
