import { expect } from 'chai';
import fc from 'fast-check';
import { quoteLargeIntegers } from '../../src/connector/exact-integers.ts';
import { cpuMsOf } from '../support/longest-turn.ts';

describe('integers of JSON that a number cannot hold', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['9007199254740993', '"9007199254740993"'],
    ['[-9007199254740993, 1]', '["-9007199254740993", 1]'],
    ['{"id":12345678901234567890}', '{"id":"12345678901234567890"}'],
    ['[9007199254740991]', '[9007199254740991]'],
    ['[1234567890123456789.5]', '[1234567890123456789.5]'],
    ['[1.2345678901234567]', '[1.2345678901234567]'],
    ['[12345678901234567e2, 1e-12345678901234567]', '[12345678901234567e2, 1e-12345678901234567]'],
    ['{"12345678901234567":"12345678901234567"}', '{"12345678901234567":"12345678901234567"}'],
    ['["a\\"",12345678901234567]', '["a\\"","12345678901234567"]'],
    ['["a\\\\",12345678901234567]', '["a\\\\","12345678901234567"]'],
    [`[${'9'.repeat(1000)}]`, `[${'9'.repeat(1000)}]`],
    ['["open 12345678901234567', '["open 12345678901234567'],
  ];
  for (const [json, expected] of cases)
    it(`${json.slice(0, 60)} is read as ${expected.slice(0, 60)}`, () => {
      expect(quoteLargeIntegers(json)).to.equal(expected);
    });

  it('all else stays as it is', () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string().map((text) => JSON.stringify([text, 1e15])),
    );
    fc.assert(
      fc.property(texts, (json) => {
        const isLarge = (value: unknown) =>
          Number.isInteger(value) && Math.abs(Number(value)) < 1e21 && !Number.isSafeInteger(value);
        const expected: unknown = JSON.parse(json, (_, value: unknown) =>
          isLarge(value) ? String(value) : value,
        );
        expect(JSON.parse(quoteLargeIntegers(json))).to.deep.equal(expected);
      }),
    );
  });

  it('takes time linear in the text', () => {
    for (const json of [
      '"\\'.repeat(2e6),
      '1'.repeat(8e6),
      `["${' 12345678901234567'.repeat(4e5)}`,
    ]) {
      expect(cpuMsOf(() => quoteLargeIntegers(json))).to.be.below(1000);
    }
  });
});
