import { expect } from 'chai';
import fc from 'fast-check';
import { openLanguage } from '../../../connectors/rest/expressions.ts';

const language = await openLanguage();
const written = (template: string, value: unknown) =>
  language.template(template, String, ['value'])({ value });
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom("'", '"', '\\', 'a', ' ', '{', '}'), maxLength: 12 }),
);

describe('the filters of the rest connector', () => {
  it('odata keeps any value inside one text of OData', () => {
    fc.assert(
      fc.property(text, (value) => {
        const [, inside] =
          /^a eq '((?:[^']|'')*)' and b$/s.exec(written('a eq {{ value | odata }} and b', value)) ??
          [];
        expect(inside?.replaceAll("''", "'")).to.equal(value);
      }),
    );
  });

  for (const [quote, argument] of [
    ['"', ''],
    ["'", `: "'"`],
  ] as const) {
    it(`quoted keeps any value inside one pair of ${quote}`, () => {
      const pattern = new RegExp(`^a:${quote}((?:[^${quote}\\\\]|\\\\.)*)${quote} b$`, 's');
      fc.assert(
        fc.property(text, (value) => {
          const [, inside] =
            pattern.exec(written(`a:{{ value | quoted${argument} }} b`, value)) ?? [];
          expect(inside?.replace(/\\(.)/gs, '$1')).to.equal(value);
        }),
      );
    });
  }

  it('guid lets GUIDs through and nothing else', () => {
    const id = '7a1b2c3d-0000-4000-8000-00000000000F';
    expect(written('{{ value | guid }}', id)).to.equal(id);
    fc.assert(
      fc.property(
        text.filter((one) => one !== '0'),
        (value) => {
          for (const one of [value, id + value, value + id]) {
            if (one === id) continue;
            expect(() => written('{{ value | guid }}', one)).to.throw(/not a GUID/);
          }
        },
      ),
    );
  });

  for (const [amount, currency, value] of [
    [1999, 'usd', 19.99],
    [500, 'JPY', 500],
    [1500, 'kwd', 1.5],
    [1500, 'isk', 15],
    [-1250, null, -12.5],
    [null, 'usd', undefined],
  ] as const) {
    it(`minor_units makes ${value} of ${amount} in ${currency}`, () => {
      const filtered = language.expression('amount | minor_units: currency');
      expect(filtered({ amount, currency })).to.equal(value);
    });
  }
});
