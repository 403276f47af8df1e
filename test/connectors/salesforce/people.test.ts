/** Who is found, what is shown of them, and what a lookup costs. */
import { expect } from 'chai';
import { WrongPersonError, type PersonRecord } from '../../../src/connector/index.ts';
import { recordsIn } from '../../../src/connector/testing/use.ts';
import {
  contact,
  idFor,
  makePeople,
  opportunity,
  supportCase,
} from '../../support/salesforce/people.ts';
import {
  kindOf,
  messageOf,
  never,
  withSalesforce,
  type Opened,
} from '../../support/salesforce/open.ts';

const JANE = 'jane.doe@acme.example';

describe('the cost of lookups', () => {
  it('is one request for a person, known or not', async () => {
    await withSalesforce({}, async ({ lookup, emulator }) => {
      for (const email of [JANE, 'nobody@acme.example', 'aisha.khan@initech.example']) {
        const before = emulator.stats().apiCalls;
        await lookup(email);
        expect(emulator.stats().apiCalls - before, email).to.equal(1);
      }
      expect(emulator.stats().requests).to.have.all.keys(
        'POST /services/oauth2/token',
        'POST /services/data/v67.0/composite',
      );
    });
  });

  it('is one request for 25 people, known and unknown', async () => {
    await withSalesforce({}, async ({ connector, emulator }) => {
      expect(connector.maxBatch).to.equal(25);
      const emails = [
        JANE,
        'aisha.khan@initech.example',
        ...Array.from({ length: 23 }, (_, i) => `nobody-${i}@acme.example`),
      ];
      const found = await connector.lookupMany?.(emails, { signal: never() });
      expect([...(found ?? new Map<string, PersonRecord>()).keys()]).to.deep.equal(
        emails.slice(0, 2),
      );
      expect(emulator.stats().apiCalls).to.equal(1);
    });
  });

  it('is nothing for what can’t be an e-mail address', async () => {
    await withSalesforce({}, async ({ lookup, emulator }) => {
      for (const email of [
        '',
        'no-at',
        'a@b@c.example',
        `${'x'.repeat(250)}@acme.example`,
        'a\n@b.example',
      ])
        expect(await lookup(email)).to.be.undefined;
      expect(emulator.stats().tokenRequests).to.equal(0);
    });
  });

  it('is one more request when one person in a batch has so many records that others may be cut off', async () => {
    const data = makePeople();
    for (let i = 100; i < 130; i += 1) {
      data['Contact']?.push(
        contact(i, 'Many', `Faces ${i}`, 'many@acme.example', 1, {
          LastActivityDate: '2026-11-01',
        }),
      );
    }
    await withSalesforce({ emulator: { data } }, async ({ connector, emulator }) => {
      const emails = ['many@acme.example', JANE];
      const found = await connector.lookupMany?.(emails, { signal: never() });
      expect([...(found?.keys() ?? [])]).to.deep.equal(emails);
      expect(recordsIn(found).get(JANE)?.contact.name).to.equal('Jane Doe');
      expect(emulator.stats().apiCalls).to.equal(3);
    });
  });

  it('is more when 2,000 rows are not enough, and no person is lost', async () => {
    const data = makePeople();
    const emails = Array.from({ length: 25 }, (_, i) => `p${i}@big.example`);
    for (const [i, email] of emails.entries()) {
      for (let copy = 0; copy < 4; copy += 1) {
        const number = 1000 + i * 10 + copy;
        data['Contact']?.push(contact(number, 'P', `${i}`, email, 100 + i));
        for (let k = 0; k < 6; k += 1)
          data['Case']?.push(
            supportCase(number * 10 + k, `${k}`, 's', number, 100 + i, 'New', 'Low', {
              CreatedDate: '2026-11-01T00:00:00.000Z',
            }),
          );
        for (let k = 0; k < 20; k += 1)
          data['OpportunityContactRole']?.push({
            Id: idFor('00K', number * 100 + k),
            OpportunityId: idFor('006', 10_000 + i * 100 + k),
            ContactId: idFor('003', number),
          });
      }
      data['Account']?.push({ Id: idFor('001', 100 + i), Name: `Big ${i}` });
      for (let k = 0; k < 60; k += 1)
        data['Opportunity']?.push(
          opportunity(
            10_000 + i * 100 + k,
            `Deal ${k}`,
            100 + i,
            'Prospecting',
            1,
            '2027-01-01',
            10,
          ),
        );
    }
    await withSalesforce({ emulator: { data } }, async ({ connector, emulator }) => {
      const found = await connector.lookupMany?.(emails, { signal: never() });
      expect(emulator.stats().apiCalls).to.equal(3);
      expect(found?.size).to.equal(25);
      for (const answer of recordsIn(found).values()) {
        expect(answer.deals?.length).to.be.at.least(20);
        expect(answer.missing).to.deep.equal([]);
      }
    });
  });
});

