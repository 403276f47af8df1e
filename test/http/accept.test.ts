import { expect } from 'chai';
import fc from 'fast-check';
import { prefersJson } from '../../src/http/accept.ts';

describe('prefersJson', () => {
  const json = [
    'application/json',
    'Application/JSON',
    ' application/json ',
    'application/json; charset=utf-8',
    'application/json;q=0.001',
    'application/json, text/plain;q=0.9, */*;q=0.8',
    'text/plain;q=0.5,application/json;q=0.6',
    'text/html, application/json, */*;q=0.1',
    'application/json;q=0.2, application/json;q=0.9, text/plain;q=0.5',
    'application/json;profile="a,b;q=0";q=0.5, text/plain;q=0.4',
    'application/json; Q = 0.5 , text/plain ; q = 0.4',
    'application/*, text/*;q=0.5',
    'application/json, text/plain;q=0',
    ',,;;, application/json,;q=1,garbage',
  ];
  for (const accept of json)
    it(`json for '${accept}'`, () => expect(prefersJson(accept)).to.be.true);

  const text = [
    undefined,
    '',
    '*/*',
    'text/plain',
    'application/json, text/plain, */*',
    'application/json, text/plain',
    'application/json, */*',
    'application/json;q=0.5, */*;q=0.5',
    'application/json, text/*',
    'application/json;q=0',
    'application/json;q=0.0, */*;q=0',
    'application/json;q=high',
    'application/json;q=2',
    'application/json;q=-1',
    'application/json;q=',
    'application/json;q=0, application/*',
    'application/problem+json',
    'application/jsonp',
    'text/json',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
    'x/y;p="application/json, application/json"',
    '"application/json',
    'json',
  ];
  for (const accept of text) {
    it(`text for '${String(accept)}'`, () => expect(prefersJson(accept)).to.be.false);
  }

  it('compares qualities, whatever their order', () => {
    const quality = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(quality, quality, quality, fc.boolean(), (a, b, c, reverse) => {
        const ranges = [
          `application/json;q=${a / 1000}`,
          `text/plain;q=${b / 1000}`,
          `*/*;q=${c / 1000}`,
        ];
        if (reverse) ranges.reverse();
        expect(prefersJson(ranges.join(', '))).to.equal(a > b && a > c);
      }),
    );
  });

  it('never throws', () => {
    const part = fc.constantFrom(
      'application/json',
      'text/plain',
      '*/*',
      ';',
      ',',
      'q=',
      '"',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
        prefersJson(parts.join(''));
      }),
    );
  });
});
