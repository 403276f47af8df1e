/** The emulator is only worth something while it is as strict as Salesforce. */
import { expect } from 'chai';
import { makePeople } from '../../support/salesforce/people.ts';
import { SalesforceError } from '../../support/salesforce/salesforce-error.ts';
import { makeSchema } from '../../support/salesforce/schema.ts';
import { runQuery } from '../../support/salesforce/soql-run.ts';

const org = { schema: makeSchema(), data: makePeople(), apiVersion: '67.0' };

describe('the emulated SOQL', () => {
  for (const [what, soql] of [
    ['a quote that is not escaped', "SELECT Id FROM Contact WHERE Email = 'o'brien'"],
    ['an open literal', "SELECT Id FROM Contact WHERE Email = 'x"],
    ['a literal that escapes its end', "SELECT Id FROM Contact WHERE Email = 'x\\'"],
    ['an unknown escape', "SELECT Id FROM Contact WHERE Email = 'a\\xb'"],
    ['half a unicode escape', "SELECT Id FROM Contact WHERE Email = '\\u12'"],
    ['a wildcard escape outside LIKE', "SELECT Id FROM Contact WHERE Email = '\\%'"],
    ['a line break in a literal', "SELECT Id FROM Contact WHERE Email = 'a\nb'"],
    [
      'AND beside OR without parentheses',
      "SELECT Id FROM Contact WHERE Id = 'a' AND Id = 'b' OR Id = 'c'",
    ],
    [
      'a semi-join beside OR',
      "SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)",
    ],
    ['a field that stands there twice', 'SELECT Id, Name, name FROM Contact'],
    ['words after the end', 'SELECT Id FROM Contact LIMIT 1 LIMIT 2'],
    ['an empty list', 'SELECT Id FROM Contact WHERE Email IN ()'],
  ] as const) {
    it(`refuses ${what}`, () => expect(refusal(soql).errorCode).to.equal('MALFORMED_QUERY'));
  }

  it('words a missing field as Salesforce does, with a caret below it', () => {
    const { errorCode, message } = refusal('SELECT Id,X__c FROM Contact');
    expect(errorCode).to.equal('INVALID_FIELD');
    expect(message).to.equal(
      "\nSELECT Id,X__c FROM Contact\n          ^\nERROR at Row:1:Column:11\nNo such column 'X__c' on entity " +
        "'Contact'. If you are attempting to use a custom field, be sure to append the '__c' after the custom " +
        'field name. Please reference your WSDL or the describe call for the appropriate names.',
    );
  });

  it('names the parent object of a missing field, and `Name` for an owner that may be a queue', () => {
    expect(refusal('SELECT Account.X__c FROM Contact').message).to.contain("entity 'Account'");
    expect(refusal('SELECT Owner.Phone FROM Lead').message).to.contain("entity 'Name'");
  });

  it('compares e-mail addresses without regard to capital letters', () => {
    expect(idsOf("SELECT Id FROM Contact WHERE Email IN ('JANE.DOE@acme.example')")).to.have.length(
      1,
    );
  });

  it('puts nulls first by default', () => {
    const dates = (order: string) =>
      runQuery(
        `SELECT LastActivityDate FROM Contact ORDER BY LastActivityDate ${order}`,
        org,
      ).records.map((record) => (record as { LastActivityDate: unknown }).LastActivityDate);
    expect(dates('DESC')[0]).to.be.null;
    expect(dates('DESC NULLS LAST')[0]).to.equal('2026-11-20');
    expect(dates('ASC NULLS LAST').at(-1)).to.be.null;
  });

  it('returns child records as a nested result, and null without any', () => {
    const [jane] = runQuery(
      "SELECT Id, (SELECT CaseNumber FROM Cases LIMIT 2) FROM Contact WHERE Email = 'jane.doe@acme.example'",
      org,
    ).records as [{ Cases: unknown }];
    expect(jane.Cases).to.include({ totalSize: 2, done: true });
    const [hank] = runQuery(
      "SELECT Id, (SELECT CaseNumber FROM Cases) FROM Contact WHERE FirstName = 'Hank'",
      org,
    ).records as [{ Cases: unknown }];
    expect(hank.Cases).to.be.null;
  });

  it('lets 2,000 rows through, those of children included', () => {
    const Contact = Array.from({ length: 1500 }, (_, i) => ({ Id: `003${i}`, LastName: 'x' }));
    const Case = Contact.map(({ Id }) => ({ Id: `500${Id}`, ContactId: Id }));
    const big = { ...org, data: { Contact, Case } };
    const result = runQuery('SELECT Id, (SELECT Id FROM Cases) FROM Contact', big);
    expect(result).to.include({ done: false, totalSize: 1500 });
    expect(result.records).to.have.length(1000);
  });
});

function refusal(soql: string): SalesforceError {
  try {
    runQuery(soql, org);
  } catch (error) {
    if (error instanceof SalesforceError) return error;
    throw error;
  }
  throw new Error('not refused');
}

function idsOf(soql: string): readonly object[] {
  return runQuery(soql, org).records;
}
