import { expect } from 'chai';
import { wordHint } from '../../src/connector/index.ts';

describe('the help for a name that is not a word', () => {
  for (const [section, name, hint] of [
    [
      'person',
      'contact.name',
      'in the row of a person the words stand without "contact.": write "name"',
    ],
    [
      'person',
      'contact.id',
      'in the row of a person the words stand without "contact.": write "id"',
    ],
    [
      'person',
      'CONTACT.FIRST_NAME',
      'in the row of a person the words stand without "contact.": write "firstName"',
    ],
    [
      'person',
      'contact.owner.name',
      'in the row of a person the words stand without "contact.": write "owner.name"',
    ],
    // The rest may be anything, and is not quoted.
    ['person', 'contact.fields.tier', 'in the row of a person the words stand without "contact."'],
    ['deals', 'deal.stage', 'in the row of a deal the words stand without "deal.": write "stage"'],
    [
      'tickets',
      'tickets.subject',
      'in the row of a ticket the words stand without "ticket.": write "subject"',
    ],
    [
      'company',
      'company.name',
      'in the row of a company the words stand without "company.": write "name"',
    ],
    ['person', 'fristName', 'did you mean "firstName"?'],
    ['person', 'plan', undefined],
  ] as const) {
    it(`${section}: ${name}`, () => {
      expect(wordHint(section, name)).to.equal(hint);
    });
  }

  it('knows what else there is', () => {
    expect(wordHint('deals', 'contact.ids', ['contact.id'])).to.equal('did you mean "contact.id"?');
  });
});