describe('the profile of a contact', () => {
  it('has the words of the contract, from the contact, its account and their owners', async () => {
    const settings = { fields: { contact: ['Loyalty_Tier__c'], account: ['Support_Plan__c'] } };
    const emulator = {
      customFields: { Contact: ['Loyalty_Tier__c'], Account: ['Support_Plan__c'] },
    };
    await withSalesforce({ settings, emulator }, async ({ lookup, emulator: { url } }) => {
      const { contact: shown, company } = (await lookup(JANE)) ?? {};
      expect(shown).to.deep.equal({
        kind: 'contact',
        id: '003000000000001AAA',
        name: 'Jane Doe',
        firstName: 'Jane',
        lastName: 'Doe',
        title: 'VP Operations',
        department: 'Operations',
        email: JANE,
        phone: '+49 30 5550 1201',
        mobilePhone: '+49 170 555 0112',
        city: 'Berlin',
        country: 'Germany',
        leadSource: 'Trade Show',
        createdAt: '2023-03-14T08:12:00.000Z',
        lastActivityAt: '2026-11-20',
        url: `${url}/003000000000001AAA`,
        owner: { name: 'Kim Lee', email: 'kim.lee@brightside.example' },
        fields: { Loyalty_Tier__c: 'Platinum' },
      });
      expect(company).to.deep.equal({
        id: '001000000000001AAA',
        name: 'ACME GmbH',
        domain: 'acme.example',
        type: 'Customer - Direct',
        industry: 'Manufacturing',
        employees: 420,
        annualRevenue: 61500000,
        currency: null,
        city: 'Berlin',
        country: 'Germany',
        url: `${url}/001000000000001AAA`,
        owner: { name: 'Kim Lee', email: 'kim.lee@brightside.example' },
        fields: { Support_Plan__c: 'Premium 24/7' },
      });
    });
  });

  it('has the deals of its roles and of its account, each once, also without an amount', async () => {
    await withSalesforce({}, async ({ lookup, emulator: { url } }) => {
      const deals = (await lookup(JANE))?.deals ?? [];
      expect(deals.map(({ name, amount }) => [name, amount])).to.have.deep.members([
        ['ACME renewal 2027', 186000],
        ['ACME second plant', 94500],
        ['ACME pilot', 12000],
        ['Globex and ACME joint venture', null],
      ]);
      const pilot = deals.find(({ name }) => name === 'ACME pilot');
      expect(pilot).to.deep.include({
        stage: 'Closed Won',
        closeDate: '2023-06-30',
        open: false,
        won: true,
        probability: 100,
        url: `${url}/006000000000003AAA`,
        owner: { name: 'Kim Lee', email: 'kim.lee@brightside.example' },
      });
      const renewal = deals.find(({ name }) => name === 'ACME renewal 2027');
      expect(renewal).to.include({ open: true, won: false, probability: 70 });
    });
  });

  it('has its cases, and the open ones of its account, each once', async () => {
    await withSalesforce({}, async ({ lookup, emulator: { url } }) => {
      const tickets = (await lookup(JANE))?.tickets ?? [];
      expect(tickets.map(({ number }) => number)).to.have.members([
        '00020871',
        '00020912',
        '00020344',
        '00020930',
      ]);
      expect(tickets.find(({ number }) => number === '00020912')).to.deep.equal({
        id: '500000000000002AAA',
        number: '00020912',
        subject: 'Second plant: how many seats?',
        status: 'New',
        priority: 'Medium',
        open: true,
        createdAt: '2026-11-12T13:05:00.000Z',
        url: `${url}/500000000000002AAA`,
        owner: { name: 'Support Level 1', email: null },
        fields: {},
      });
    });
  });

  it('lets the bridge see that there are more deals and cases than it shows', async () => {
    const context = { limits: { deals: 2, tickets: 2 } };
    await withSalesforce({ context }, async ({ lookup }) => {
      const answer = await lookup(JANE);
      expect(answer?.deals?.length).to.be.greaterThan(2);
      expect(answer).to.include({ moreOpenDeals: false, moreOpenTickets: false });
      expect(answer?.tickets?.length).to.be.greaterThan(2);
    });
  });

  it('without an account has no company', async () => {
    await withSalesforce({}, async ({ lookup }) => {
      const answer = await lookup("sean.o'brien@freelance.example");
      expect(answer?.contact.name).to.equal("Seán O'Brien");
      expect(answer).to.deep.include({ company: null, deals: [], tickets: [], missing: [] });
    });
  });

  it('whose address has capital letters in Salesforce is found', async () => {
    await withSalesforce({}, async ({ lookup }) => {
      expect((await lookup('hank.scorpio@globex.example'))?.contact.name).to.equal('Hank Scorpio');
    });
  });
});

