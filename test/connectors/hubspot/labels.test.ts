import { expect } from 'chai';
import { recordsIn } from '../../../src/connector/testing/use.ts';
import { FakeTime, turns } from '../../support/hubspot/fake-time.ts';
import { never, withNewAccount, type Opened } from '../../support/hubspot/opened.ts';
import { people } from '../../support/hubspot/people.ts';

const HOUR = 60 * 60_000;

describe('hubspot: labels', () => {
  it('are loaded behind the opening: one request per list, account details first', async () => {
    await withNewAccount(async ({ emulator, context }) => {
      await loaded(context, 9);
      const asked = emulator.stats.requests.map(({ route }) => route);
      expect(asked[0]).to.equal('GET account/details');
      expect(asked.slice(1).sort()).to.deep.equal([
        'GET owners',
        'GET owners',
        'GET pipelines/deals',
        'GET pipelines/tickets',
        'GET properties/companies',
        'GET properties/contacts',
        'GET properties/deals',
        'GET properties/tickets',
      ]);
    });
  });

  it('a lookup right after the opening has them, if they come soon', async () => {
    await withNewAccount(async ({ find, emulator }) => {
      emulator.faults.latency = 20;
      expect((await find(people.maria)).contact.lifecycleStage).to.equal('Customer');
    });
  });

  it('a lookup does not wait for labels that hang', async () => {
    const time = new FakeTime();
    await withNewAccount(
      async ({ connector }) => {
        const lookup = connector.lookup(people.maria, { signal: never() });
        while (time.sleeping === 0) await turns(1);
        time.advance(500);
        const shown = await lookup;
        expect(shown?.contact.lifecycleStage).to.equal('customer');
        expect(shown).to.deep.include({ provisional: true, missing: [] });
        // Half a second after the opening, no lookup waits.
        const next = await connector.lookup(people.tom, { signal: never() });
        expect(next?.contact.lifecycleStage).to.equal('lead');
        expect(next?.provisional).to.equal(true);
        const company = await connector.findCompany?.('lumen-optics.example', { signal: never() });
        expect(company).to.include({ industry: 'COMPUTER_SOFTWARE', provisional: true });
        const many = await connector.lookupMany?.([people.maria], { signal: never() });
        expect(recordsIn(many).get(people.maria)?.provisional).to.equal(true);
        expect(time.sleeping).to.equal(0);
      },
      { time, before: ({ faults }) => faults.inject('hang', { only: /^GET (properties|owners)/ }) },
    );
  });

  it('until the account is known, an amount has no currency but its own, and what is shown otherwise is missing', async () => {
    const time = new FakeTime();
    await withNewAccount(
      async ({ connector }) => {
        const lookup = connector.lookup(people.maria, { signal: never() });
        while (time.sleeping === 0) await turns(1);
        time.advance(500);
        const person = await lookup;
        expect(person).to.deep.include({ provisional: true, missing: ['currency', 'time zone'] });
        expect(person?.company?.currency).to.equal('XXX');
        expect(person?.deals?.[2]).to.include({ currency: 'USD', closeDate: '2026-12-15' });
        expect(person?.deals?.[1]?.currency).to.equal('XXX');
        expect(person?.deals?.[1]?.closeDate).to.equal('2027-01-30T23:30:00.000Z');
        const ada = await connector.lookup(people.ada, { signal: never() });
        expect(ada?.missing, 'without amounts and days').to.deep.equal([]);
      },
      { time, before: ({ faults }) => faults.inject('hang', { only: /^GET account/ }) },
    );
  });

  it('an account that HubSpot refuses leaves currency and zone to the tenant, which is reported', async () => {
    await withNewAccount(
      async ({ find, settle, context }) => {
        await settle();
        const { company, deals = [], missing } = await find(people.maria);
        expect(missing).to.deep.equal([]);
        expect(company?.currency).to.equal(null);
        expect(deals[1]).to.include({ currency: null, closeDate: '2027-01-30T23:30:00.000Z' });
        expect(context.notices.get('account details')).to.contain("the tenant's currency");
      },
      { before: ({ faults }) => faults.inject('denied', { only: /^GET account/ }) },
    );
  });

  it('with all labels a lookup is not provisional, nor without those it may not read', async () => {
    await withNewAccount(
      async ({ find, many, connector, settle }) => {
        await settle();
        const company = await connector.findCompany?.('lumen-optics.example', { signal: never() });
        for (const answer of [
          company,
          await find(people.maria),
          (await many([people.tom])).get(people.tom),
        ])
          expect(answer).to.not.have.property('provisional');
        expect((await find(people.maria)).missing).to.deep.equal([]);
      },
      { before: ({ faults }) => faults.inject('forbidden', { only: /^GET owners/ }) },
    );
  });

  it('that could not be loaded are missing, so that the answer is kept for a short time only', async () => {
    await withNewAccount(
      async ({ find, emulator, context, settle }) => {
        await settle();
        const person = await find(people.maria);
        expect(person.missing).to.deep.equal(['labels']);
        expect(person).to.not.have.property('provisional');
        emulator.faults.clear();
        context.clock.advance(60_000);
        await find(people.maria);
        await loaded(context, 9 + 1);
        expect((await find(people.maria)).missing).to.deep.equal([]);
      },
      { before: ({ faults }) => faults.inject('error500', { only: /^GET properties.contacts/ }) },
    );
  });

  it('a list that HubSpot does not have for this account makes no answer partial', async () => {
    await withNewAccount(
      async ({ find, settle }) => {
        await settle();
        const person = await find(people.maria);
        expect(person.missing).to.deep.equal([]);
        expect(person).to.not.have.property('provisional');
        expect(person.contact.lifecycleStage).to.equal('Customer');
      },
      { before: ({ faults }) => faults.inject('html404', { only: /^GET account/ }) },
    );
  });

  it('an answer with an id that a reload may explain is provisional, and the reload begins at once', async () => {
    await withNewAccount(async ({ find, emulator, context, settle }) => {
      await settle();
      const data = { hubspot_owner_id: '51200009', lifecyclestage: '77' };
      emulator.data.add('contacts', { email: 'new@owner.example', ...data });
      expect(await find('new@owner.example'), 'loaded just now').to.not.have.property(
        'provisional',
      );
      context.clock.advance(5 * 60_000);
      expect((await find('new@owner.example')).provisional).to.equal(true);
      await loaded(context, 9 + 2);
      expect(await find('new@owner.example'), 'still unknown').to.not.have.property('provisional');
    });
  });

  it('are waited for by who asks for that, as long as there is time', async () => {
    await withNewAccount(
      async ({ connector, find, emulator }) => {
        await connector.ready?.({ signal: AbortSignal.timeout(50) });
        emulator.faults.clear();
        expect((await find(people.ada)).contact.lifecycleStage).to.equal('3016596683');
      },
      { before: ({ faults }) => faults.inject('hang', { only: /^GET properties/ }) },
    );
    await withNewAccount(
      async ({ connector, find, emulator }) => {
        emulator.faults.latency = 350;
        await connector.ready?.({ signal: never() });
        expect((await find(people.ada)).contact.lifecycleStage).to.equal('Former customer');
      },
      { before: ({ faults }) => (faults.latency = 350) },
    );
  });

  it('are kept for six hours, then loaded again', async () => {
    await withNewAccount(async ({ find, emulator, context, settle }) => {
      await settle();
      context.clock.advance(5 * HOUR);
      await find(people.maria);
      expect(labelRequests(emulator)).to.have.length(0);
      emulator.data.properties.contacts = emulator.data.properties.contacts.map((property) => ({
        ...property,
        options: property.options.map((option) => ({ ...option, label: 'Renamed' })),
      }));
      context.clock.advance(2 * HOUR);
      await find(people.maria);
      await loaded(context, 9 + 9);
      expect((await find(people.maria)).contact.lifecycleStage).to.equal('Renamed');
    });
  });

  it('old ones are good until new ones have come', async () => {
    await withNewAccount(async ({ find, emulator, context, settle }) => {
      await settle();
      emulator.faults.inject('hang', { only: /^GET account/ });
      context.clock.advance(7 * HOUR);
      expect((await find(people.maria)).contact.lifecycleStage).to.equal('Customer');
      expect((await find(people.maria)).contact.lifecycleStage).to.equal('Customer');
      while (labelRequests(emulator).length === 0) await turns(1);
      await turns();
      expect(labelRequests(emulator), 'one load at a time').to.have.length(1);
    });
  });

  it('outlive a failed refresh, which is repeated a minute later', async () => {
    await withNewAccount(async ({ find, emulator, context, settle }) => {
      await settle();
      emulator.faults.inject('error500', { only: /^GET (account|owners|pipelines|properties)/ });
      context.clock.advance(7 * HOUR);
      await find(people.maria);
      await loaded(context, 9 + 9);
      expect((await find(people.maria)).contact.lifecycleStage).to.equal('Customer');
      emulator.faults.clear();
      emulator.stats.reset();
      await find(people.maria);
      expect(labelRequests(emulator), 'within the minute').to.have.length(0);
      context.clock.advance(60_000);
      await find(people.maria);
      await loaded(context, 9 + 9 + 9);
    });
  });

  it('a HubSpot that is down is asked for one list a minute, not for nine', async () => {
    await withNewAccount(
      async ({ emulator, context }) => {
        await loaded(context, 1);
        await turns();
        expect(emulator.stats.requests).to.have.length(1);
      },
      { before: ({ faults }) => faults.inject('cut') },
    );
  });

  it('one list that cannot be had does not keep the others from being loaded', async () => {
    await withNewAccount(
      async ({ find, context }) => {
        await loaded(context, 1);
        expect((await find(people.maria)).contact.lifecycleStage).to.equal('customer');
        context.clock.advance(60_000);
        await find(people.maria);
        await loaded(context, 1 + 9);
        expect((await find(people.maria)).contact.lifecycleStage).to.equal('Customer');
      },
      { before: ({ faults }) => faults.inject('cut', { only: /^GET account/ }) },
    );
  });

  it('an owner who is not known yet is looked for, but not all the time', async () => {
    await withNewAccount(async ({ find, emulator, context, settle }) => {
      await settle();
      emulator.data.add('contacts', { email: 'new@owner.example', hubspot_owner_id: '51200009' });
      expect((await find('new@owner.example')).contact.owner).to.deep.equal({
        name: '51200009',
        email: null,
      });
      await find('new@owner.example');
      expect(labelRequests(emulator), 'within five minutes').to.have.length(0);
      emulator.data.owners = emulator.data.owners.map((owner) => ({ ...owner, id: '51200009' }));
      context.clock.advance(5 * 60_000);
      await find('new@owner.example');
      await find('new@owner.example');
      await loaded(context, 9 + 1);
      expect((await find('new@owner.example')).contact.owner?.name).to.equal('Jonas Weber');
    });
  });

  for (const [fault, missing] of [
    ['error500', ['labels']],
    ['forbidden', []],
  ] as const)
    it(`an answer with an unknown id is not provisional while another try is waited for: ${fault}`, async () => {
      await withNewAccount(async ({ find, emulator, context, settle }) => {
        await settle();
        emulator.data.add('contacts', { email: 'new@owner.example', hubspot_owner_id: '51200009' });
        emulator.faults.inject(fault, { only: /^GET owners/ });
        context.clock.advance(5 * 60_000);
        expect((await find('new@owner.example')).provisional).to.equal(true);
        await loaded(context, 9 + 1);
        for (let second = 0; second < 3; second += 1) {
          const person = await find('new@owner.example');
          expect(person).to.not.have.property('provisional');
          expect(person.missing).to.deep.equal(missing);
          context.clock.advance(1_000);
        }
        expect(labelRequests(emulator)).to.have.length(1);
        emulator.faults.clear();
        emulator.data.owners = emulator.data.owners.map((owner) => ({ ...owner, id: '51200009' }));
        context.clock.advance(60 * 60_000);
        await find('new@owner.example');
        await loaded(context, 9 + 2);
        const person = await find('new@owner.example');
        expect(person.contact.owner?.name).to.equal('Jonas Weber');
        expect(person.missing).to.deep.equal([]);
      });
    });

  it('all pages of owners are read', async () => {
    await withNewAccount(
      async ({ find, settle }) => {
        await settle();
        expect((await find('page@two.example')).contact.owner?.name).to.equal('Owner 700');
      },
      {
        before: ({ data }) => {
          const [model] = data.owners;
          if (model === undefined) return;
          data.owners = Array.from({ length: 701 }, (_, i) => ({
            ...model,
            id: `${i}`,
            firstName: 'Owner',
            lastName: `${i}`,
          }));
          data.add('contacts', { email: 'page@two.example', hubspot_owner_id: '700' });
        },
      },
    );
  });

  for (const [refusal, reason] of [
    ['forbidden', 'lacks a scope'],
    ['denied', 'access is refused (403'],
  ] as const)
    it(`what HubSpot refuses is left out for an hour, and reported once: ${reason}`, async () => {
      await withNewAccount(
        async ({ find, emulator, context, settle }) => {
          await settle();
          for (let i = 0; i < 2; i += 1) {
            context.clock.advance(29 * 60_000);
            expect((await find(people.maria)).missing).to.deep.equal([]);
          }
          expect(labelRequests(emulator)).to.have.length(0);
          expect(context.notices.get('owners')).to.contain(reason);
          const warnings = context.lines.filter(({ level }) => level === 'warn');
          expect(warnings, 'owners and archived owners').to.have.length(2);
          emulator.faults.clear();
          context.clock.advance(3 * 60_000);
          expect((await find(people.maria)).missing, 'while it is tried again').to.deep.equal([]);
          await loaded(context, 9 + 2);
          expect((await find(people.maria)).contact.owner?.name).to.equal('Petra Lindqvist');
          expect(context.notices.size).to.equal(0);
        },
        { before: ({ faults }) => faults.inject(refusal, { only: /^GET owners/ }) },
      );
    });
});

function labelRequests({ stats }: Opened['emulator']): readonly string[] {
  const all = stats.requests.map(({ route }) => route);
  return all.filter((route) => !stats.lookups.includes(route));
}

/** Waits until so many label requests have ended since the opening. */
async function loaded({ observed }: Opened['context'], count: number): Promise<void> {
  const labels = /^(account|owners|pipelines|properties)/;
  while (observed.filter(({ operation }) => labels.test(operation)).length < count) await turns(1);
  await turns(5);
}
