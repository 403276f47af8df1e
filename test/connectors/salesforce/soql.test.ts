import { expect } from 'chai';
import fc from 'fast-check';
import {
  endsWith,
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