describe('several records with one address', () => {
  it('show the contact with the latest activity; the others are named', async () => {
    await withSalesforce({}, async ({ lookup, emulator: { url } }) => {
      const answer = await lookup('info@globex.example');
      expect(answer?.contact.name).to.equal('Wei Chen');
      expect(answer?.others).to.deep.equal([
        {
          kind: 'contact',
          id: '003000000000004AAA',
          email: 'info@globex.example',
          name: 'Front Desk',
          company: 'Globex Corporation',
          url: `${url}/003000000000004AAA`,
        },
        {
          kind: 'lead',
          id: '00Q000000000002AAA',
          email: 'info@globex.example',
          name: 'Globex Web form',
          company: 'Globex',
          url: `${url}/00Q000000000002AAA`,
        },
      ]);
    });
  });

  it('show the right one even when there are more than are fetched', async () => {
    const data = makePeople();
    for (let i = 200; i < 230; i += 1)
      data['Contact']?.push(
        contact(i, 'Old', `Copy ${i}`, 'many@acme.example', 1, {
          LastActivityDate: i === 217 ? '2026-11-24' : i % 2 === 0 ? '2026-01-01' : null,
          LastModifiedDate: '2026-11-20T09:00:00.000Z',
        }),
      );
    await withSalesforce({ emulator: { data } }, async ({ lookup }) => {
      expect((await lookup('many@acme.example'))?.contact.name).to.equal('Old Copy 217');
    });
  });
});

describe('one address on many accounts', () => {
  it('shows the account of the contact shown, whatever order Salesforce answers in', async () => {
    const data = peopleOnAccounts(9);
    await withSalesforce({ emulator: { data } }, async ({ lookup, emulator }) => {
      const answer = await lookup('nine@many.example');
      expect(answer?.contact.name).to.equal('Copy 304');
      expect(answer?.company?.name).to.equal('Account 304');
      expect(answer?.deals?.map(({ name }) => name)).to.deep.equal(['Deal 304']);
      expect(answer?.tickets?.map(({ subject }) => subject)).to.deep.equal(['Case 304']);
      expect(answer?.others).to.have.length(8);
      expect(answer?.others?.[0]?.company).to.match(/^Account 3/);
      expect(answer).to.deep.include({ moreOthers: false, missing: [] });
      expect(emulator.stats().apiCalls).to.equal(1);
    });
  });

  it('shows it with one more request when there are more accounts than are fetched', async () => {
    const data = peopleOnAccounts(60);
    await withSalesforce({ emulator: { data } }, async ({ lookup, emulator }) => {
      const answer = await lookup('nine@many.example');
      expect(answer?.company?.name).to.equal('Account 304');
      expect(answer?.deals?.map(({ name }) => name)).to.deep.equal(['Deal 304']);
      expect(answer?.others).to.have.length(24);
      expect(answer).to.deep.include({ moreOthers: true, missing: [] });
      expect(emulator.stats().apiCalls).to.equal(2);
    });
  });

  it('misses the company and its records when that request fails', async () => {
    const data = peopleOnAccounts(60);
    await withSalesforce({ emulator: { data } }, async ({ lookup, emulator }) => {
      let requests = 0;
      emulator.faults.draw = (operation) => {
        if (operation === 'composite') requests += 1;
        return operation === 'composite' && requests === 2 ? 'status-500' : undefined;
      };
      expect((await lookup('nine@many.example'))?.missing).to.have.members([
        'company',
        'deals',
        'tickets',
      ]);
    });
  });

  /** The contact with the latest activity is on the account that was changed last but four. */
  function peopleOnAccounts(count: number) {
    const data = makePeople();
    for (let i = 300; i < 300 + count; i += 1) {
      const day = String((i % 28) + 1).padStart(2, '0');
      data['Account']?.push({
        Id: idFor('001', i),
        Name: `Account ${i}`,
        LastActivityDate: i === 304 ? null : `2026-10-${day}`,
      });
      data['Contact']?.push(
        contact(i, 'Copy', `${i}`, 'nine@many.example', i, {
          LastActivityDate: i === 304 ? '2026-11-24' : `2026-09-${day}`,
        }),
      );
      data['Opportunity']?.push(opportunity(i, `Deal ${i}`, i, 'Prospecting', 1, '2027-01-01', 10));
      data['Case']?.push(
        supportCase(i, `${i}`, `Case ${i}`, i, i, 'New', 'Low', {
          CreatedDate: '2026-11-01T00:00:00.000Z',
        }),
      );
    }
    return data;
  }
});

