/** `where` stands in the middle of statements, so nothing but a condition may get there. */
import { expect } from 'chai';
import fc from 'fast-check';
import { parseCondition } from '../../../connectors/salesforce/soql.ts';
import { tokenize } from '../../support/salesforce/soql-lexer.ts';

describe('a condition', () => {
  for (const text of [
    'IsActive__c = true',
    "Type != 'Partner' AND Rating = null",
    "(A__c = 1 OR B__c = -2.5) AND Name LIKE 'O\\'Brien%'",
    'NOT (A__c = 1)',
    "Region__c IN ('a', 'b') AND Id NOT IN ('c')",
    "Skills__c INCLUDES ('a;b', 'c')",
    'CreatedDate > 2020-01-01T00:00:00Z AND Due__c <= 2026-12-31',
    'LastActivityDate > LAST_N_DAYS:30 OR CloseDate = THIS_QUARTER',
    'CALENDAR_YEAR(CreatedDate) = 2026',
    'Amount > EUR5000',
    'Account.Owner.Name != null',
    "Name = 'SELECT Id) FROM x --'",
  ])
    it(`is ${text}`, () => {
      expect(parseCondition(text).toSoql().replaceAll(' ', '')).to.equal(text.replaceAll(' ', ''));
    });

  for (const text of [
    '',
    '  ',
    'IsActive__c',
    'IsActive__c = ',
    'IsActive__c = true LIMIT 1',
    'IsActive__c = true ORDER BY Name',
    'IsActive__c = true) OR (Id != null',
    '(IsActive__c = true',
    'IsActive__c = true)',
    "Name = 'open",
    "Name = 'a\\\\' OR Name != '",
    "Name = 'a\\x'",
    "Name = 'a\nb'",
    'A__c = 1 AND B__c = 2 OR C__c = 3',
    'AccountId IN (SELECT Id FROM Account)',
    'AccountId IN ()',
    'WHERE A__c = 1',
    'A__c = 1; B__c = 2',
    'A__c = 1 -- x',
    'A__c = 1 /* x */',
    'A__c = @{contacts.records[0].Id}',
    'A__c = :value',
    'A__c = B__c.C__c',
    'SELECT = 1',
    'A__c == 1',
    'A__c = 1 AND',
    'AND A__c = 1',
    'A__c NOT LIKE 1',
    'A__c.B__c. = 1',
    'FIELDS(ALL)',
    'A__c = 1 WITH SECURITY_ENFORCED',
    'A__c = 1 FOR UPDATE',
    'A__c = 1 ALL ROWS',
  ])
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => parseCondition(text)).to.throw(SyntaxError, /^expected .* at character \d+$/s);
    });

  it('puts a relationship before fields, and before nothing else', () => {
    const { fields, toSoql } = parseCondition(
      "(Type__c = 'Type__c' OR Owner.Name LIKE 'a%') AND CALENDAR_YEAR(CreatedDate) = 2026",
    );
    expect(fields).to.deep.equal(['Type__c', 'Owner.Name', 'CreatedDate']);
    expect(toSoql('Account.')).to.equal(
      "( Account.Type__c = 'Type__c' OR Account.Owner.Name LIKE 'a%' ) AND CALENDAR_YEAR ( Account.CreatedDate ) = 2026",
    );
  });

  it('never closes a parenthesis it has not opened, for any text', () => {
    const pieces = [
      "'",
      '(',
      ')',
      ' ',
      'A',
      '=',
      '1',
      '\\',
      'AND',
      'OR',
      'IN',
      'LIMIT',
      ',',
      "'a'",
      'A = 1',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        let soql;
        try {
          soql = parseCondition(text).toSoql();
        } catch (error) {
          expect(error).to.be.instanceOf(SyntaxError);
          return;
        }
        let depth = 0;
        for (const token of tokenize(soql)) {
          if (token.type === 'punctuation')
            depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
          expect(depth).to.be.at.least(0);
          if (token.type === 'word') expect(token.text.toUpperCase()).not.to.equal('LIMIT');
        }
        expect(depth).to.equal(0);
      }),
      { numRuns: 3000 },
    );
  });
});
