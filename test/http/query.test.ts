import { expect } from 'chai';
import fc from 'fast-check';
import { parseQuery } from '../../src/http/query.ts';

const read = (url: string) => Object.fromEntries(parseQuery(url));

describe('readQuery', () => {
  it("reads SnapEngage's documented request", () => {
    const url =
      '/v1/acme/contact/k?email=test%40test.com&ip=127.0.0.1&url=http%3A%2F%2Fwww.test.com%2Fchat&caseId=b88d3c4d-c402-4673-8e5b-68778eac45cb';
    expect(read(url)).to.deep.equal({
      email: 'test@test.com',
      ip: '127.0.0.1',
      url: 'http://www.test.com/chat',
      caseId: 'b88d3c4d-c402-4673-8e5b-68778eac45cb',
    });
  });

  it('is empty without a query', () => {
    expect(read('/v1/acme/contact/k')).to.deep.equal({});
    expect(read('/v1/acme/contact/k?')).to.deep.equal({});
    expect(read('')).to.deep.equal({});
  });

  it('reads a second ? as &', () => {
    expect(read('/c?key=x?email=a%40b.example&ip=1')).to.deep.equal({
      key: 'x',
      email: 'a@b.example',
      ip: '1',
    });
    expect(read('/c??email=a')).to.deep.equal({ email: 'a' });
    expect(read('/c?&&email=a?')).to.deep.equal({ email: 'a' });
  });

  it('keeps an encoded ? inside a value', () => {
    expect(read('/c?url=http%3A%2F%2Fx%2F%3Fa%3D1&ip=1')).to.deep.equal({
      url: 'http://x/?a=1',
      ip: '1',
    });
  });

  it('takes the first of repeated parameters, even an empty one', () => {
    expect(read('/c?email=a&email=b')).to.deep.equal({ email: 'a' });
    expect(read('/c?email=&email=b')).to.deep.equal({ email: '' });
    expect(read('/c?url=http://x/?email=b&email=c')).to.include({ email: 'b' });
  });

  it('distinguishes an empty parameter from a missing one', () => {
    expect(parseQuery('/c?email').get('email')).to.equal('');
    expect(parseQuery('/c?ip=1').has('email')).to.be.false;
  });

  it('reads + as a space and %2B as +', () => {
    expect(read('/c?email=a+b%2Bc')).to.deep.equal({ email: 'a b+c' });
  });

  it('splits at the first = only', () => {
    expect(read('/c?url=http://x/a=b')).to.deep.equal({ url: 'http://x/a=b' });
  });

  it('leaves broken percent escapes as they are', () => {
    expect(read('/c?email=100%&ip=%zz&url=%4')).to.deep.equal({
      email: '100%',
      ip: '%zz',
      url: '%4',
    });
  });

  it('replaces what is not UTF-8', () => {
    expect(read('/c?email=a%ffb')).to.deep.equal({ email: 'a\ufffdb' });
  });

  it('takes names from Object.prototype like any other', () => {
    expect(parseQuery('/c?email=a').has('constructor')).to.be.false;
    expect(parseQuery('/c?__proto__=x').get('__proto__')).to.equal('x');
  });

  it('gives back every encoded value, whatever joins the parameters', () => {
    const value = fc.string({ unit: 'grapheme' });
    const joint = fc.constantFrom('&', '?', '&&', '?&');
    fc.assert(
      fc.property(value, value, joint, (email, url, between) => {
        const query = `email=${encodeURIComponent(email)}${between}url=${encodeURIComponent(url)}`;
        expect(read(`/c?${query}`)).to.deep.equal({ email, url });
      }),
    );
  });

  it('never throws', () => {
    const part = fc.constantFrom('?', '&', '=', '+', '%', '%4', '%ff', '%00', 'email', '\ud800');
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ unit: 'binary' }))), (parts) => {
        parseQuery(parts.join(''));
      }),
    );
  });
});