describe('more opportunities than are fetched', () => {
  for (const [what, count] of [
    ['25', 25],
    ['200', 200],
  ] as const)
    it(`has the five open ones that close next among them: ${what}`, async () => {
      const data = makePeople();
      for (let i = 0; i < count; i += 1) {
        const date = new Date(Date.UTC(2028, 0, 1) - i * 86_400_000).toISOString().slice(0, 10);
        data['Opportunity']?.push(opportunity(400 + i, `Open ${i}`, 2, 'Prospecting', 1, date, 10));
        data['Opportunity']?.push(
          opportunity(4000 + i, `Closed ${i}`, 2, 'Closed Won', 1, `2020-01-0${(i % 9) + 1}`, 100),
        );
      }
      await withSalesforce({ emulator: { data } }, async ({ lookup }) => {
        const deals = (await lookup('hank.scorpio@globex.example'))?.deals ?? [];
        const next = data['Opportunity']
          ?.filter((row) => row['AccountId'] === idFor('001', 2) && row['IsClosed'] === false)
          .toSorted((a, b) => String(a['CloseDate']).localeCompare(String(b['CloseDate'])))
          .slice(0, 5)
          .map((row) => row['Name']);
        expect(deals.map(({ name }) => name)).to.include.members(next ?? []);
        expect(deals.length).to.be.greaterThan(5);
      });
    });
});

describe('more closed opportunities than are fetched', () => {
  it('has the latest among them, by one more request only when they are to be shown', async () => {
    const data = makePeople();
    for (let i = 0; i < 80; i += 1) {
      const date = new Date(Date.UTC(2015, 0, 1) + i * 40 * 86_400_000).toISOString().slice(0, 10);
      for (const number of [1, 2])
        data['Opportunity']?.push(
          opportunity(number * 1000 + i, `Closed ${i}`, number, 'Closed Won', 1, date, 100),
        );
      data['Opportunity']?.push(
        opportunity(3000 + i, `Open ${i}`, 2, 'Prospecting', 1, '2027-01-01', 10),
      );
    }
    await withSalesforce({ emulator: { data } }, async ({ lookup, emulator }) => {
      const deals = (await lookup(JANE))?.deals ?? [];
      const names = deals.map(({ name }) => name);
      expect(names).to.include.members([
        'Closed 79',
        'Closed 78',
        'Closed 77',
        'ACME renewal 2027',
      ]);
      expect(new Set(names).size).to.equal(names.length);
      expect(emulator.stats().apiCalls).to.equal(2);
      await lookup('hank.scorpio@globex.example');
      expect(emulator.stats().apiCalls, 'enough open ones').to.equal(3);
    });
  });
});

