/** Filters beyond Liquid's own, for query languages inside a parameter and for amounts in minor units. */

/** ISO 4217 as payment APIs apply it; all other currencies have two decimals. */
const DECIMALS = new Map([
  ...'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'
    .split(' ')
    .map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
]);
const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const FILTERS: Readonly<Record<string, (value: unknown, ...args: unknown[]) => unknown>> = {
  /** A text of OData: in single quotes, those inside doubled. */
  odata: (value) => `'${textOf(value).replaceAll("'", "''")}'`,
  /** In quotes, double ones when none are given; a quote or backslash inside gets a backslash. */
  quoted: (value, quote = '"') => {
    if (quote !== '"' && quote !== "'") throw new Error('"quoted" takes one kind of quote');
    return quote + textOf(value).replace(/["'\\]/g, (each) => escaped(each, quote)) + quote;
  },
  /** An id that stands bare in a filter; `check` asks for 0. @throws {Error} for all else. */
  guid: (value) => {
    const text = textOf(value) === '0' ? '00000000-0000-0000-0000-000000000000' : textOf(value);
    if (!GUID.test(text)) throw new Error('a value is not a GUID');
    return text;
  },
  /** `1999 | minor_units: "usd"` is 19.99. */
  minor_units: (value, currency) =>
    typeof value === 'number'
      ? value / 10 ** (DECIMALS.get(textOf(currency).toUpperCase()) ?? 2)
      : undefined,
};

function escaped(character: string, quote: string): string {
  return character === quote || character === '\\' ? `\\${character}` : character;
}

/** Lists are separated by commas; groups have no text. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? value.toString() : '';
}
