import { expect } from 'chai';
import { compileAnswer } from '../../../connectors/rest/answer.ts';
import { openLanguage } from '../../../connectors/rest/expressions.ts';

describe('an answer of the rest connector', () => {
  it('of 10,000 rows is read in slices, so that others are answered between them', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `word${n}`);
    const map = Object.fromEntries(
      names.map((name) => [`fields.${name}`, `${name} | append: "!" | upcase`]),
    );
    const reader = compileAnswer('deals', { get: 'deals', map }, await openLanguage());
    const row = Object.fromEntries(names.map((name) => [name, 'x']));
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const rows = await reader.rows(Array.from({ length: 10_000 }, () => row));
    isOver = true;
    expect(rows).to.have.length(10_000);
    expect(rows[0]?.record).to.have.nested.property('fields.word7', 'X!');
    expect(turns).to.be.above(2);
  });

  it('of 10,000 rows has all that "where" lets through, wherever they stand', async () => {
    const settings = { get: 'tickets', where: 'open', map: { number: 'id' } };
    const reader = compileAnswer('tickets', settings, await openLanguage());
    const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, open: id % 2000 === 1999 }));
    expect((await reader.rows(rows)).map(({ record }) => record['number'])).to.deep.equal(
      ['1999', '3999', '5999', '7999', '9999'].map((id) => id),
    );
  });
});