describe('what comes back', () => {
  it('is a bad response when it has another address than the one asked for', async () => {
    await withSalesforce({}, async ({ lookup, connector, emulator }) => {
      for (const email of [JANE, 'aisha.khan@initech.example']) {
        emulator.faults.add({ on: 'composite', kind: 'other-person', times: 1 });
        expect(await kindOf(lookup(email))).to.equal('bad_response');
        expect((await lookup(email))?.contact.email).to.equal(email);
      }
      emulator.faults.add({ on: 'composite', kind: 'other-person', times: 1 });
      const before = emulator.stats().apiCalls;
      const many = connector.lookupMany?.([JANE, 'hank.scorpio@globex.example'], {
        signal: never(),
      });
      const records = [...((await many)?.values() ?? [])];
      expect(records).to.have.length(2);
      expect(records.some((record) => record instanceof WrongPersonError)).to.equal(true);
      expect(emulator.stats().apiCalls - before, 'asked once').to.equal(1);
    });
  });
});

describe('an address with an international domain', () => {
  for (const stored of ['müller@bücher.example', 'Müller@XN--BCHER-KVA.example'])
    it(`is found when it is stored as ${stored}`, async () => {
      const data = makePeople();
      data['Contact']?.push(contact(90, 'Max', 'Müller', stored, 4));
      await withSalesforce({ emulator: { data } }, async ({ lookup, emulator }) => {
        expect((await lookup('müller@xn--bcher-kva.example'))?.contact.name).to.equal('Max Müller');
        expect(emulator.stats().apiCalls).to.equal(1);
      });
    });

  it('leads to its company in either spelling', async () => {
    for (const site of ['https://www.bücher.example', 'xn--bcher-kva.example']) {
      const data = makePeople();
      data['Account']?.push({ Id: idFor('001', 90), Name: 'Bücher AG', Website: site });
      await withSalesforce({ emulator: { data } }, async ({ connector }) => {
        const company = await connector.findCompany?.('xn--bcher-kva.example', { signal: never() });
        expect(company?.name, site).to.equal('Bücher AG');
      });
    }
  });
});

describe('emailFields', () => {
  const customFields = { Contact: ['Work_Email__c'] };
  const settings = { emailFields: { contact: ['Email', 'work_email__c'] } };
  const people = () => {
    const data = makePeople();
    data['Contact']?.push(
      contact(91, 'Two', 'Addresses', 'two@home.example', 4, { Work_Email__c: 'Two@Work.example' }),
    );
    return data;
  };

  it('find a person by any of them, alone and in a batch, in one request', async () => {
    await withSalesforce(
      { settings, emulator: { data: people(), customFields } },
      async (opened) => {
        for (const email of ['two@home.example', 'two@work.example']) {
          const answer = await opened.lookup(email);
          expect(answer?.contact).to.include({ name: 'Two Addresses', email: 'two@home.example' });
          expect(answer?.company?.name).to.equal('Stark Fabrication');
          expect(answer?.others).to.deep.equal([]);
        }
        const both = ['two@home.example', 'two@work.example', JANE];
        const found = await opened.connector.lookupMany?.(both, { signal: never() });
        expect([...(found?.keys() ?? [])]).to.deep.equal(both);
        expect(opened.emulator.stats().apiCalls).to.equal(3);
      },
    );
  });

  it('leave Email out when it is not among them', async () => {
    const only = { emailFields: { contact: ['Work_Email__c'] } };
    await withSalesforce(
      { settings: only, emulator: { data: people(), customFields } },
      async ({ lookup }) => {
        expect((await lookup('two@work.example'))?.contact.name).to.equal('Two Addresses');
        expect(await lookup('two@home.example')).to.be.undefined;
      },
    );
  });

  it('that are hidden are left out, with a notice: the others alone decide who is known', async () => {
    await withSalesforce(
      { settings, emulator: { data: people() } },
      async ({ lookup, emulator, context }) => {
        expect((await lookup('two@home.example'))?.contact.name).to.equal('Two Addresses');
        expect((await lookup(JANE))?.company?.name).to.equal('ACME GmbH');
        expect(await lookup('two@work.example')).to.equal(undefined);
        expect(context.notices.get('fields')).to.contain('Contact.work_email__c');
        emulator.setSchema({ customFields });
        context.clock.advance(3_600_000);
        expect((await lookup('two@work.example'))?.contact.name).to.equal('Two Addresses');
      },
    );
  });
});

