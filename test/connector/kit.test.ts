import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import {
  emailForms,
  isBareOrigin,
  isHttpsOrLoopback,
  kindForStatus,
  normalizeDomain,
  normalizeEmail,
  retryAfterMs,
  splitEmails,
} from '../../src/connector/kit.ts';
import { parseEmail } from '../../src/model/email.ts';

const NOW = Date.parse('2026-11-24T09:40:00.000Z');
const DAY = 86_400_000;

describe('retryAfterMs', () => {
  for (const [header, expected] of [
    ['0', 0],
    ['7', 7_000],
    [' 30 ', 30_000],
    ['1.5', 1_500],
    ['Tue, 24 Nov 2026 09:41:00 GMT', 60_000],
    ['Tue, 24 Nov 2026 09:39:00 GMT', 0],
    ['999999999', DAY],
    ['Tue, 24 Nov 2099 09:39:00 GMT', DAY],
    ['', undefined],
    ['-5', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ] as const)
    it(`of ${JSON.stringify(header)} is ${expected}`, () => {
      expect(retryAfterMs(header, NOW)).to.equal(expected);
    });

  it('is between 0 and a day, or undefined, for any header', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const ms = retryAfterMs(header, NOW);
        if (ms !== undefined) expect(ms).to.be.within(0, DAY);
      }),
    );
  });
});

describe('kindForStatus', () => {
  for (const [status, kind] of [
    [301, 'bad_response'],
    [400, 'misconfigured'],
    [401, 'auth'],
    [403, 'misconfigured'],
    [404, 'misconfigured'],
    [408, 'timeout'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ] as const)
    it(`${status} is ${kind}`, () => {
      expect(kindForStatus(status)).to.equal(kind);
    });
});

describe('isHttpsOrLoopback', () => {
  for (const url of [
    'https://acme.example',
    'https://user@acme.example:8443/path?query',
    'http://localhost:1',
    'http://127.0.0.1',
    'http://127.9.8.7:80/path',
    'http://[::1]:1',
  ])
    it(`accepts ${url}`, () => {
      expect(isHttpsOrLoopback(url)).to.equal(true);
      expect(isHttpsOrLoopback(new URL(url))).to.equal(true);
    });

  for (const url of [
    'http://acme.example',
    'http://127.0.0.1.acme.example',
    'http://localhost.acme.example',
    'ftp://127.0.0.1',
    'acme.example',
    '',
  ])
    it(`refuses "${url}"`, () => {
      expect(isHttpsOrLoopback(url)).to.equal(false);
    });

  it('is a refinement of a schema', () => {
    const schema = z.string().refine(isHttpsOrLoopback, 'expected https://');
    expect(schema.safeParse('https://acme.example').success).to.equal(true);
    expect(schema.safeParse('http://acme.example').error?.issues[0]?.message).to.equal(
      'expected https://',
    );
  });
});

describe('isBareOrigin', () => {
  it('accepts a host and a port', () => {
    for (const url of ['https://acme.example', 'https://acme.example/', 'http://127.0.0.1:8080'])
      expect(isBareOrigin(url), url).to.equal(true);
  });

  it('refuses a user, a path, a query, a fragment and what is not a URL', () => {
    for (const more of ['u@acme.example', 'u:p@acme.example', 'acme.example/x'])
      expect(isBareOrigin(`https://${more}`), more).to.equal(false);
    for (const more of ['?q', '/?q', '#f']) {
      expect(isBareOrigin(`https://acme.example${more}`), more).to.equal(false);
    }
    expect(isBareOrigin('acme.example')).to.equal(false);
  });
});

describe('normalizeEmail', () => {
  it('gives the form the bridge looks up, for any address', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const label = fc.stringMatching(/^[A-Za-z0-9äÖßé日-]{1,9}$/u);
    const address = fc
      .tuple(fc.oneof(fc.stringMatching(/^[A-Za-z.+'ÄÖñ_%-]{1,9}$/u), part), label, label)
      .map(([local, a, b]) => `${local}@${a}.${b}`);
    fc.assert(
      fc.property(address, (text) => {
        // What visitors paste is repaired; an address of a CRM is taken as it is.
        const asked = /\s/.test(text.trim()) ? undefined : parseEmail(text.trim())?.normalized;
        expect(normalizeEmail(text)).to.equal(asked);
      }),
      { numRuns: 500 },
    );
  });

  it('ignores case, composition, white space around it and the script of the domain', () => {
    expect(normalizeEmail(' MU\u0308LLER@BU\u0308CHER.example ')).to.equal(
      'müller@xn--bcher-kva.example',
    );
  });

  it('gives the same when applied twice', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const once = normalizeEmail(text);
        if (once !== undefined) expect(normalizeEmail(once)).to.equal(once);
      }),
    );
  });

  for (const address of ["o'brien@a.example", 'a+b@a.example', 'a..b@a.example', '用户@例子.广告'])
    it(`accepts ${address}`, () => {
      expect(normalizeEmail(address)).to.not.be.undefined;
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
    `${'a'.repeat(64)}@${`${'b'.repeat(63)}.`.repeat(3)}example`,
    'a@b_c.example',
    'a@b.example/x',
  ])
    it(`refuses "${address.slice(0, 30)}"`, () => {
      expect(normalizeEmail(address)).to.be.undefined;
    });
});

