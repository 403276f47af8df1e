import { expect } from 'chai';
import { requestId } from '../../src/http/security-headers.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('requestId', () => {
  for (const id of ['a', 'AZaz09_.:-', 'x'.repeat(64)]) {
    it(`keeps '${id}'`, () => expect(requestId(id)).to.equal(id));
  }

  const unsafe = [
    undefined,
    '',
    'x'.repeat(65),
    'a b',
    'a\nb',
    'abc\n',
    'a/b',
    'bob@x',
    'é',
    '<b>',
    'a,b',
  ];
  for (const id of unsafe) {
    it(`makes a UUID instead of ${JSON.stringify(id)}`, () => expect(requestId(id)).to.match(uuid));
  }

  it('makes a new one each time', () => {
    expect(requestId(undefined)).not.to.equal(requestId(undefined));
  });
});
