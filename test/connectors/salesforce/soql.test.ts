import { expect } from 'chai';
import fc from 'fast-check';
import {
  endsWith,
  parseCondition,
  quote,
  quoteAll,
  startsWith,
  toSoql,
} from '../../../connectors/salesforce/soql.ts';
import { tokenize, valueOf, type Token } from '../../support/salesforce/soql-lexer.ts';
import { runQuery } from '../../support/salesforce/soql-run.ts';
import { contact, type Data } from '../../support/salesforce/people.ts';
import { makeSchema } from '../../support/salesforce/schema.ts';

/** Any text, with what is special in SOQL far more often than chance would have it. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)))
    .map(joined),
  fc
    .array(
      fc.constantFrom(
        "'",
        '\\',
        '"',
        '%',
        '_',
        '\n',
        '\r',
        '\t',
        '\b',
        '\f',
        '\0',
        'u',
        '0',
        ' ',
        'a',
      ),
    )
    .map(joined),
);

describe('SOQL literals', () => {
  it('a quoted text is one literal and means the same text, for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = tokenize(`${quote(text)} `);
        expect(tokens.map(({ type }) => type)).to.deep.equal(['string', 'end']);
        expect(valueOf(literalOf(tokens[0]))).to.equal(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('several texts stay several literals', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 5 }), (texts) => {
        const literals = tokenize(quoteAll(texts)).filter(({ type }) => type === 'string');
        expect(literals.map((token) => valueOf(literalOf(token)))).to.deep.equal(texts);
      }),
    );
  });

  it('a statement can always be percent-encoded', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const statement = `SELECT Id FROM Contact WHERE Email = ${quote(text)}`;
        expect(decodeURIComponent(encodeURIComponent(statement))).to.equal(statement);
      }),
    );
  });

  it('a value never finds anybody but the one who has it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(text.toLowerCase() !== 'jane.doe@acme.example');
        expect(idsWhere(`Email = ${quote(text)}`)).to.deep.equal([]);
      }),
    );
    expect(idsWhere(`Email = ${quote('jane.doe@acme.example')}`)).to.have.length(1);
    expect(idsWhere(`Email = ${quote("x' OR Name != '")}`)).to.have.length(0);
    expect(idsWhere(`Email = ${quote("x\\' OR Name LIKE '%")}`)).to.have.length(0);
  });

  it('in LIKE a wildcard in the value means itself', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const own = rowWith({ Title: `before${text}` });
        expect(idsWhere(`Title LIKE ${endsWith(text)}`, own)).to.have.length(1);
        const after = rowWith({ Title: `${text}after` });
        expect(idsWhere(`Title LIKE ${startsWith(text)}`, after)).to.have.length(1);
      }),
    );
    expect(idsWhere(`Email LIKE ${endsWith('%acme.example')}`)).to.have.length(0);
    expect(idsWhere(`Email LIKE ${endsWith('_doe@acme.example')}`)).to.have.length(0);
    expect(idsWhere(`Email LIKE ${endsWith('doe@acme.example')}`)).to.have.length(1);
  });
});

describe('SOQL statements', () => {
  it('have their clauses in order, children in parentheses, and always a limit', () => {
    const child = {
      relationship: 'Cases',
      fields: [{ path: 'Id' }],
      where: 'IsClosed = false',
      orderBy: ['CreatedDate DESC'],
      limit: 6,
    };
    const fields = [{ path: 'Id' }, { path: 'Name' }];
    expect(toSoql({ fields, children: [child], limit: 5 }, 'Contact')).to.equal(
      'SELECT Id, Name, (SELECT Id FROM Cases WHERE IsClosed = false ORDER BY CreatedDate DESC LIMIT 6) ' +
        'FROM Contact LIMIT 5',
    );
  });
});

function joined(parts: readonly string[]): string {
  return parts.join('');
}

function literalOf(token: Token | undefined) {
  if (token?.type !== 'string') throw new Error('no literal');
  return token.literal;
}

function rowWith(more: Readonly<Record<string, string>>): Data {
  return { Contact: [contact(1, 'Jane', 'Doe', 'jane.doe@acme.example', 1, more)] };
}

function idsWhere(condition: string, data: Data = rowWith({})): readonly object[] {
  const org = { schema: makeSchema(), data, apiVersion: '67.0' };
  return runQuery(`SELECT Id FROM Contact WHERE ${condition} LIMIT 5`, org).records;
}

/** `where` stands in the middle of statements, so nothing but a condition may get there. */
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

  it('says what to write in place of other quotes and of words of SQL', () => {
    expect(() => parseCondition('Name = "x"')).to.throw(/single quotes .* character 8/);
    expect(() => parseCondition('Name = ‘x’')).to.throw(/single quotes/);
    expect(() => parseCondition('Name IS NULL')).to.throw(/comparison by =/);
    expect(parseCondition('Amount > EUR5000.50').toSoql()).to.equal('Amount > EUR5000.50');
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
