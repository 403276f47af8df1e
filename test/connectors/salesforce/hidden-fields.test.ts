/** Fields and objects that the org does not have, or hides from the Run-As user. */
import { expect } from 'chai';
import { parseFieldError } from '../../../connectors/salesforce/hidden-fields.ts';
import { settings } from '../../../connectors/salesforce/settings.ts';
import { statementsFor, type Statement } from '../../../connectors/salesforce/statements.ts';
import {
  kindOf,
  messageOf,
  never,
  withSalesforce,
  type Opened,
} from '../../support/salesforce/open.ts';
import { idFor, makePeople, type Data } from '../../support/salesforce/people.ts';

const JANE = 'jane.doe@acme.example';
const AISHA = 'aisha.khan@initech.example';
const HOUR = 3_600_000;

describe('a field that does not exist or is hidden', () => {
  it('is left out, and the lookup goes through in its second attempt', async () => {
    const settings = { fields: { contact: ['Tier__c', 'Nope__c'] } };
    const emulator = { customFields: { Contact: ['Tier__c'] } };
    await withSalesforce({ settings, emulator }, async ({ lookup, emulator: org, context }) => {
      const answer = await lookup(JANE);
      expect(answer?.contact.fields).to.deep.equal({ Tier__c: null });
      expect(answer?.missing).to.deep.equal([]);
      expect(org.stats().compositeRequests).to.equal(2);
      expect(warned(context)).to.deep.equal(['Contact.Nope__c']);
    });
  });

  it('is not asked for again, and warned of once', async () => {
    const settings = { fields: { contact: ['Nope__c'] } };
    await withSalesforce({ settings }, async ({ lookup, emulator, context }) => {
      await lookup(JANE);
      const cost = async () => {
        const before = emulator.stats().compositeRequests;
        await lookup(JANE);
        return emulator.stats().compositeRequests - before;
      };
      context.clock.advance(HOUR - 1);
      expect(await cost(), 'within the hour').to.equal(1);
      context.clock.advance(1);
      expect(await cost(), 'after the hour, with the description of the object').to.equal(1);
      expect(await cost(), 'in the next hour').to.equal(1);
      expect(warned(context)).to.deep.equal(['Contact.Nope__c']);
    });
  });

  it('comes back within the hour after it was granted, and the notice goes', async () => {
    const settings = { fields: { contact: ['Loyalty_Tier__c'] } };
    await withSalesforce({ settings }, async ({ lookup, emulator, context }) => {
      expect((await lookup(JANE))?.contact.fields).to.deep.equal({});
      expect(context.notices.get('fields')).to.contain('Contact.Loyalty_Tier__c');
      emulator.setSchema({ customFields: { Contact: ['Loyalty_Tier__c'] } });
      context.clock.advance(HOUR);
      expect((await lookup(JANE))?.contact.fields).to.deep.equal({ Loyalty_Tier__c: 'Platinum' });
      expect(context.notices.has('fields')).to.equal(false);
    });
  });

  it('however many there are, on however many objects, three attempts are enough', async () => {
    const names = ['A__c', 'B__c', 'C__c', 'D__c', 'E__c'];
    const fields = { contact: names, account: names, lead: names, opportunity: names, case: names };
    await withSalesforce({ settings: { fields } }, async ({ lookup, emulator, context }) => {
      const answer = await lookup(JANE);
      expect(answer?.company?.name).to.equal('ACME GmbH');
      expect(answer?.deals).to.have.length(4);
      expect(answer?.missing).to.deep.equal([]);
      expect(emulator.stats().compositeRequests).to.be.at.most(4);
      expect(warned(context)).to.have.length(25);
      expect((await lookup(AISHA))?.contact.name).to.equal('Aisha Khan');
    });
  });

  it('such as IsClosed, takes only the records that are chosen by it', async () => {
    const emulator = { hidden: new Set(['Case.IsClosed', 'Opportunity.IsClosed']) };
    await withSalesforce({ emulator }, async ({ lookup, context, emulator: org }) => {
      const answer = await lookup(JANE);
      expect(answer?.company?.name).to.equal('ACME GmbH');
      expect(answer?.deals).to.have.length(4);
      expect(answer?.tickets, "the contact's own").to.have.length(3);
      expect(answer?.missing).to.deep.equal(['tickets']);
      expect(context.notices.get('fields')).to.contain('Case.IsClosed, Opportunity.IsClosed');
      org.setSchema({});
      context.clock.advance(HOUR);
      await lookup(JANE);
      expect((await lookup(JANE))?.tickets).to.have.length(4);
      expect(context.notices.size).to.equal(0);
    });
  });

  it('one of 40 on six objects costs two more requests the first time, and none later', async () => {
    const standard = [
      'Contact: Title Department Phone MobilePhone MailingCity MailingCountry LeadSource LastActivityDate',
      'Account: Website Type Industry NumberOfEmployees AnnualRevenue BillingCity BillingCountry LastActivityDate',
      'Lead: Title Phone MobilePhone City Country Website Industry NumberOfEmployees Status LeadSource',
      'Opportunity: Amount Probability StageName',
      'Case: Subject Status Priority CaseNumber',
      'User: Email',
    ].flatMap((line) => {
      const [object = '', ...fields] = line.split(/:? /);
      return fields.map((field) => `${object}.${field}`);
    });
    const fields = {
      contact: ['A__c', 'B__c', 'Region__r.Name'],
      account: ['A__c'],
      case: ['A__c', 'B__c'],
    };
    const emulator = { hidden: new Set([...standard, 'Name.Email']) };
    expect(standard.length + 6).to.equal(40);
    await withSalesforce(
      { emulator, settings: { fields } },
      async ({ lookup, emulator: org, context }) => {
        const answer = await lookup(JANE);
        expect(answer?.contact.name).to.equal('Jane Doe');
        expect(answer?.company?.name).to.equal('ACME GmbH');
        expect(answer?.deals).to.have.length(4);
        expect(answer?.missing).to.deep.equal([]);
        expect(org.stats().apiCalls).to.be.at.most(4);
        const before = org.stats().apiCalls;
        for (let hour = 1; hour <= 12; hour += 1) {
          expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
          context.clock.advance(HOUR);
        }
        expect(org.stats().apiCalls - before, 'one each').to.be.within(12, 14);
        expect((await lookup(AISHA))?.contact.name).to.equal('Aisha Khan');
      },
    );
  });

  it('is found out by descriptions that are too long for one response, too', async () => {
    const many = Array.from({ length: 12 }, (_, i) => `Hidden_${i}__c`);
    const fields = { contact: many, account: many };
    await withSalesforce({ settings: { fields } }, async ({ lookup, emulator }) => {
      emulator.padDescriptions(2_000_000);
      expect((await lookup(JANE))?.company?.name).to.equal('ACME GmbH');
      const before = emulator.stats().apiCalls;
      await lookup(JANE);
      expect(emulator.stats().apiCalls - before).to.equal(1);
    });
  });

  it('is found out without descriptions that are too long, one by one', async () => {
    const fields = { contact: ['A__c', 'B__c', 'C__c'] };
    await withSalesforce({ settings: { fields } }, async ({ lookup, emulator }) => {
      emulator.padDescriptions(9_000_000);
      expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      const before = emulator.stats().apiCalls;
      expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      expect(emulator.stats().apiCalls - before).to.equal(1);
    });
  });

  it('is learned by the check, so that the first lookup is one request', async () => {
    const settings = { fields: { contact: ['A__c', 'B__c'], case: ['C__c'] } };
    await withSalesforce({ settings }, async ({ lookup, connector, emulator }) => {
      await connector.check?.({ signal: never() });
      const before = emulator.stats().apiCalls;
      expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      expect(emulator.stats().apiCalls - before).to.equal(1);
    });
  });

  it('among many unreadable objects is found out as fast', async () => {
    const fields = { contact: ['A__c', 'B__c', 'C__c'], account: ['A__c', 'B__c'] };
    const emulator = { unreadable: new Set(['Opportunity', 'Case']) };
    await withSalesforce({ emulator, settings: { fields } }, async ({ lookup, emulator: org }) => {
      const answer = await lookup(JANE);
      expect(answer?.company?.name).to.equal('ACME GmbH');
      expect(answer?.missing).to.have.members(['deals', 'tickets']);
      expect(org.stats().apiCalls).to.be.at.most(4);
    });
  });

  it('is found out without descriptions too, one by one', async () => {
    const fields = { contact: ['A__c', 'B__c', 'C__c'] };
    await withSalesforce({ settings: { fields } }, async ({ lookup, emulator }) => {
      emulator.failDescriptions(true);
      expect((await lookup(JANE))?.contact.name).to.equal('Jane Doe');
      expect(emulator.stats().compositeRequests).to.equal(4);
    });
  });

  it('may be a standard one, whose word is then absent', async () => {
    const hidden = new Set([
      'Contact.MobilePhone',
      'Lead.Phone',
      'Opportunity.Amount',
      'Case.Priority',
    ]);
    await withSalesforce({ emulator: { hidden } }, async ({ lookup }) => {
      const answer = await lookup(JANE);
      expect(answer?.contact).to.include({ name: 'Jane Doe', mobilePhone: null });
      expect(answer?.deals?.every(({ amount, name }) => amount === null && name)).to.equal(true);
      expect(answer?.tickets).to.have.length(4);
      expect((await lookup(AISHA))?.contact).to.include({ kind: 'lead', phone: null });
    });
  });

  it('may be what rows are sorted by', async () => {
    const hidden = new Set(['Contact.LastActivityDate', 'Lead.LastActivityDate']);
    await withSalesforce({ emulator: { hidden } }, async ({ lookup }) => {
      expect((await lookup('info@globex.example'))?.contact.kind).to.equal('contact');
    });
  });

  it('may be the address of an owner', async () => {
    const hidden = new Set(['User.Email', 'Name.Email']);
    await withSalesforce({ emulator: { hidden } }, async ({ lookup }) => {
      const answer = await lookup(JANE);
      expect(answer?.contact.owner).to.deep.equal({ name: 'Kim Lee', email: null });
      expect((await lookup(AISHA))?.contact.owner).to.deep.equal({
        name: 'Inbound Leads',
        email: null,
      });
    });
  });

  it('may be that of a parent of the tenant’s own, which is not mixed up with others', async () => {
    const fields = { contact: ['Region__r.Name'] };
    await withSalesforce({ settings: { fields } }, async ({ lookup }) => {
      const answer = await lookup(JANE);
      expect(answer?.contact).to.deep.include({ fields: {}, name: 'Jane Doe' });
      expect(answer?.contact.owner?.name).to.equal('Kim Lee');
    });
  });

  it('may be many of a parent of the tenant’s own, which take no more requests than one', async () => {
    const columns = ['A__c', 'B__c', 'C__c', 'D__c', 'E__c', 'F__c', 'G__c', 'H__c', 'I__c'];
    const lookups = { 'Contact.Region__r': 'Region__c', 'Account.Plan__r': 'Plan__c' };
    const fields = {
      contact: ['Region__r.Name', ...columns.map((name) => `Region__r.${name}`)],
      account: columns.map((name) => `Plan__r.${name}`),
    };
    const north = { Id: idFor('a01', 1), Name: 'North' };
    const data: Data = { ...makePeople(), Region__c: [north] };
    data['Contact'] = data['Contact']?.map((row) => ({ ...row, Region__c: north.Id })) ?? [];
    await withSalesforce(
      { settings: { fields }, emulator: { lookups, data } },
      async ({ lookup, emulator, context }) => {
        const answer = await lookup(JANE);
        expect(answer?.contact.fields).to.deep.equal({ 'Region__r.Name': 'North' });
        expect(answer?.company?.name).to.equal('ACME GmbH');
        expect(answer?.missing).to.deep.equal([]);
        expect(emulator.stats().apiCalls).to.be.at.most(4);
        expect(context.notices.get('fields')).to.contain('Contact.Region__r.A__c');
        const cost = async () => {
          const before = emulator.stats().apiCalls;
          await lookup(JANE);
          return emulator.stats().apiCalls - before;
        };
        expect(await cost()).to.equal(1);
        emulator.setSchema({ lookups, customFields: { Region__c: columns, Plan__c: columns } });
        for (let hour = 1; hour <= 4; hour += 1) {
          context.clock.advance(HOUR);
          await lookup(JANE);
        }
        expect(context.notices.has('fields')).to.equal(false);
        expect(await cost()).to.equal(1);
      },
    );
  });

  it('is named once in the statement when it is a standard one that the tenant asks for too', async () => {
    const fields = { contact: ['phone', 'Title'] };
    await withSalesforce({ settings: { fields } }, async ({ lookup, emulator }) => {
      expect((await lookup(JANE))?.contact.fields).to.deep.equal({
        phone: '+49 30 5550 1201',
        Title: 'VP Operations',
      });
      expect(emulator.stats().compositeRequests).to.equal(1);
    });
  });

  it('that leads to the account leaves it open what belongs to that', async () => {
    const hidden = new Set(['Contact.AccountId']);
    await withSalesforce({ emulator: { hidden } }, async ({ lookup }) => {
      const answer = await lookup(JANE);
      expect(answer?.contact.name).to.equal('Jane Doe');
      expect(answer?.missing).to.have.members(['company', 'deals', 'tickets']);
    });
  });

  it('is named as the administrator knows it: objects, fields and relationships, each once', async () => {
    const emulator = { unreadable: new Set(['Opportunity']) };
    const fields = { contact: ['Tier__c', 'ReportsTo.Name'], case: ['Asset.Name'] };
    await withSalesforce({ emulator, settings: { fields } }, async ({ lookup, context }) => {
      await lookup(JANE);
      expect(context.notices.get('fields')).to.equal(
        'not there, or hidden from the Run-As user: Case.Asset, Contact.ReportsTo, Contact.Tier__c, Opportunity',
      );
    });
  });

  it('without which a lookup cannot succeed is an error that says what to grant', async () => {
    await withSalesforce(
      { emulator: { hidden: new Set(['Contact.Email']) } },
      async ({ lookup }) => {
        expect(await kindOf(lookup(JANE))).to.equal('misconfigured');
        expect(await messageOf(lookup(JANE))).to.contain('contacts (INVALID_FIELD)');
      },
    );
  });

  it('under many lookups at once is right for all of them', async () => {
    const settings = { fields: { contact: ['Nope__c', 'Loyalty_Tier__c'] } };
    const emulator = { customFields: { Contact: ['Loyalty_Tier__c'] } };
    await withSalesforce({ settings, emulator }, async ({ lookup, context }) => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => lookup(JANE)));
      for (const answer of answers)
        expect(answer?.contact.fields).to.deep.equal({ Loyalty_Tier__c: 'Platinum' });
      expect(warned(context)).to.deep.equal(['Contact.Nope__c']);
    });
  });
});

