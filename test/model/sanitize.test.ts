import { expect } from 'chai';
import fc from 'fast-check';
import { sanitizeText } from '../../src/model/sanitize.ts';
import { FORGING, hostile } from '../support/hostile-texts.ts';

const MAX_VALUE_CHARS = 1000;

describe('sanitizeText', () => {
  const cases: [rule: string, given: string, expected: string | null][] = [
    ['keeps an ordinary text', 'Jane Doe', 'Jane Doe'],
    ['makes one line of several', 'Jane\r\nTier: Platinum', 'Jane Tier: Platinum'],
    ['takes tabs and other white space for a space', 'a\t\u00a0\u3000b', 'a b'],
    ['takes Unicode line and paragraph separators for a space', 'a\u2028b\u2029c', 'a b c'],
    ['takes NEL, vertical tab and form feed for a space', 'a\u0085b\vc\fd', 'a b c d'],
    ['removes escape sequences of terminals', '\u001b[31mred', '[31mred'],
    ['removes bidirectional overrides', 'a\u202emoc.live\u202c', 'amoc.live'],
    ['removes zero-width spaces, soft hyphens and BOMs', '\ufeffa\u200bb\u00adc', 'abc'],
    ['removes tag characters', `a${String.fromCodePoint(0xe0041)}b`, 'ab'],
    ['keeps markup as text', '<b>"R&D"</b>', '<b>"R&D"</b>'],
    ['keeps emoji that are put together', '👩‍👩‍👧', '👩‍👩‍👧'],
    ['keeps joiners that a script needs', 'می\u200cخواهم', 'می\u200cخواهم'],
    ['replaces half a character', 'a\ud800b', 'a\ufffdb'],
    [
      'keeps a flag and a heart, which a variation selector colours',
      '❤\ufe0f 🏳\ufe0f‍🌈',
      '❤\ufe0f 🏳\ufe0f‍🌈',
    ],
    ['removes joiners and selectors that join nothing', '\u200d\u200ca \ufe0fb', 'a b'],
    ['removes fillers of Hangul', 'a\u3164\u115fb\uffa0', 'ab'],
    ['gives null for nothing', '', null],
    ['returns null for what is invisible', ' \r\n\u200b\u202e\t', null],
  ];
  for (const [rule, given, expected] of cases) {
    it(rule, () => expect(sanitizeText(given)).to.equal(expected));
  }

  it('gives one visible line, well-formed, of limited length, that cleaning leaves alone', () => {
    fc.assert(
      fc.property(hostile, (given) => {
        const text = sanitizeText(given);
        if (text === null) return;
        expect(text).to.not.match(FORGING);
        expect(text).to.match(/\S/);
        expect(text).to.equal(text.trim());
        expect(text).to.not.include('  ');
        expect(text.isWellFormed()).to.be.true;
        expect(text.length).to.be.at.most(MAX_VALUE_CHARS);
        expect(sanitizeText(text)).to.equal(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a text of characters that show nothing for missing', () => {
    const some = fc.constantFrom(
      ...Array.from(
        '\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200d\u2060\u2800\u3164\ufe0f\ufeff\uffa0',
      ),
    );
    fc.assert(
      fc.property(fc.array(some, { maxLength: 8 }), (given) => {
        expect(sanitizeText(given.join(''))).to.equal(null);
      }),
      { numRuns: 50 },
    );
  });

  it('cuts between what people see as characters, whatever they are made of', () => {
    const whole = fc.constantFrom(
      '👩‍👩‍👧',
      '🏳\ufe0f‍🌈',
      'e\u0301',
      'नि',
      '각',
      '🇩🇪',
      'a',
      'x\u0323\u0307',
    );
    fc.assert(
      fc.property(fc.array(whole, { minLength: 600, maxLength: 1100 }), (characters) => {
        const text = sanitizeText(characters.join('')) ?? '';
        if (!text.endsWith('…')) return;
        const segments = Array.from(
          new Intl.Segmenter().segment(characters.join('')),
          ({ segment }) => segment,
        );
        const kept = Array.from(
          new Intl.Segmenter().segment(text.slice(0, -1)),
          ({ segment }) => segment,
        );
        expect(kept).to.deep.equal(segments.slice(0, kept.length));
        expect(text.length).to.be.within(MAX_VALUE_CHARS - 16, MAX_VALUE_CHARS);
      }),
      { numRuns: 100 },
    );
  });

  it('cuts between them too where it stops reading', () => {
    const unread = ' '.repeat(16 * MAX_VALUE_CHARS - 5);
    expect(sanitizeText(`a${unread}👩‍👩‍👧`)).to.equal('a');
    expect(sanitizeText(`a${unread}x👩‍👩‍👧`)).to.equal('a x');
  });

  it('cuts a letter with a thousand accents somewhere', () => {
    const text = sanitizeText(`a${'\u0301'.repeat(20_000)}`) ?? '';
    expect(text.length).to.be.within(900, MAX_VALUE_CHARS);
  });

  it('leaves every printable ASCII text with single spaces as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,20}( [!-~]{1,20}){0,20}$/), (given) => {
        expect(sanitizeText(given)).to.equal(given);
      }),
    );
  });

  it('keeps 1000 characters and cuts what is longer, with a sign of it', () => {
    expect(sanitizeText('x'.repeat(1000))).to.equal('x'.repeat(1000));
    expect(sanitizeText('x'.repeat(1001))).to.equal(`${'x'.repeat(999)}…`);
  });

  it('never cuts a character in two', () => {
    for (const shift of ['', 'x']) {
      const text = sanitizeText(shift + '👍'.repeat(600)) ?? '';
      expect(text.isWellFormed()).to.be.true;
      expect(text).to.match(/^x?(👍){499}…$/u);
    }
  });

  it('cleans a long text to a stable one', () => {
    const long = fc.string({ unit: 'binary', minLength: 900, maxLength: 1200 });
    fc.assert(
      fc.property(long, (given) => {
        const text = sanitizeText(given) ?? '';
        expect(text.length).to.be.at.most(MAX_VALUE_CHARS);
        expect(sanitizeText(text) ?? '').to.equal(text);
      }),
    );
  });

  it('looks only at the beginning of a huge text', () => {
    const huge = 'é\u202e\n'.repeat(7_000_000);
    expect(sanitizeText(huge)).to.have.lengthOf(MAX_VALUE_CHARS);
    expect(sanitizeText(' '.repeat(5_000_000) + 'x')).to.equal(null);
  });
});
