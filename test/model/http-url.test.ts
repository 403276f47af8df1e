import { expect } from 'chai';
import fc from 'fast-check';
import { toHttpUrl } from '../../src/model/http-url.ts';
import { sanitizeText } from '../../src/model/sanitize.ts';
import { hostile } from '../support/hostile-texts.ts';

const long = (length: number) => 'https://a.example/'.padEnd(length, 'x');

describe('toHttpUrl', () => {
  const cases: [rule: string, given: string, expected: string | null][] = [
    ['keeps an https address as it is', 'https://crm.example', 'https://crm.example'],
    ['keeps an http address as it is', 'http://crm/42?a=b&c#d', 'http://crm/42?a=b&c#d'],
    [
      'keeps an address with an @ in its path',
      'https://a.example/@jane',
      'https://a.example/@jane',
    ],
    ['keeps other scripts', 'https://crm.example/Müller', 'https://crm.example/Müller'],
    ['removes white space around it', ' https://crm.example/1\n', 'https://crm.example/1'],
    ['encodes what follows a blank', 'https://a.example/x y', 'https://a.example/x%20y'],
    ['encodes what follows a line break', 'https://a.example/x\ny', 'https://a.example/x%20y'],
    [
      'encodes what ends an attribute',
      'https://a.example/"><b>',
      'https://a.example/%22%3E%3Cb%3E',
    ],
    [
      'encodes what ends an attribute with apostrophes',
      "https://a.example/'onmouseover='alert(1)#'",
      'https://a.example/%27onmouseover=%27alert(1)#%27',
    ],
    ['encodes it in a query', 'https://a.example/?`<"\\', 'https://a.example/?%60%3C%22%5C'],
    ['has none of a script', 'javascript:alert(1)', null],
    ['has none of a script with slashes', 'javascript://a.example/%0aalert(1)', null],
    ['has none of a script with a tab', 'java\tscript:alert(1)', null],
    ['has none of data', 'data:text/html,<script>', null],
    ['has none of a file', 'file:///etc/passwd', null],
    ['has none of a bare domain', 'www.acme.example/jane', null],
    ['has none of an address without a host', 'https://', null],
    ['has none that shows another host first', 'https://crm.example@evil.example/', null],
    ['has none of a text', 'see the CRM', null],
    ['has none of nothing', '', null],
    ['keeps one of 1000 characters', ` ${long(1000)}\n`, long(1000)],
    ['has none that is too long: cut, it leads elsewhere', long(1001), null],
    ['has none that is too long when it is encoded', `https://a.example/${' x'.repeat(400)}`, null],
  ];
  for (const [rule, given, expected] of cases) {
    it(rule, () => expect(toHttpUrl(given)).to.equal(expected));
  }

  it('returns nothing but an address on one line, and the same for it', () => {
    const start = fc.constantFrom(
      '',
      'https://',
      'http://a.example/',
      'https://a.example/?q=',
      'HTTP:',
    );
    fc.assert(
      fc.property(start, hostile, (begin, end) => {
        const url = toHttpUrl(begin + end);
        if (url === null) return;
        expect(url).to.match(/^https?:\/\/[^\s"'<>\\`]+$/i);
        expect(toHttpUrl(url)).to.equal(url);
        expect(sanitizeText(url)).to.equal(url);
      }),
      { numRuns: 1000 },
    );
  });
});
