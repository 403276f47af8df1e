import { expect } from 'chai';
import fc from 'fast-check';
import { keyMistake, tokenMistake, tokenText } from '../../src/connector/token-text.ts';

const TOKEN = 'pat-eu1-12345678-abcd';

describe('a pasted token', () => {
  for (const [what, pasted, words] of [
    ['nothing', '', /must not be empty/],
    ['blanks alone', ' \t', /must not be empty/],
    ['double quotes', `"${TOKEN}"`, /quotes around it/],
    ['single quotes', `'${TOKEN}'`, /quotes around it/],
    ['typographic quotes', `“${TOKEN}”`, /curly quotes around it: replace them with straight ones/],
    ['one quote that was caught', `${TOKEN}"`, /quotes around it/],
    ['a scheme', `Bearer ${TOKEN}`, /begins with .*"Bearer"/],
    ['a scheme in lower case', `bearer ${TOKEN}`, /begins with .*"Bearer"/],
    ['a header', `Authorization: Bearer ${TOKEN}`, /name of a header/],
    ['a line of an .env file', `HUBSPOT_TOKEN=${TOKEN}`, /a name and "="/],
    ['a line of a shell', `export TOKEN="${TOKEN}"`, /a name and "="/],
    ['a parameter', `access_token=${TOKEN}`, /a name and "="/],
    ['a blank before it', ` ${TOKEN}`, /blanks around it/],
    ['a tab behind it', `${TOKEN}\t`, /blanks around it/],
    ['a line break behind it', `${TOKEN}\n`, /line break/],
    ['a line break of Windows behind it', `${TOKEN}\r\n`, /line break/],
    ['a line break in it', `pat-eu1-\n1234`, /line break/],
    ['a blank in it', `pat-eu1 1234`, /a blank in it/],
    ['a typographic dash', `pat\u2013eu1`, /typographic dash/],
    ['a zero-width space', `${TOKEN}\u200b`, /invisible/],
  ] as const) {
    it(`with ${what} is a mistake that is explained without quoting it`, () => {
      expect(tokenMistake(pasted))
        .to.match(words)
        .and.not.match(/pat-|eu1|1234|_TOKEN/);
      expect(tokenText().safeParse(pasted).success).to.be.false;
    });
  }

  it('is right in every form that CRMs give', () => {
    for (const token of [
      TOKEN,
      '00D5g000004Xyz!AQEAQJ.x_y~z',
      '3MVG9.a_b',
      'eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln',
      'c2VjcmV0cw==',
      "Az8Q~a.b-c'd",
      'sk_live_abc',
      '=',
    ]) {
      expect(tokenMistake(token), token).to.equal(undefined);
      expect(tokenText().parse(token)).to.equal(token);
    }
  });

  it('of letters, digits and the signs of base64, URLs and JWTs is always right', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9._~+/!-]{1,80}={0,2}$/);
    fc.assert(fc.property(token, (text) => tokenMistake(text) === undefined));
  });
});

describe('a key that is made up', () => {
  it('may hold any sign, but is not a quoted one, nor a line of a file', () => {
    for (const key of ['acme=1', "it's", 'a"b', 'schlüssel', '=', 'x'.repeat(16)]) {
      expect(keyMistake(key), key).to.equal(undefined);
    }
    for (const key of ['"abc"', "'abc'", 'ACME_KEY=abc', 'export KEY=abc', 'Bearer abc', ' abc']) {
      expect(keyMistake(key), key).to.be.a('string');
    }
  });
});
