import { expect } from 'chai';
import fc from 'fast-check';
import { PackedRows } from '../../../connectors/csv/row-store.ts';

describe('csv: rows outside of the heap', () => {
  it('every row comes back as it was given', () => {
    const cell = fc
      .oneof(
        fc.string({ unit: 'binary-ascii', maxLength: 10 }),
        fc.string({ unit: 'grapheme', maxLength: 5 }),
      )
      .map((s) => s.replaceAll('\u001f', ''));
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 3 }), { maxLength: 8 });
    fc.assert(
      fc.property(table, (rows) => {
        const packed = new PackedRows();
        for (const row of rows) packed.add(row);
        expect(packed.length).to.equal(rows.length);
        expect(rows.map((_, i) => packed.get(i))).to.deep.equal(rows);
      }),
    );
  });

  it('rows that fill several blocks come back too', () => {
    const packed = new PackedRows();
    const rows = Array.from({ length: 100 }, (_, i) => [`${i}`, '日'.repeat(50_000 + i)]);
    for (const row of rows) packed.add(row);
    for (const [i, row] of rows.entries()) expect(packed.get(i)).to.deep.equal(row);
  });

  it('a row that is not there has no cells', () => {
    expect(new PackedRows().get(0)).to.deep.equal([]);
  });
});