describe('an object the Run-As user may not read', () => {
  it('costs its section: cases', async () => {
    await withSalesforce({ emulator: { unreadable: new Set(['Case']) } }, async ({ lookup }) => {
      const answer = await lookup(JANE);
      expect(answer).to.deep.include({ tickets: [], missing: ['tickets'] });
      expect(answer?.deals).to.have.length(4);
    });
  });

  it('costs its section: opportunities', async () => {
    await withSalesforce(
      { emulator: { unreadable: new Set(['Opportunity']) } },
      async ({ lookup }) => {
        const answer = await lookup(JANE);
        expect(answer).to.deep.include({ deals: [], missing: ['deals'] });
        expect(answer?.tickets).to.have.length(4);
        expect(answer?.company?.name).to.equal('ACME GmbH');
      },
    );
  });

  it('costs its section: accounts, with all that hangs on them', async () => {
    await withSalesforce({ emulator: { unreadable: new Set(['Account']) } }, async ({ lookup }) => {
      const answer = await lookup(JANE);
      expect(answer?.contact.name).to.equal('Jane Doe');
      expect(answer?.company).to.be.null;
      expect(answer?.missing).to.have.members(['company', 'deals', 'tickets']);
    });
  });

  it('is an error for those who might be leads, and no reason to doubt a contact', async () => {
    await withSalesforce({ emulator: { unreadable: new Set(['Lead']) } }, async ({ lookup }) => {
      expect((await lookup(JANE))?.missing).to.deep.equal(['leads']);
      expect(await kindOf(lookup('nobody@acme.example'))).to.equal('misconfigured');
    });
  });

  it('is not a problem when the settings exclude it', async () => {
    const unreadable = new Set(['Lead', 'Case', 'Opportunity']);
    const settings = { fields: { lead: false, case: false, opportunity: false } };
    await withSalesforce({ emulator: { unreadable }, settings }, async (opened) => {
      expect(await opened.lookup(JANE)).to.deep.include({ missing: [], deals: [], tickets: [] });
      expect(await opened.lookup('nobody@acme.example')).to.be.undefined;
      expect(opened.emulator.stats().compositeRequests).to.equal(2);
      expect(opened.context.notices.size).to.equal(0);
    });
  });

  it('that is contacts makes lookups fail', async () => {
    await withSalesforce({ emulator: { unreadable: new Set(['Contact']) } }, async ({ lookup }) => {
      expect(await kindOf(lookup(JANE))).to.equal('misconfigured');
      // A lead can be shown, with a word of warning.
      expect((await lookup(AISHA))?.missing).to.deep.equal(['contacts']);
    });
  });
});

