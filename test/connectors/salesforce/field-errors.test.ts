import { expect } from 'chai';
import { parseFieldError } from '../../../connectors/salesforce/hidden-fields.ts';
import { settings } from '../../../connectors/salesforce/settings.ts';
import { statementsFor, type Statement } from '../../../connectors/salesforce/statements.ts';

/** The wording decides what is omitted. */
describe('what Salesforce says is missing', () => {
  const { fields, emailFields } = settings.parse({
    loginUrl: 'https://acme.my.salesforce.com',
    auth: { flow: 'clientCredentials', clientId: 'i', clientSecret: 's' },
    fields: { contact: ['Tier__c', 'Region__r.Name', 'Region__r.Code__c'] },
  });
  const wanted = {
    fields,
    emailFields,
    where: {},
    features: { multiCurrency: true, personAccounts: true },
    limits: { deals: 5, tickets: 5 },
  };
  const [contacts, accounts] = statementsFor(['a@b.example'], wanted) as [Statement, Statement];
  const HINT = ' If you are attempting to use a custom field, be sure to append the …';

  for (const [statement, message, keys] of [
    [contacts, "No such column 'Tier__c' on entity 'Contact'.", ['field Contact.Tier__c']],
    [contacts, "no such column 'TIER__C' on entity 'contact'.", ['field Contact.Tier__c']],
    [contacts, "No such column 'Phone' on entity 'Contact'.", ['field Contact.Phone']],
    [contacts, "No such column 'Name' on entity 'Account'.", ['field Account.Name']],
    [contacts, "No such column 'Amount' on entity 'Opportunity'.", ['field Opportunity.Amount']],
    [contacts, "No such column 'Name' on entity 'Region__c'.", ['field Contact.Region__r.Name']],
    [
      contacts,
      "No such column 'Email' on entity 'Group'.",
      ['field User.Email', 'field Name.Email'],
    ],
    [
      contacts,
      "No such column 'Region__r.Code__c' on entity 'Region__c'.",
      ['field Contact.Region__r.Code__c'],
    ],
    [accounts, "No such column 'Website' on entity 'Account'.", ['field Account.Website']],
    [
      contacts,
      "Didn't understand relationship 'Region__r' in field path.",
      ['relationship contacts.region__r'],
    ],
    [
      contacts,
      "No such relation 'Region__r' on entity 'Contact'.",
      ['relationship contacts.region__r'],
    ],
    [
      contacts,
      "Didn't understand relationship 'Opportunity' in field path.",
      ['relationship contacts.opportunity', 'records contacts.OpportunityContactRoles'],
    ],
    [
      contacts,
      "Didn't understand relationship 'Cases' in FROM part of query call.",
      ['records contacts.Cases'],
    ],
    [contacts, "sObject type 'Contact' is not supported.", ['object Contact']],
    // What can't be left out, or has nothing to do with the statement.
    [contacts, "No such column 'Email' on entity 'Contact'.", []],
    [contacts, "No such column 'Id' on entity 'Case'.", []],
    [contacts, "No such column 'Stranger__c' on entity 'Contact'.", []],
    [accounts, "No such column 'AccountId' on entity 'Contact'.", []],
    [accounts, "sObject type 'Contact' is not supported.", []],
    [contacts, "field 'Email' can not be filtered in a query call", []],
    [contacts, '', []],
  ] as const) {
    it(`${statement.name}: ${message === '' ? 'nothing' : message}`, () => {
      const whole = `\nSELECT Id\n   ^\nERROR at Row:1:Column:8\n${message}${HINT}`;
      expect(parseFieldError(statement, whole).map(({ key }) => key)).to.deep.equal(keys);
    });
  }
});
