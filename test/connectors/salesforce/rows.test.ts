/** Rows of any shape are read in bounded time, and strictly. */
import { expect } from 'chai';
import { childRows, customFields, parseRows } from '../../../connectors/salesforce/rows.ts';

describe('the rows of a response', () => {
  it('are refused when there are more than Salesforce sends, and none of them is read', () => {
    let read = 0;
    const count = { get: () => ((read += 1), undefined) };
    const records = new Proxy(Array<object>(2001).fill({}), {
      get: (target, name) => (name === 'length' ? target.length : count.get()),
    });
    expect(() => parseRows({ records, done: true }, 'contacts')).to.throw('2000 rows or fewer');
    const child = { Cases: { records, done: true } };
    expect(() => childRows(child, 'Cases')).to.throw('Salesforce, Cases: ');
    expect(read).to.equal(0);
    const all = { records: Array<object>(2000).fill({}), done: true };
    expect(parseRows(all, 'contacts').rows).to.have.length(2000);
  });
});

describe('the fields of the settings', () => {
  it('are found in any case, also those of a parent; what is not there is absent', () => {
    const row = { TIER__C: 'Gold', Region__r: { NAME: 'North', Code__c: null }, Empty__r: null };
    const names = ['Tier__c', 'region__r.Name', 'Region__r.code__C', 'Empty__r.Name', 'No__c'];
    expect(customFields(row, [...names, 'Tier__c.Name'])).to.deep.equal({
      Tier__c: 'Gold',
      'region__r.Name': 'North',
      'Region__r.code__C': null,
      'Empty__r.Name': null,
    });
  });

  it('read the names of each record once, however many there are of both', () => {
    let listed = 0;
    const counted = (record: object) =>
      new Proxy(record, {
        ownKeys: (target) => ((listed += 1), Reflect.ownKeys(target)),
      });
    const many = Array.from({ length: 1000 }, (_, i) => [`Field${i}__c`, i] as const);
    const parent = counted(Object.fromEntries(many));
    const row = counted({ ...Object.fromEntries(many), Region__r: parent });
    const names = many.slice(0, 100).flatMap(([name]) => [name, `Region__r.${name}`]);
    expect(Object.keys(customFields(row as never, names))).to.have.length(200);
    expect(listed).to.equal(2);
  });
});