describe('where', () => {
  it('leaves out the records that do not meet the condition, of each object', async () => {
    const where = {
      contact: "Title != 'Head of IT' AND (NOT Name LIKE 'Hank%')",
      account: "Type = 'Customer - Direct' OR Type = 'Prospect'",
      lead: "Status IN ('Open')",
      opportunity: 'Amount > 100000',
      case: "Priority = 'High' AND CreatedDate > 2020-01-01T00:00:00Z",
    };
    await withSalesforce({ settings: { where } }, async ({ lookup, connector, emulator }) => {
      const answer = await lookup(JANE);
      expect(answer?.deals?.map(({ name }) => name)).to.deep.equal(['ACME renewal 2027']);
      expect(answer?.tickets?.every(({ priority }) => priority === 'High')).to.equal(true);
      expect(answer?.tickets).to.have.length(2);
      expect(await lookup('priya.sharma@acme.example')).to.be.undefined;
      expect(await lookup('hank.scorpio@globex.example')).to.be.undefined;
      expect(await lookup('aisha.khan@initech.example')).to.be.undefined;
      expect((await lookup('info@globex.example'))?.others).to.have.length(2);
      expect(emulator.stats().apiCalls).to.equal(5);
      const company = await connector.findCompany?.('stark.example', { signal: never() });
      expect(company?.name).to.equal('Stark Fabrication');
    });
  });

  it('keeps an account that does not meet it from being shown as a company', async () => {
    const where = { account: "Type = 'Partner'" };
    await withSalesforce({ settings: { where } }, async ({ lookup, connector }) => {
      expect((await lookup(JANE))?.company).to.be.null;
      for (const domain of ['acme.example', 'stark.example'])
        expect(await connector.findCompany?.(domain, { signal: never() })).to.be.undefined;
    });
  });

  it('with a field that is hidden is an error: without the condition others would be shown', async () => {
    const where = { contact: 'IsActive__c = true' };
    await withSalesforce({ settings: { where } }, async ({ lookup, connector }) => {
      expect(await kindOf(lookup(JANE))).to.equal('misconfigured');
      const findings = await connector.check?.({ signal: never() });
      expect(findings?.filter(({ level }) => level === 'error')[0]?.message).to.match(
        /^Contact: .*: IsActive__c \(/,
      );
    });
  });

  for (const [what, where, missing, notice] of [
    ['opportunities', { opportunity: 'Stage__c = true' }, ['deals'], 'Opportunity.Stage__c'],
    ['roles', { opportunity: "Owner.Team__c = 'A'" }, ['deals'], 'User.Team__c'],
    ['by a relationship', { opportunity: "Region__r.Name = 'A'" }, ['deals'], 'Region__r'],
    ['cases', { case: "Public__c = true AND Status != 'New'" }, ['tickets'], 'Case.Public__c'],
    ['accounts', { account: 'Old__c = 1' }, ['company', 'deals', 'tickets'], 'Account.Old__c'],
    ['leads', { lead: 'Score__c > 1' }, ['leads'], 'Lead.Score__c'],
  ] as const) {
    it(`of ${what} with a field that is hidden takes these records alone, and says so`, async () => {
      await withSalesforce({ settings: { where } }, async ({ lookup, context, emulator }) => {
        const answer = await lookup(JANE);
        expect(answer?.contact.name).to.equal('Jane Doe');
        expect(answer?.missing).to.deep.equal(missing);
        expect([...context.notices.values()].join()).to.contain(notice);
        const before = emulator.stats().apiCalls;
        expect((await lookup(JANE))?.missing).to.deep.equal(missing);
        expect(emulator.stats().apiCalls - before).to.equal(1);
      });
    });
  }

  it('or emailFields with a field of another type say which type it has', async () => {
    for (const settings of [
      { where: { contact: "HasOptedOutOfEmail = 'no'" } },
      { where: { contact: 'Title = 5' } },
      { emailFields: { contact: ['Email', 'HasOptedOutOfEmail'] } },
    ]) {
      await withSalesforce({ settings }, async ({ lookup }) => {
        expect(await messageOf(lookup(JANE))).to.match(
          /(HasOptedOutOfEmail is of type boolean|Title is of type string), .* where and emailFields/,
        );
      });
    }
  });
});

describe('the profile of a lead', () => {
  it('has its status, its company’s name, and the queue that owns it', async () => {
    const settings = { fields: { lead: ['Webinar__c'] } };
    const emulator = { customFields: { Lead: ['Webinar__c'] } };
    await withSalesforce({ settings, emulator }, async ({ lookup, emulator: { url } }) => {
      const answer = await lookup('aisha.khan@initech.example');
      expect(answer?.contact).to.deep.include({
        kind: 'lead',
        name: 'Aisha Khan',
        title: 'IT Manager',
        leadStatus: 'Working - Contacted',
        leadSource: 'Web',
        city: 'London',
        url: `${url}/00Q000000000001AAA`,
        owner: { name: 'Inbound Leads', email: null },
        fields: { Webinar__c: 'March' },
      });
      expect(answer?.company).to.deep.equal({
        name: 'Initech Ltd',
        domain: 'initech.example',
        industry: 'Software',
        employees: null,
      });
    });
  });

  it('is not there once the lead is converted', async () => {
    await withSalesforce({}, async ({ lookup }) => {
      expect((await lookup(JANE))?.others).to.deep.equal([]);
    });
  });
});

describe('an org with Person Accounts', () => {
  it('shows the person, with the link to the account, and no company that is the person again', async () => {
    await withSalesforce({ emulator: { personAccounts: true } }, async (opened) => {
      const answer = await opened.lookup('nora.lind@mail.example');
      expect(answer?.contact.name).to.equal('Nora Lind');
      expect(answer?.contact.url).to.equal(`${opened.emulator.url}/001000000000005AAA`);
      expect(answer?.company).to.be.null;
      expect(answer?.deals?.map(({ name }) => name)).to.deep.equal(['Home office']);
      expect((await opened.lookup(JANE))?.company?.name).to.equal('ACME GmbH');
    });
  });
});

describe('an org with several currencies', () => {
  it('gives each amount its currency, from the very first lookup on', async () => {
    await withSalesforce({ emulator: { multiCurrency: true } }, async ({ lookup, emulator }) => {
      await hasCurrencies(lookup);
      expect(emulator.stats().apiCalls, 'the first finds out').to.equal(2);
      await hasCurrencies(lookup);
      expect(emulator.stats().apiCalls, 'from then on it is known').to.equal(3);
    });
  });

  it('is looked at again after an hour, in the same request', async () => {
    await withSalesforce({}, async ({ lookup, emulator, context }) => {
      await lookup('nobody@acme.example');
      emulator.setSchema({ multiCurrency: true });
      expect((await lookup(JANE))?.company?.currency).to.equal(null);
      context.clock.advance(3_600_000);
      await hasCurrencies(lookup);
      emulator.setSchema({});
      const before = emulator.stats().apiCalls;
      expect((await lookup(JANE))?.company?.currency).to.equal(null);
      expect(emulator.stats().apiCalls - before).to.equal(2);
    });
  });

  async function hasCurrencies(lookup: Opened['lookup']): Promise<void> {
    const answer = await lookup(JANE);
    expect(answer?.company?.currency).to.equal('EUR');
    expect(answer?.deals?.map(({ currency }) => currency)).to.have.members([
      'EUR',
      'EUR',
      'EUR',
      'USD',
    ]);
  }
});

describe('the quota', () => {
  it('is what the latest answer said', async () => {
    await withSalesforce(
      { emulator: { used: 100, limit: 5000 } },
      async ({ lookup, connector }) => {
        expect(connector.quota?.()).to.be.undefined;
        await lookup(JANE);
        expect(connector.quota?.()).to.deep.equal({ used: 101, limit: 5000 });
        await lookup(JANE);
        expect(connector.quota?.()).to.deep.equal({ used: 102, limit: 5000 });
      },
    );
  });

  it('survives a new sign-in, and an answer without the header', async () => {
    await withSalesforce({}, async ({ lookup, connector, emulator }) => {
      await lookup(JANE);
      emulator.oauth.expireSessions();
      emulator.faults.add({ on: 'composite', kind: 'status-503', times: 1 });
      await kindOf(lookup(JANE));
      expect(connector.quota?.()).to.include({ used: 1 });
    });
  });
});

describe('rows of another form', () => {
  for (const [what, row] of [
    ['a name that is a number', { Name: 17 }],
    ['a date that is none', { LastActivityDate: 'yesterday' }],
    ['an id that is missing', { Id: null }],
  ] as const) {
    it(`are a bad response: ${what}`, async () => {
      const data = makePeople();
      data['Contact'] = [contact(1, 'Jane', 'Doe', JANE, 1, row)];
      await withSalesforce({ emulator: { data } }, async ({ lookup }) => {
        expect(await kindOf(lookup(JANE))).to.equal('bad_response');
      });
    });
  }
});
