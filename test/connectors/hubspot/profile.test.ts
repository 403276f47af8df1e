import { expect } from 'chai';
import { withAccount } from '../../support/hubspot/opened.ts';
import { people } from '../../support/hubspot/people.ts';

describe('hubspot: the words of a profile', () => {
  it('of a contact', async () => {
    await withAccount(async ({ find }) => {
      expect((await find(people.maria)).contact).to.deep.equal({
        kind: 'contact',
        id: '106',
        name: 'Maria Keller',
        firstName: 'Maria',
        lastName: 'Keller',
        title: 'Head of Purchasing',
        email: 'maria.keller@lumen-optics.example',
        phone: '+49 3641 55 0101',
        mobilePhone: '+49 151 5550 0102',
        city: 'Jena',
        country: 'Germany',
        lifecycleStage: 'Customer',
        leadStatus: 'In progress',
        leadSource: 'Organic search',
        createdAt: '2024-03-05T08:30:00.123Z',
        lastActivityAt: '2026-11-20T14:05:00.250Z',
        url: 'https://app-eu1.hubspot.com/contacts/149063119/record/0-1/106',
        owner: { name: 'Petra Lindqvist', email: 'petra@acme-crm.example' },
        fields: {},
      });
    });
  });

  it('of a contact with nothing but the address', async () => {
    await withAccount(async ({ find, emulator }) => {
      emulator.data.add('contacts', { email: 'bare@home.example', firstname: ' ' });
      const { contact, company, deals, tickets } = await find('bare@home.example');
      expect(contact).to.include({ name: null, firstName: null, owner: null, leadStatus: null });
      expect({ company, deals, tickets }).to.deep.equal({ company: null, deals: [], tickets: [] });
    });
  });

  it('of a company, with a colleague who has left', async () => {
    await withAccount(async ({ find }) => {
      expect((await find(people.maria)).company).to.deep.equal({
        id: '102',
        name: 'Lumen Optics GmbH',
        domain: 'lumen-optics.example',
        type: 'Customer',
        industry: 'Computer Software',
        employees: 240,
        annualRevenue: 18_500_000,
        currency: 'EUR',
        city: 'Jena',
        country: 'Germany',
        url: 'https://app-eu1.hubspot.com/contacts/149063119/record/0-2/102',
        owner: { name: 'Ines Moreau', email: 'ines@acme-crm.example' },
        fields: {},
      });
    });
  });

  it('of deals: the record’s own currency, what HubSpot calculates, what the stage says', async () => {
    await withAccount(async ({ find }) => {
      const { deals = [] } = await find(people.maria);
      const [won, renewal, open] = deals;
      expect(open).to.deep.equal({
        id: '107',
        name: 'Lens controllers 2027',
        stage: 'Contract sent',
        pipeline: 'Sales pipeline',
        amount: 48_000.5,
        currency: 'USD',
        closeDate: '2026-12-15',
        open: true,
        won: false,
        probability: 29,
        url: 'https://app-eu1.hubspot.com/contacts/149063119/record/0-3/107',
        owner: { name: 'Petra Lindqvist', email: 'petra@acme-crm.example' },
        fields: {},
      });
      // Without hs_is_closed and without a currency: from the stage, and the account.
      expect(renewal).to.include({ stage: 'Notice period', pipeline: 'Renewals', currency: 'EUR' });
      expect(renewal).to.include({ open: true, won: false, probability: 70 });
      // 23:30 UTC is the next day in the account's time zone.
      expect(renewal).to.include({ closeDate: '2027-01-31' });
      expect(won).to.include({ open: false, won: true, probability: 100 });
    });
  });

  it('of tickets: open or not by the stage', async () => {
    await withAccount(async ({ find }) => {
      const { tickets = [] } = await find(people.maria);
      expect(tickets[1]).to.deep.equal({
        id: '110',
        number: '110',
        subject: 'Calibration drifts after update',
        status: 'Waiting on contact',
        priority: 'High',
        open: true,
        createdAt: '2026-11-19T07:00:00.000Z',
        url: 'https://app-eu1.hubspot.com/contacts/149063119/record/0-5/110',
        owner: { name: 'Jonas Weber', email: 'jonas@acme-crm.example' },
        fields: {},
      });
      expect(tickets[0]).to.include({ status: 'Closed', open: false });
    });
  });

  it('a ticket in a closed stage is closed, whichever of the stage’s two marks says so', async () => {
    await withAccount(
      async ({ find }) => {
        const { tickets = [] } = await find('stages@solo.example');
        const open = Object.fromEntries(tickets.map(({ status, open }) => [status, open]));
        expect(open).to.deep.equal({ New: true, Closed: false, Merged: false, Spam: false });
      },
      {
        before: ({ data }) => {
          const contact = data.add('contacts', { email: 'stages@solo.example' });
          for (const hs_pipeline_stage of [1, 4, 5, 6])
            data.associate(
              contact,
              'tickets',
              data.add('tickets', { hs_pipeline: 0, hs_pipeline_stage }),
            );
        },
      },
    );
  });

  it('the tenant’s fields have the type of their definition; ids stay texts', async () => {
    const contact = [
      ...['plan_tier', 'interests', 'seats', 'newsletter', 'trial_ends', 'last_login'],
      ...['billing_account_id', 'account_manager', 'hubspot_owner_id', 'email'],
    ];
    const fields = {
      contact,
      company: ['support_plan'],
      deal: ['seats_sold'],
      ticket: ['escalated'],
    };
    await withAccount(
      async ({ find }) => {
        const answer = await find(people.maria);
        expect(answer.contact.fields).to.deep.equal({
          plan_tier: 'Gold',
          interests: 'Cloud, AI',
          seats: 25,
          newsletter: true,
          trial_ends: '2026-12-01',
          last_login: '2026-11-23T22:10:00.000Z',
          billing_account_id: '00420017',
          account_manager: 'Jonas Weber',
          hubspot_owner_id: 'Petra Lindqvist',
          email: people.maria,
        });
        expect(answer.company?.fields).to.deep.equal({ support_plan: 'Premium' });
        expect(answer.deals?.map(({ fields }) => fields?.['seats_sold'])).to.deep.equal([
          null,
          null,
          12,
        ]);
        expect(answer.tickets?.[1]?.fields).to.deep.equal({ escalated: true });
      },
      { settings: { fields } },
    );
  });

  it('the options of a value are named as far as a line has room for them', async () => {
    await withAccount(
      async ({ find }) => {
        const { interests } = (await find('all@options.example')).contact.fields ?? {};
        expect(String(interests).split(', ')).to.have.length(500);
      },
      {
        settings: { fields: { contact: ['interests'] } },
        before: ({ data }) =>
          data.add('contacts', { email: 'all@options.example', interests: 'ai;'.repeat(100_000) }),
      },
    );
  });

  it('a field that does not exist is null, and that is reported once', async () => {
    await withAccount(
      async ({ find, context }) => {
        expect((await find(people.maria)).contact.fields).to.deep.equal({ plan_teir: null });
        await find(people.tom);
        expect(context.notices.get('fields.contacts')).to.include('plan_teir');
        expect(context.lines.filter(({ message }) => message.includes('plan_teir'))).to.have.length(
          1,
        );
      },
      { settings: { fields: { contact: ['plan_teir'] } } },
    );
  });

  it('without any labels the raw values are shown, and the links are those of the records', async () => {
    await withAccount(
      async ({ find }) => {
        const maria = await find(people.maria);
        const { contact, company, deals = [], tickets = [], missing } = maria;
        expect(contact).to.deep.include({
          lifecycleStage: 'customer',
          leadStatus: 'IN_PROGRESS',
          leadSource: 'ORGANIC_SEARCH',
          owner: { name: '51200001', email: null },
          url: 'https://app-eu1.hubspot.com/contacts/149063119/record/0-1/106',
          fields: { seats: '25', interests: 'cloud;ai' },
        });
        expect(company).to.include({ industry: 'COMPUTER_SOFTWARE', currency: 'XXX' });
        expect(deals[1]).to.include({
          stage: '98877601',
          pipeline: '48812345',
          open: null,
          won: null,
        });
        expect(deals[1]).to.include({ closeDate: '2027-01-30T23:30:00.000Z', currency: 'XXX' });
        expect(missing).to.deep.equal(['labels', 'currency', 'time zone']);
        expect(deals[2]).to.include({ open: true, won: false, probability: 29 });
        expect(tickets[0]).to.include({ status: '4', open: false });
        expect(tickets[1]).to.include({ status: '2', priority: 'HIGH', open: null });
      },
      {
        settings: { fields: { contact: ['seats', 'interests'] } },
        before: ({ faults }) =>
          faults.inject('error500', { only: /^GET (owners|pipelines|properties|account)/ }),
      },
    );
  });

  it('a link of another kind than HubSpot’s is left out', async () => {
    await withAccount(
      async ({ find, emulator }) => {
        emulator.data.account = { ...emulator.data.account, uiDomain: 'evil.example/?x=' };
        const { contact } = await find(people.ada);
        expect(contact.url).to.match(/^https:/);
      },
      { before: ({ faults }) => faults.inject('error500', { only: /^GET account/ }) },
    );
  });
});
