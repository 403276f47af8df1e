import { expect } from 'chai';
import fc from 'fast-check';
import { parseAddresses } from '../../../connectors/csv/addresses.ts';

const cases: Readonly<Record<string, readonly string[]>> = {
  'a@x.example': ['a@x.example'],
  'a@x.example;b@x.example': ['a@x.example', 'b@x.example'],
  'a@x.example, b@x.example': ['a@x.example', 'b@x.example'],
  'a@x.example ::: b@x.example': ['a@x.example', 'b@x.example'],
  'a@x.example b@x.example': ['a@x.example', 'b@x.example'],
  'a@x.example\nb@x.example': ['a@x.example', 'b@x.example'],
  'Ann <a@x.example>': ['a@x.example'],
  'Doe, Ann <a@x.example>; Bob <b@x.example>': ['a@x.example', 'b@x.example'],
  '"Doe, Ann" <a@x.example>, <b@x.example>': ['a@x.example', 'b@x.example'],
  'Ann Doe (a@x.example)': ['a@x.example'],
  'Ann (a@x.example);Bob (b@x.example)': ['a@x.example', 'b@x.example'],
  'mailto:a@x.example': ['a@x.example'],
  'MAILTO: a@x.example': ['a@x.example'],
  'Ann <mailto:a@x.example>': ['a@x.example'],
  "'a@x.example'": ['a@x.example'],
  '"a@x.example"': ['a@x.example'],
  "o'brien@x.example": ["o'brien@x.example"],
  'a@x.example.': ['a@x.example'],
  'a@x.example,': ['a@x.example'],
  'A@x.example;a@X.example': ['A@x.example'],
};

describe('csv: the addresses of a cell', () => {
  for (const [cell, addresses] of Object.entries(cases))
    it(`${JSON.stringify(cell)} has ${addresses.join(' and ')}`, () => {
      expect(parseAddresses(cell)).to.deep.include({ addresses, isPartlyInvalid: false });
    });

  for (const cell of ['none', 'jane doe@x.example', 'a@', '@x.example', 'n/a', 'Ann <a>'])
    it(`${JSON.stringify(cell)} has none`, () => {
      expect(parseAddresses(cell)).to.deep.include({ addresses: [], isPartlyInvalid: true });
    });

  it('beside a text that is not an address the others are found', () => {
    const { addresses, isPartlyInvalid } = parseAddresses(
      'a@x.example; not an address; b@x.example',
    );
    expect(addresses).to.deep.equal(['a@x.example', 'b@x.example']);
    expect(isPartlyInvalid).to.equal(true);
  });

  it('an empty cell has none and is valid', () => {
    expect(parseAddresses(' ')).to.deep.include({ addresses: [], isPartlyInvalid: false });
  });

  it('any addresses are found again, whatever is around and between them', () => {
    const address = fc
      .tuple(
        fc.stringMatching(/^[a-z0-9][a-z0-9._+'-]{0,12}[a-z0-9]$/),
        fc.stringMatching(/^[a-z]{1,8}$/),
      )
      .map(([local, domain]) => `${local}@${domain}.example`);
    const dressed = fc
      .tuple(
        address,
        fc.constantFrom('@', '<@>', 'Ann <@>', 'Ann Doe (@)', '"Doe, Ann" <@>', 'mailto:@', "'@'"),
      )
      .map(([text, form]) => ({ text, written: form.replace('@', text) }));
    const separator = fc.constantFrom(';', '; ', ',', ', ', ' ::: ', '\n');
    fc.assert(
      fc.property(fc.array(dressed, { maxLength: 6 }), separator, (all, between) => {
        const cell = all.map(({ written }) => written).join(between);
        const { keys, isPartlyInvalid } = parseAddresses(cell);
        expect(keys).to.deep.equal([...new Set(all.map(({ text }) => text))]);
        expect(isPartlyInvalid).to.equal(false);
      }),
    );
  });

  it('whatever the cell, what is found is an address with its key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (before, after) => {
        const { addresses, keys } = parseAddresses(`${before}@${after}.example`);
        expect(keys).to.have.length(addresses.length);
        for (const key of keys) expect(key).to.match(/^[^@\s<>]+@[^@\s<>]+$/);
      }),
    );
  });

  it('a long cell takes a short time', () => {
    const started = performance.now();
    for (const text of ['<', '(a@', '"', '<a@x', 'mailto:', ':::', '@', ' a@x.example']) {
      parseAddresses(text.repeat(100_000 / text.length));
    }
    expect(performance.now() - started).to.be.lessThan(2000);
  });
});
