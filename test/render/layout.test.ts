import { expect } from 'chai';
import fc from 'fast-check';
import { EMPTY_LINE, layoutText, markEmptyLines } from '../../src/render/layout.ts';

const LONG = { maxLength: 4000, lineSeparator: '\n' };

describe('finish', () => {
  it('makes all line breaks the same', () => {
    expect(layoutText('a\r\nb\rc\nd', LONG)).to.equal('a\nb\nc\nd');
  });

  it('removes blanks at the ends of lines, not at their starts', () => {
    expect(layoutText('a  \n - b\t\n', LONG)).to.equal('a\n - b');
  });

  it('removes lines that came out empty', () => {
    expect(layoutText('\n\na\n\n  \nb\n', LONG)).to.equal('a\nb');
  });

  it('keeps an empty line of the template, once, and never at the ends', () => {
    const text = markEmptyLines('\n\na\n\n\nb\n\n\n');
    expect(layoutText(text, LONG)).to.equal('a\n\nb');
  });

  it('does not show its mark when a line holds more', () => {
    expect(layoutText(`a${EMPTY_LINE}b`, LONG)).to.equal('ab');
  });

  it("puts the tenant's separator between lines", () => {
    expect(layoutText('a\nb\n', { ...LONG, lineSeparator: '<br>' })).to.equal('a<br>b');
  });

  it('ends a long text at the end of a line when that is near', () => {
    const text = `${'a'.repeat(90)}\n${'b'.repeat(90)}`;
    expect(layoutText(text, { ...LONG, maxLength: 100 })).to.equal(`${'a'.repeat(90)}\n…`);
  });

  it('cuts within a line when its end is far', () => {
    const text = `aa\n${'b'.repeat(90)}`;
    expect(layoutText(text, { ...LONG, maxLength: 20 })).to.equal(`aa\n${'b'.repeat(16)}…`);
  });

  it('does not cut a character in two', () => {
    expect(layoutText('aa👩‍👩‍👧bb', { ...LONG, maxLength: 6 })).to.equal('aa…');
    expect(layoutText('e\u0301e\u0301e\u0301', { ...LONG, maxLength: 4 })).to.equal('e\u0301…');
  });

  it('does not cut a separator in two', () => {
    expect(layoutText('aaaa\nbbbb', { maxLength: 7, lineSeparator: '<br>' })).to.equal('aaaa…');
  });

  it('replaces half a character', () => {
    expect(layoutText('a\ud83d', LONG)).to.equal('a\ufffd');
  });

  it('keeps within its length, separators included', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 300 });
    const lines = fc.array(texts, { maxLength: 20 }).map((all) => all.join('\n'));
    const separators = fc.constantFrom('\n', '\r\n', '<br>', ' | ');
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 500 }), separators, (text, max, separator) => {
        const done = layoutText(text, { maxLength: max, lineSeparator: separator });
        expect(done.length).to.be.at.most(max);
        expect(done.isWellFormed()).to.be.true;
        const whole = layoutText(text, { maxLength: Infinity, lineSeparator: separator });
        if (whole.length > max) expect(done.endsWith('…')).to.be.true;
        else expect(done).to.equal(whole);
      }),
    );
  });
});
