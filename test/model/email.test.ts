import { domainToASCII } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { emailMatcher, normalizeEmail, type Email, whyNoEmail } from '../../src/model/email.ts';

const keyOf = (raw: string) => normalizeEmail(raw)?.normalized;

describe('normalizeEmail', () => {
  describe('accepts', () => {
    const accepted: Record<string, string> = {
      'test@test.com': 'test@test.com',
      "o'brien@example.com": "o'brien@example.com",
      'a+b@example.com': 'a+b@example.com',
      'JANE.DOE@Example.COM': 'jane.doe@example.com',
      '.a..b.@docomo.ne.jp': '.a..b.@docomo.ne.jp',
      "!#$%&'*+-/=?^_`{|}~@example.com": "!#$%&'*+-/=?^_`{|}~@example.com",
      'bob@example.com.': 'bob@example.com',
      'jürgen@example.com': 'jürgen@example.com',
      '用户@例子.广告': '用户@xn--fsqu00a.xn--4rr70v',
      'bob@bücher.example': 'bob@xn--bcher-kva.example',
      'bob@xn--bcher-kva.example': 'bob@xn--bcher-kva.example',
      'bob@例子。广告': 'bob@xn--fsqu00a.xn--4rr70v',
      'a.b@gmail.com': 'a.b@gmail.com',
    };
    for (const [raw, key] of Object.entries(accepted)) {
      it(`${raw} as ${key}`, () => expect(keyOf(raw)).to.equal(key));
    }
  });

  describe('refuses', () => {
    const refused: Record<string, string> = {
      'the empty text': '',
      'white space alone': ' \t\n',
      'no @': 'example.com',
      'two @': 'a@b@example.com',
      'an empty local part': '@example.com',
      'a space as local part': ' @example.com',
      'an empty domain': 'bob@',
      'a single label': 'bob@localhost',
      'an empty label': 'bob@example..com',
      'two trailing dots': 'bob@example.com..',
      'a leading dot in the domain': 'bob@.example.com',
      'a numeric top-level domain': 'bob@example.123',
      'an IPv4 address': 'bob@127.0.0.1',
      'a short IPv4 address': 'bob@1.2',
      'an IP literal': 'bob@[127.0.0.1]',
      'a label that starts with a hyphen': 'bob@-example.com',
      'a label that ends in a hyphen': 'bob@example-.com',
      'an underscore in the domain': 'bob@exa_mple.com',
      'a percent escape in the domain': 'bob@exa%6dple.com',
      'a path after the domain': 'bob@example.com/x',
      'a port after the domain': 'bob@example.com:80',
      'a space in the domain': 'bob@exa mple.com',
      'a label of 64 characters': `bob@${'x'.repeat(64)}.com`,
      'a quoted local part': '"bob"@example.com',
      'a comment': 'bob(work)@example.com',
      'a backslash': 'bo\\b@example.com',
      'two addresses': 'bob@example.com,eve@example.com',
      'a line break': 'bob\r\nX: y@example.com',
      'a line break after the first address': 'bob@example.com\nbcc: x',
      'a control character': 'bob\u0000@example.com',
      'a tab in the local part': 'bo\tb@example.com',
      'a no-break space in the local part': 'bo\u00a0b@example.com',
      'a line separator': 'bo\u2028b@example.com',
      'a bidi override': 'bob\u202e@example.com',
      'a right-to-left mark in the domain': 'bob@exa\u200fmple.com',
      'a zero-width joiner between letters of other scripts': 'bob@नी\u200dति.example',
      'two addresses apart by a semicolon': 'bob@example.com; eve@example.com',
      'two addresses apart by a blank': 'bob@example.com eve@example.com',
      'two addresses in angle brackets': 'Bob <bob@example.com>, Eve <eve@example.com>',
      'an address as the name of another': 'bob@example.com <eve@example.com>',
      'an address with another behind a label': 'bob@example.com mailto:eve@example.com',
      'a mailto: with two addresses': 'mailto:bob@example.com,eve@example.com',
      'a line break in a display name': 'Bob\r\nX: y <bob@example.com>',
      'brackets without an address': 'Bob <>',
      'brackets without an end': 'Bob <bob@example.com',
      'brackets in brackets': '<<bob@example.com>>',
      'a name behind the address': '<bob@example.com> Bob',
      'a comma before the address': ',bob@example.com',
      'a soft hyphen in the domain': 'bob@exa\u00admple.com',
      'a lone surrogate': 'bob\ud800@example.com',
    };
    for (const [what, raw] of Object.entries(refused)) {
      it(what, () => expect(normalizeEmail(raw)).to.equal(undefined));
    }
  });

  describe('finds the address in what is typed and pasted', () => {
    const repaired: Record<string, string> = {
      'a comma behind it': 'bob@example.com,',
      'a semicolon behind it': 'bob@example.com;',
      'a full stop behind it': 'bob@example.com.',
      'several of them': 'bob@example.com., ;',
      'a full stop after a comma': 'bob@example.com,.',
      'an exclamation mark': 'bob@example.com!',
      'a question mark': 'bob@example.com?',
      'a colon': 'bob@example.com:',
      'mailto:': 'mailto:bob@example.com',
      'MAILTO: and a blank': 'MAILTO: bob@example.com',
      'a mailto: link with a subject': 'mailto:bob@example.com?subject=Hello%20there',
      'a label': 'E-Mail: bob@example.com',
      'angle brackets': '<bob@example.com>',
      'a name and angle brackets': 'Bob <bob@example.com>',
      'a name close to angle brackets': 'Bob<bob@example.com>',
      'a name with a comma, in quotes': '"Doe, Bob" <bob@example.com>',
      'a name in another script': '鮑勃 <bob@example.com>',
      'blanks in angle brackets': 'Bob < bob@example.com >',
      'an item of a list': ' Bob Doe <bob@example.com>; ',
      'the address as its own name': '"bob@example.com" <bob@example.com>',
      'mailto: in angle brackets': 'Bob <mailto:bob@example.com>',
      'square brackets, as Outlook writes them': 'Bob [mailto:bob@example.com]',
      'round brackets': '(bob@example.com)',
      'a name and round brackets': 'Bob (bob@example.com)',
      'double quotes': '"bob@example.com"',
      'single quotes': "'bob@example.com'",
      'typographic quotes and a comma': '„bob@example.com“,',
      'a comma in quotes': '"bob@example.com,"',
      'a zero-width space': 'bob\u200b@example.com',
      'a zero-width space at the end': 'bob@example.com\u200b',
      'a zero-width joiner': 'bob@exam\u200dple.com',
      'a zero-width non-joiner': 'bo\u200cb@example.com',
      'a word joiner': 'bob@example\u2060.com',
      'a byte order mark in it': 'bob\ufeff@example.com',
      'marks for the direction around it': '\u202abob@example.com\u202c',
      'a right-to-left mark behind it': 'bob@example.com\u200f',
      'a soft hyphen behind it': 'bob@example.com\u00ad',
      'a full-width @': 'bob＠example.com',
      'a small @': 'bob﹫example.com',
      'a full-width stop': 'bob@example．com',
      'full-width letters': 'ｂｏｂ＠ｅｘａｍｐｌｅ．ｃｏｍ',
      'a full-width comma behind it': 'bob@example.com，',
      'an ideographic full stop behind it': 'bob@example.com。',
      'all at once': '\ufeff"Bob" <mailto:bob＠example.com>;\u200b',
    };
    for (const [what, raw] of Object.entries(repaired)) {
      it(what, () => {
        expect(normalizeEmail(raw)).to.deep.equal({
          address: 'bob@example.com',
          normalized: 'bob@example.com',
          domain: 'example.com',
        });
      });
    }

    const around = fc.constantFrom(
      (address: string) => `${address},`,
      (address: string) => `${address};`,
      (address: string) => `mailto:${address}`,
      (address: string) => `<${address}>`,
      (address: string) => `Ann Doe <${address}>.`,
      (address: string) => `"Doe, Ann" <${address}>`,
      (address: string) => `\u200b${address}\u200b`,
      (address: string) => address.replace('@', '\u200b＠'),
      (address: string) => `“${address}”`,
      (address: string) => ` ${address} `,
    );

    it('whatever the address', () => {
      fc.assert(
        fc.property(fc.emailAddress(), around, (address, wrap) => {
          expect(keyOf(wrap(address))).to.equal(keyOf(address));
        }),
      );
    });

    it('and never one of two', () => {
      const separator = fc.constantFrom(
        ',',
        ';',
        ' ',
        ', ',
        '; ',
        '\n',
        ' <',
        '/',
        ' or ',
        '\u200b',
      );
      fc.assert(
        fc.property(
          fc.emailAddress(),
          fc.emailAddress(),
          separator,
          around,
          around,
          (one, two, between, wrapOne, wrapTwo) => {
            fc.pre(one.toLowerCase() !== two.toLowerCase());
            for (const text of [
              `${wrapOne(one)}${between}${wrapTwo(two)}`,
              `${one}${between}${two}`,
              `${one} <${two}>`,
              `<${one}>${between}<${two}>`,
            ]) {
              expect(keyOf(text), text).to.equal(undefined);
            }
          },
        ),
      );
    });
  });

  it('keeps the case of the local part in the address and lowers the domain', () => {
    expect(normalizeEmail('  Jane.Doe@EXAMPLE.com\t')).to.deep.equal({
      address: 'Jane.Doe@example.com',
      normalized: 'jane.doe@example.com',
      domain: 'example.com',
    });
  });

  it('keeps the script of the domain in the address', () => {
    expect(normalizeEmail('Bob@BÜCHER.example')).to.deep.equal({
      address: 'Bob@bücher.example',
      normalized: 'bob@xn--bcher-kva.example',
      domain: 'xn--bcher-kva.example',
    });
  });

  it('reads a space inside the local part as a + that was not percent-encoded', () => {
    expect(normalizeEmail(' jane work@example.com ')?.address).to.equal('jane+work@example.com');
    expect(keyOf('a  b c@example.com')).to.equal('a++b+c@example.com');
  });

  it('trims spaces at both ends of the local part', () => {
    expect(keyOf(' jane @example.com')).to.equal('jane@example.com');
  });

  it('trims Unicode white space', () => {
    expect(keyOf('\u3000\u00a0jane@example.com\ufeff\u2003')).to.equal('jane@example.com');
  });

  it('composes what was written as letter and mark', () => {
    expect(keyOf('jose\u0301@example.com')).to.equal('jos\u00e9@example.com');
  });

  it('takes 254 characters and refuses 255', () => {
    const domain = '@example.com';
    expect(keyOf('x'.repeat(254 - domain.length) + domain)).to.have.lengthOf(254);
    expect(keyOf('x'.repeat(255 - domain.length) + domain)).to.equal(undefined);
    expect(keyOf('x'.repeat(254 - domain.length) + domain + '.')).to.have.lengthOf(254);
  });

  it('counts characters after composing', () => {
    expect(keyOf('e\u0301'.repeat(240) + '@example.com')).to.have.lengthOf(252);
  });

  it('refuses a huge text at once', () => {
    expect(normalizeEmail('a'.repeat(5_000_000) + '@example.com')).to.equal(undefined);
    expect(normalizeEmail('x' + ' '.repeat(5_000_000) + '@example.com')).to.equal(undefined);
  });

  it('counts the characters of the ASCII domain too', () => {
    const raw = (length: number) =>
      'x'.repeat(length - '@bücher.example'.length) + '@bücher.example';
    expect(normalizeEmail(raw(254))).to.equal(undefined);
    expect(keyOf(raw(240))).to.have.lengthOf(247);
  });

  it('does not depend on the place: İ, ß, ẞ and the Kelvin sign', () => {
    expect(keyOf('İ@example.com')).to.equal('i\u0307@example.com');
    expect(keyOf('I@example.com')).to.equal('i@example.com');
    expect(keyOf('Straße@example.com')).to.equal('straße@example.com');
    expect(keyOf('STRAẞE@example.com')).to.equal('straße@example.com');
    expect(keyOf('\u212aelvin@example.com')).to.equal('kelvin@example.com');
  });

  it('gives for every letter a key that reads as itself', () => {
    for (let code = 0x80; code <= 0x1ffff; code += 1) {
      const key = keyOf(`a${String.fromCodePoint(code)}b@example.com`);
      if (key !== undefined && keyOf(key) !== key)
        expect.fail(`U+${code.toString(16)} is not stable`);
    }
  });

  it('accepts every ordinary address', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (raw) => {
        expect(keyOf(raw)).to.equal(raw.toLowerCase());
      }),
    );
  });

  it('reads a plain address as it reads the same in capitals', () => {
    const plain = fc.stringMatching(/^[a-z0-9_.+-]{1,9}@[a-z0-9-]{1,9}(?:\.[a-z0-9-]{1,9}){1,2}$/);
    fc.assert(
      fc.property(plain, (raw) => {
        expect(normalizeEmail(raw)?.normalized).to.equal(keyOf(raw.toUpperCase()));
        expect(normalizeEmail(raw)?.domain).to.equal(normalizeEmail(raw.toUpperCase())?.domain);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads plain domains as the URL standard does', () => {
    const plain = fc.stringMatching(/^(?:[a-z0-9-]{1,5}\.){1,3}[a-z]{1,4}$/);
    const digits = fc.stringMatching(/^(?:0x)?[0-9a-f]{1,3}\.(?:0x)?[0-9a-f]{1,3}$/);
    fc.assert(
      fc.property(fc.oneof(plain, digits), (domain) => {
        const email = normalizeEmail(`bob@${domain}`);
        if (email !== undefined) expect(email.domain).to.equal(domainToASCII(domain));
      }),
    );
  });

  it('restores every + that was decoded to a space', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const query = new URLSearchParams(`email=${words.join('+')}@example.com`);
        expect(keyOf(query.get('email') ?? '')).to.equal(`${words.join('+')}@example.com`);
      }),
    );
  });

  /** Texts that often are addresses: parts from tricky alphabets around an @. */
  const tricky = fc
    .tuple(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('@', '@', '@', '', '@@'),
      fc.oneof(
        fc.domain(),
        fc.string({ unit: 'grapheme', maxLength: 8 }).map((s) => `${s}.com`),
      ),
    )
    .map((parts) => parts.join(''));
  const letters = fc
    .tuple(fc.stringMatching(/^[\p{L}\p{M}\p{N}]{1,10}$/u), fc.stringMatching(/^[\p{L}]{1,6}$/u))
    .map(([local, host]) => `${local}@${host}.example`);
  const anything = fc.oneof(fc.string({ unit: 'binary' }), tricky, letters, fc.emailAddress());

  it('never throws, and a key is clean, short and stable', () => {
    fc.assert(
      fc.property(anything, (raw) => {
        const email = normalizeEmail(raw);
        if (email === undefined) return;
        expect(email.normalized).to.match(/^[^\p{C}\p{Z}@]+@[a-z0-9.-]+$/u);
        expect(email.normalized.length).to.be.at.most(254);
        expect(email.address).to.match(/^[^\p{C}\p{Z}@]+@[^\p{C}\p{Z}@]+$/u);
        expect(email.normalized.endsWith(`@${email.domain}`)).to.be.true;
        expect(normalizeEmail(email.normalized)?.normalized).to.equal(email.normalized);
        expect(normalizeEmail(email.address)).to.deep.equal(email);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('emailMatcher', () => {
  const email = (raw: string): Email => {
    const read = normalizeEmail(raw);
    if (read === undefined) throw new Error(`${raw} is not an address`);
    return read;
  };
  const matches = (pattern: string, raw: string) => emailMatcher([pattern])(email(raw));

  const cases: [pattern: string, raw: string, expected: boolean][] = [
    ['*@snapengage.com', 'visitor@snapengage.com', true],
    ['*@snapengage.com', 'visitor@SnapEngage.COM', true],
    ['*@SNAPENGAGE.com', 'visitor@snapengage.com', true],
    ['*@snapengage.com', 'visitor@mail.snapengage.com', false],
    ['*@snapengage.com', 'visitor@snapengage.com.example.org', false],
    ['*@snapengage.com', 'visitor@notsnapengage.com', false],
    ['snapengage.com', 'visitor@snapengage.com', true],
    ['snapengage.com', 'snapengage.com@example.org', false],
    ['@snapengage.com', 'visitor@snapengage.com', true],
    ['*.snapengage.com', 'visitor@a.snapengage.com', true],
    ['*.snapengage.com', 'visitor@snapengage.com', false],
    ['bob@example.com', 'Bob@example.com', true],
    ['bob@example.com', 'bobby@example.com', false],
    ['bob*@example.com', 'bob@example.com', true],
    ['no*reply*@*', 'no-reply-7@example.com', true],
    ['no*reply*@*', 'nothing@example.com', false],
    ['a*a@example.com', 'a@example.com', false],
    ['a.b@example.com', 'axb@example.com', false],
    ['*', 'bob@example.com', true],
    ['', 'bob@example.com', false],
    ['*@bücher.example', 'bob@xn--bcher-kva.example', true],
    ['*@*.bücher.example', 'bob@mail.bücher.example', true],
  ];
  for (const [pattern, raw, expected] of cases) {
    it(`'${pattern}' ${expected ? 'matches' : 'does not match'} ${raw}`, () => {
      expect(matches(pattern, raw)).to.equal(expected);
    });
  }

  it('matches when any pattern does, and never without patterns', () => {
    expect(emailMatcher(['a.com', 'b.com'])(email('x@b.com'))).to.be.true;
    expect(emailMatcher([])(email('x@b.com'))).to.be.false;
  });

  it('agrees with a backtracking matcher on every pattern', () => {
    const piece = fc.stringMatching(/^[ab*]{0,8}$/);
    const local = fc.stringMatching(/^[ab]{1,8}$/);
    const naive = (pattern: string, text: string): boolean =>
      new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
    fc.assert(
      fc.property(piece, local, (pattern, text) => {
        expect(matches(`x${pattern}@example.com`, `x${text}@example.com`)).to.equal(
          naive(`x${pattern}`, `x${text}`),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('does not backtrack: many asterisks against a long address', () => {
    const pattern = `${'a*'.repeat(100)}b@example.com`;
    expect(matches(pattern, `${'a'.repeat(240)}@example.com`)).to.be.false;
  });
});

describe('whyNoEmail', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'no address'],
    [' \u200b\n', 'no address'],
    ['jane@@x', 'not a valid address'],
    ['jane', 'not a valid address'],
    ['jane@x', 'not a valid address'],
    ['"jane doe"@x.example', 'not a valid address'],
    ['a@b.example,c@d.example', 'more than one address'],
    ['a@b.example c@d.example', 'more than one address'],
    ['c@d.example <a@b.example>', 'more than one address'],
    [`${'a'.repeat(5000)}@x.example`, 'not a valid address'],
  ];
  for (const [given, reason] of cases) {
    it(`says of ${JSON.stringify(given.slice(0, 30))}: ${reason}`, () => {
      expect(normalizeEmail(given)).to.equal(undefined);
      expect(whyNoEmail(given)).to.equal(reason);
    });
  }
});
