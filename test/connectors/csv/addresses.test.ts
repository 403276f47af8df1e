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

const NO_ADDRESS = 'expected an e-mail address, got a text';

describe('csv: the addresses of a cell', () => {
  for (const [cell, addresses] of Object.entries(cases))
    it(`${JSON.stringify(cell)} has ${addresses.join(' and ')}`, () => {
      expect(parseAddresses(cell)).to.deep.include({ addresses }).and.not.have.property('problem');
    });

  for (const cell of ['none', 'jane doe@x.example', 'a@', '@x.example', 'n/a', 'Ann <a>'])
    it(`${JSON.stringify(cell)} has none`, () => {
      expect(parseAddresses(cell)).to.deep.include({ addresses: [], problem: NO_ADDRESS });
    });

  it('beside a text that is not an address the others are found', () => {
    const { addresses, problem } = parseAddresses('a@x.example; not an address; b@x.example');
    expect(addresses).to.deep.equal(['a@x.example', 'b@x.example']);
    expect(problem).to.equal(NO_ADDRESS);
  });

  it('of more than 100 the first 100 count', () => {
    const many = Array.from({ length: 15_000 }, (_, n) => `p${n}@x.example`);
    const { keys, problem } = parseAddresses(many.join(';'));
    expect(keys).to.deep.equal(many.slice(0, 100));
    expect(problem).to.equal('expected at most 100 addresses, got more');
    expect(parseAddresses(many.slice(0, 100).join(' '))).to.not.have.property('problem');
  });

  it('an empty cell has none and is valid', () => {
    expect(parseAddresses(' ')).to.deep.equal({ addresses: [], keys: [] });
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
        const { keys, problem } = parseAddresses(cell);
        expect(keys).to.deep.equal([...new Set(all.map(({ text }) => text))]);
        expect(problem).to.equal(undefined);
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
