import { expect } from 'chai';
import { findExcess } from '../../src/connector/json-bounds.ts';
import { HOSTILE_BODIES, hostileBody } from '../support/hostile-bodies.ts';
import { cpuMsOf } from '../support/longest-turn.ts';

const excessOf = (value: unknown) =>
  findExcess(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const times = <T>(count: number, make: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));
const nested = (depth: number) => '[{"a":'.repeat(depth / 2) + '}]'.repeat(depth / 2);

describe('findExcess', () => {
  it('takes what CRMs send: 10,000 records of 25 fields, 200 custom ones with texts of any kind', () => {
    const record = (n: number) =>
      Object.fromEntries(times(25, (key) => [`Field_${key}__c`, key % 2 ? null : `"${n}" [,:{`]));
    expect(excessOf({ records: times(9_900, record) })).to.equal(undefined);
    expect(excessOf(Object.fromEntries(times(19_000, (n) => [`id-${n}`, { n }])))).to.equal(
      undefined,
    );
  });

  it('allows 64 levels', () => {
    expect(excessOf(nested(64))).to.equal(undefined);
    expect(excessOf(nested(66))).to.equal('levels');
  });

  it('allows 250,000 values', () => {
    expect(excessOf(times(250_000, () => 1))).to.equal(undefined);
    expect(excessOf(times(250_002, () => 1))).to.equal('values');
  });

  it('allows 100,000 lists and objects', () => {
    expect(excessOf(times(99_999, (n) => (n % 2 ? [] : {})))).to.equal(undefined);
    expect(excessOf(times(100_001, (n) => (n % 2 ? [] : {})))).to.equal('lists and objects');
  });

  it('allows about 20,000 beginnings of objects that differ, however often each comes', () => {
    const keys = (count: number) => times(90_000, (n) => ({ [`k${n % count}`]: 1, b: 2 }));
    expect(excessOf(keys(9_900))).to.equal(undefined);
    expect(excessOf(keys(11_000))).to.equal('different keys');
    const order = (n: number) => ({ [`a${n % 300}`]: 1, [`b${n % 299}`]: 1 });
    expect(excessOf(times(90_000, order))).to.equal('different keys');
  });

  it('counts nothing inside of texts, whatever they escape', () => {
    expect(excessOf(JSON.stringify('[{:,"\\'.repeat(100_000)))).to.equal(undefined);
    expect(excessOf(`["\\\\", ${'['.repeat(70)}`)).to.equal('levels');
    expect(excessOf(`["\\"", ${'['.repeat(70)}`)).to.equal('levels');
  });

  it('ends for anything', () => {
    for (const text of ['', '"', '"\\', ']]]]', '}{', ':::', '\\"["'])
      expect(excessOf(text)).to.equal(undefined);
  });

  for (const name of HOSTILE_BODIES) {
    it(`leaves nothing to a parser that takes long: ${name}`, () => {
      const { bytes } = hostileBody(name);
      const ms = cpuMsOf(() => {
        if (findExcess(bytes) === undefined) tryToParse(bytes.toString());
      });
      expect(ms).to.be.below(200);
    });
  }
});

function tryToParse(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // Not JSON.
  }
}