describe('emailForms', () => {
  for (const [email, forms] of [
    ['jane@acme.example', ['jane@acme.example']],
    ['müller@acme.example', ['müller@acme.example']],
    ['müller@xn--bcher-kva.example', ['müller@xn--bcher-kva.example', 'müller@bücher.example']],
    ['a@mail.xn--fsqu00a.xn--55qw42g', ['a@mail.xn--fsqu00a.xn--55qw42g', 'a@mail.例子.公益']],
    ['a@xn--a.example', ['a@xn--a.example']],
  ] as const)
    it(`of ${email} are ${forms.length}`, () => {
      expect(emailForms(email)).to.deep.equal(forms);
    });

  it('are all normalised to the address, for any address', () => {
    const label = fc.stringMatching(/^[a-zäöüßéø日本例]{1,9}$/u);
    const address = fc.tuple(label, label).map(([a, b]) => `jane@${a}.${b}`);
    fc.assert(
      fc.property(address, (text) => {
        const email = normalizeEmail(text);
        if (email === undefined) return;
        expect(emailForms(email)[0]).to.equal(email);
        for (const form of emailForms(email)) expect(normalizeEmail(form)).to.equal(email);
      }),
    );
  });
});

describe('normalizeDomain', () => {
  it('gives ASCII in lower case', () => {
    expect(normalizeDomain('BU\u0308CHER.example')).to.equal('xn--bcher-kva.example');
    expect(normalizeDomain('Acme.example.')).to.equal('acme.example');
  });

  it('refuses a URL and a single label', () => {
    expect(normalizeDomain('https://acme.example')).to.be.undefined;
    expect(normalizeDomain('acme')).to.be.undefined;
  });

  it('refuses one of any length', () => {
    for (const part of ['a.', 'ü.', 'a', 'ü', '@'])
      expect(normalizeDomain(`${part.repeat(1_000_000)}x.example`)).to.be.undefined;
  });
});

describe('splitEmails', () => {
  it('separates several addresses by ;', () => {
    expect(splitEmails('a@x.example; b@x.example ;;')).to.deep.equal([
      'a@x.example',
      'b@x.example',
    ]);
    expect(splitEmails('')).to.deep.equal([]);
  });

  it('returns the first 250 of any number', () => {
    const many = Array.from({ length: 200_000 }, (_, i) => `a${i}@x.example`);
    expect(splitEmails(many.join(';'))).to.deep.equal(many.slice(0, 250));
  });
});