describe('a statement that fails', () => {
  const broken = { status: 500, errorCode: 'UNKNOWN_EXCEPTION' };

  it('for accounts leaves the contact with the name of its company', async () => {
    await withSalesforce({}, async ({ lookup, emulator }) => {
      emulator.failStatements('Account', broken);
      const answer = await lookup(JANE);
      expect(answer?.company?.name).to.equal('ACME GmbH');
      expect(answer?.missing).to.have.members(['company', 'deals', 'tickets']);
      expect(answer?.deals?.map(({ name }) => name)).to.have.members([
        'ACME renewal 2027',
        'Globex and ACME joint venture',
      ]);
      expect((await lookup("sean.o'brien@freelance.example"))?.missing, 'no account').to.deep.equal(
        [],
      );
    });
  });

  it('for contacts is an error, unless a lead is known', async () => {
    await withSalesforce({}, async ({ lookup, emulator, connector }) => {
      emulator.failStatements('Contact', broken);
      expect(await kindOf(lookup(JANE))).to.equal('unavailable');
      expect(await kindOf(lookup('nobody@acme.example'))).to.equal('unavailable');
      expect((await lookup(AISHA))?.missing).to.deep.equal(['contacts']);
      const both = connector.lookupMany?.([AISHA, JANE], { signal: never() });
      expect(
        await kindOf(Promise.resolve(both)),
        'in a batch no person is reported as unknown',
      ).to.equal('unavailable');
    });
  });

  it('for leads is an error, unless a contact is known', async () => {
    await withSalesforce({}, async ({ lookup, emulator }) => {
      emulator.failStatements('Lead', broken);
      expect((await lookup(JANE))?.missing).to.deep.equal(['leads']);
      expect(await kindOf(lookup('nobody@acme.example'))).to.equal('unavailable');
      expect(await kindOf(lookup(AISHA))).to.equal('unavailable');
    });
  });

  it('as the quota is spent stops the whole lookup', async () => {
    await withSalesforce({}, async ({ lookup, emulator }) => {
      emulator.failStatements('Account', { status: 403, errorCode: 'REQUEST_LIMIT_EXCEEDED' });
      expect(await kindOf(lookup(JANE))).to.equal('quota');
    });
  });
});

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

function warned(context: Opened['context']): readonly unknown[] {
  return context.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['what']);
}
