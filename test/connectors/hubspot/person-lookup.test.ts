import { expect } from 'chai';
import type { LookupOptions, PersonRecord } from '../../../src/connector/index.ts';
import { allScopes, type HubSpotEmulator } from '../../support/hubspot/emulator.ts';
import { turns } from '../../support/hubspot/fake-time.ts';
import { failure, withAccount, type OpenOptions } from '../../support/hubspot/opened.ts';
import { crowd, people } from '../../support/hubspot/people.ts';
import { AccountData } from '../../support/hubspot/account-data.ts';

describe('hubspot: one person', () => {
  it('costs a read of the contact and one of each kind of record it has, in two rounds', async () => {
    await withAccount(async ({ find, emulator }) => {
      emulator.faults.latency = 30;
      await find(people.maria);
      expect(emulator.stats.lookups[0]).to.equal('GET objects/contacts');
      expect(emulator.stats.lookups.slice(1).sort()).to.deep.equal([
        'POST objects/companies/batch/read',
        'POST objects/deals/batch/read',
        'POST objects/tickets/batch/read',
      ]);
      expect(emulator.stats.maxInFlight, 'requests side by side').to.equal(3);
    });
  });

  it('who has nothing costs one request', async () => {
    await withAccount(async ({ find, emulator }) => {
      await find(people.ada);
      expect(emulator.stats.lookups).to.deep.equal(['GET objects/contacts']);
    });
  });

  it('an unknown one costs two requests', async () => {
    await withAccount(async ({ connector, emulator }) => {
      const signal = AbortSignal.timeout(30_000);
      expect(await connector.lookup(people.unknown, { signal })).to.be.undefined;
      expect(emulator.stats.lookups).to.have.length(2);
    });
  });

  it('is found by a secondary address, for two requests more', async () => {
    await withAccount(async ({ find, emulator }) => {
      expect((await find(people.noorAtHome)).contact.email).to.equal(people.noor);
      expect(emulator.stats.lookups.length).to.be.at.most(6);
      expect((await find(people.noorAtHome)).deals?.map(({ name }) => name)).to.deep.equal([
        'Solar park',
      ]);
    });
  });

  it('costs no more where a read by address finds secondary ones', async () => {
    await withAccount(
      async ({ find, emulator }) => {
        expect((await find(people.noorAtHome)).contact.email).to.equal(people.noor);
        expect(emulator.stats.lookups.length).to.be.at.most(4);
      },
      { emulator: { findsSecondary: true } },
    );
  });

  it('shows the primary company, whatever other labels say', async () => {
    await withAccount(async ({ find, many }) => {
      expect((await find(people.maria)).company?.name).to.equal('Lumen Optics GmbH');
      const answers = await many([people.maria, people.ada]);
      expect(answers.get(people.maria)?.company?.name).to.equal('Lumen Optics GmbH');
    });
  });

  it('shows the oldest company where none is primary, even if a label of the tenant says so', async () => {
    const data = new AccountData();
    const person = data.add('contacts', { email: 'two@companies.example' });
    for (const id of ['1000', '900', '95']) data.add('companies', { name: `Company ${id}` }, id);
    data.associate(person, 'companies', '1000', 'Primary');
    data.associate(person, 'companies', '900');
    data.associate(person, 'companies', '95', 'Supplier');
    await withAccount(
      async ({ find, many }) => {
        expect((await find('two@companies.example')).company?.name).to.equal('Company 95');
        const answers = await many(['two@companies.example', people.unknown]);
        expect(answers.get('two@companies.example')?.company?.name).to.equal('Company 95');
      },
      { emulator: { data } },
    );
  });

  it('reads the newest hundred of a person with more deals, and reports that there are more', async () => {
    const data = new AccountData();
    const email = 'busy@dealer.example';
    const person = data.add('contacts', { email });
    for (let i = 1; i <= 130; i += 1)
      data.associate(person, 'deals', data.add('deals', { dealname: `Deal ${i}` }));
    await withAccount(
      async ({ find, emulator }) => {
        const { deals = [], moreDeals, moreTickets, ...person } = await find(email);
        expect(deals).to.have.length(100);
        expect(deals.map(({ name }) => name))
          .to.include('Deal 130')
          .and.not.include('Deal 30');
        expect({ moreDeals, moreTickets }).to.deep.equal({ moreDeals: true, moreTickets: false });
        expect(person).to.include({ moreOpenDeals: true, moreOpenTickets: false });
        expect(emulator.stats.lookups).to.have.length(2);
      },
      { emulator: { data } },
    );
  });

  it('reports that there are more when HubSpot pages the ids', async () => {
    await withAccount(
      async ({ find, many }) => {
        expect((await find(people.maria)).moreDeals, 'alone').to.equal(true);
        const answers = await many([people.maria, people.ada]);
        expect(answers.get(people.maria)?.moreDeals, 'among many').to.equal(true);
        expect(answers.get(people.ada)?.moreDeals, 'of another').to.equal(false);
      },
      { emulator: { associationPage: 2 } },
    );
  });

  it('leaves out a record that is gone, or hidden, since its id was read', async () => {
    await withAccount(async ({ find, emulator }) => {
      const [first] = emulator.data.records.deals.keys();
      emulator.data.records.deals.delete(first ?? '');
      expect((await find(people.maria)).deals).to.have.length(2);
    });
  });
});

describe('hubspot: many people', () => {
  it('a hundred cost seven requests in three rounds, and each gets what is theirs', async () => {
    await withAccount(async ({ many, find, emulator }) => {
      const emails = crowd(emulator.data, 100);
      emulator.faults.latency = 20;
      const answers = await many(emails);
      expect(emulator.stats.lookups).to.have.length(7);
      expect(emulator.stats.maxInFlight).to.equal(3);
      expect([...answers.keys()]).to.have.same.members(emails);
      for (const email of emails.slice(0, 12))
        expect(answers.get(email)).to.deep.equal(await find(email));
    });
  });

  it('a further hundred records cost one request more', async () => {
    await withAccount(
      async ({ many, emulator }) => {
        const emails = Array.from({ length: 50 }, (_, i) => {
          const email = `p${i}@three.example`;
          const person = emulator.data.add('contacts', { email });
          for (let n = 0; n < 3; n += 1)
            emulator.data.associate(
              person,
              'deals',
              emulator.data.add('deals', { dealname: `${n}` }),
            );
          return email;
        });
        const answers = await many(emails);
        for (const email of emails) expect(answers.get(email)?.deals).to.have.length(3);
        expect(
          emulator.stats.lookups.filter((route) => route.includes('objects/deals')),
        ).to.have.length(2);
      },
      { emulator: { data: new AccountData() } },
    );
  });

  it('places are distributed so that one person with very many records does not displace others', async () => {
    await withAccount(
      async ({ many, emulator }) => {
        const counts = [400, 6, 2, 0];
        const emails = counts.map((count, i) => {
          const email = `p${i}@unequal.example`;
          const person = emulator.data.add('contacts', { email });
          for (let n = 0; n < count; n += 1)
            emulator.data.associate(
              person,
              'tickets',
              emulator.data.add('tickets', { subject: `${n}` }),
            );
          return email;
        });
        const answers = await many(emails);
        const read = emails.map((email) => answers.get(email));
        expect(read.map((answer) => answer?.tickets?.length)).to.deep.equal([92, 6, 2, 0]);
        expect(read.map((answer) => answer?.moreTickets)).to.deep.equal([
          true,
          false,
          false,
          false,
        ]);
      },
      { emulator: { data: new AccountData() } },
    );
  });

  for (const missStatus of [207, 200] as const)
    it(`misses are computed by the difference, with status ${missStatus}`, async () => {
      await withAccount(
        async ({ many }) => {
          const answers = await many([people.unknown, people.maria, people.ada]);
          expect([...answers.keys()]).to.have.same.members([people.maria, people.ada]);
        },
        { emulator: { missStatus } },
      );
    });

  it('all unknown cost one request', async () => {
    await withAccount(async ({ many, emulator }) => {
      expect((await many([people.unknown, 'also@nowhere.example'])).size).to.equal(0);
      expect(emulator.stats.lookups).to.have.length(1);
    });
  });

  it('secondary addresses find their person, side by side with the main one', async () => {
    await withAccount(async ({ many, emulator }) => {
      const answers = await many([people.noorAtHome, people.noor, people.ada]);
      expect(answers.get(people.noorAtHome)?.contact.email).to.equal(people.noor);
      expect(answers.get(people.noor)).to.deep.equal(answers.get(people.noorAtHome));
      const deals = emulator.stats.requests.filter(({ route }) => route.includes('objects/deals'));
      expect(
        deals.map(({ body }) => (JSON.parse(body) as { inputs: [] }).inputs.length),
      ).to.deep.equal([1]);
    });
  });

  it('an address asked for twice is sent once: HubSpot refuses duplicates', async () => {
    await withAccount(async ({ many }) => {
      expect((await many([people.maria, people.maria])).size).to.equal(1);
    });
  });

  it('an address that HubSpot takes for malformed does not make the others fail', async () => {
    await withAccount(async ({ many, emulator }) => {
      const emails = crowd(emulator.data, 20);
      emulator.gateway.rejects = (input) => input === 'malformed@crowd.example';
      const answers = await many([...emails, 'malformed@crowd.example']);
      expect([...answers.keys()]).to.have.same.members(emails);
      expect(emulator.stats.lookups.length, 'requests').to.be.at.most(7 + 10);
    });
  });

  it('a batch refused for another reason than an address is an error', async () => {
    await withAccount(async ({ many, emulator }) => {
      emulator.faults.inject('invalid', { only: /objects\/contacts\/batch/ });
      const error = await failure(many([people.maria, people.tom, people.ada]));
      expect(error.kind).to.equal('misconfigured');
    });
  });

  it('a hundred unknown people cost one request', async () => {
    await withAccount(async ({ many, emulator }) => {
      await many(Array.from({ length: 100 }, (_, i) => `unknown-${i}@nowhere.example`));
      expect(emulator.stats.lookups).to.have.length(1);
    });
  });
});

describe('hubspot: an international domain', () => {
  const ascii = 'anna@xn--bcher-kva.example';
  const unicode = 'anna@bücher.example';
  const contact = (properties: Record<string, string>): OpenOptions => ({
    before: ({ data }) => {
      const id = data.add('contacts', { firstname: 'Anna', ...properties });
      data.associate(id, 'deals', data.add('deals', { dealname: 'Books' }));
    },
  });

  for (const [what, properties] of [
    ['in ASCII', { email: ascii }],
    ['in Unicode', { email: unicode }],
    ['in Unicode, in capitals', { email: 'Anna@BÜCHER.example' }],
    [
      'as a secondary address',
      { email: 'a@b.example', hs_additional_emails: `x@y.example;${unicode}` },
    ],
  ] as const)
    it(`finds the person whose address is stored ${what}, alone and among many`, async () => {
      await withAccount(async ({ find, many, emulator }) => {
        const alone = await find(ascii);
        expect(alone.contact.firstName).to.equal('Anna');
        expect(alone.deals?.map(({ name }) => name)).to.deep.equal(['Books']);
        expect(emulator.stats.lookups.length, 'requests').to.be.at.most(6);
        expect((await many([people.maria, ascii])).get(ascii)).to.deep.equal(alone);
      }, contact(properties));
    });

  it('shows the same of two spellings every time, and names the other', async () => {
    const add = (data: AccountData, email: string, firstname: string, active: string): string =>
      data.add('contacts', { email, firstname, notes_last_updated: active });
    for (const [first, second] of [
      [ascii, unicode],
      [unicode, ascii],
    ] as const)
      await withAccount(
        async ({ find, many }) => {
          for (const person of [await find(ascii), (await many([ascii])).get(ascii)]) {
            expect(person?.contact.firstName).to.equal('Recent');
            const others = person?.others?.map(({ name, email }) => [name, email]);
            expect(others).to.deep.equal([['Old', first]]);
            expect(person?.others?.[0]?.id).to.match(/^\d+$/);
          }
        },
        {
          before: ({ data }) => {
            add(data, first, 'Old', '2025-01-01T00:00:00Z');
            add(data, second, 'Recent', '2026-01-01T00:00:00Z');
          },
        },
      );
  });

  it('a hundred such people are two reads of contacts', async () => {
    await withAccount(async ({ many, emulator }) => {
      const emails = Array.from({ length: 100 }, (_, i) => `p${i}@xn--bcher-kva.example`);
      for (const email of emails)
        emulator.data.add('contacts', { email: email.replace('xn--bcher-kva', 'bücher') });
      expect((await many(emails)).size).to.equal(100);
      const reads = emulator.stats.lookups.filter((route) => route.includes('objects/contacts'));
      expect(reads).to.have.length(2);
    });
  });

  it('a spelling that HubSpot takes for malformed does not hide the other', async () => {
    await withAccount(
      async ({ find, emulator }) => {
        emulator.gateway.rejects = (input) => input === unicode;
        expect((await find(ascii)).contact.firstName).to.equal('Anna');
      },
      contact({ email: ascii }),
    );
  });
});

describe('hubspot: a record with another address than the one asked for', () => {
  const swap = ({ data }: HubSpotEmulator): void => {
    const wrong = data.contactByEmail(people.tom, false);
    data.contactByEmail = () => wrong;
  };

  it('is bad_response for a read by address, by batch, and for the read after it', async () => {
    await withAccount(async ({ find, many, emulator }) => {
      const byEmail = emulator.data.contactByEmail.bind(emulator.data);
      swap(emulator);
      expect((await failure(find(people.maria))).kind).to.equal('bad_response');
      expect((await failure(many([people.maria, people.ada]))).kind).to.equal('bad_response');
      // Tom's own address is fine.
      expect((await find(people.tom)).contact.firstName).to.equal('Tom');
      emulator.data.contactByEmail = byEmail;
      const { contacts } = emulator.data.records;
      const tom = byEmail(people.tom, false);
      const noor = byEmail(people.noor, false);
      contacts.get = (id) => (id === noor?.id ? tom : undefined);
      expect((await failure(find(people.noorAtHome))).kind).to.equal('bad_response');
    });
  });

  it('is not one with very many addresses: it is found by the last of them', async () => {
    const many = Array.from({ length: 200_000 }, (_, i) => `A${i}@Many.example`);
    await withAccount(
      async ({ find }) => {
        for (const email of ['a200@many.example', 'a199999@many.example'])
          expect((await find(email)).contact.firstName).to.equal('Many');
      },
      {
        before: ({ data }) =>
          data.add('contacts', { firstname: 'Many', hs_additional_emails: many.join(';') }),
      },
    );
  });

  it('the error has no address', async () => {
    await withAccount(async ({ find, emulator }) => {
      swap(emulator);
      expect((await failure(find(people.maria))).message).to.not.match(/@|example/);
    });
  });
});

describe('hubspot: without a scope', () => {
  const without = (...lacking: string[]): OpenOptions => ({
    emulator: {
      tokens: { key: allScopes.filter((scope) => !lacking.includes(scope)) },
    },
    settings: { accessToken: 'key' },
  });

  it('a section is missing, the rest is there, and that is reported once', async () => {
    await withAccount(async ({ find, context, emulator }) => {
      for (let i = 0; i < 3; i += 1) {
        const answer = await find(people.maria);
        expect(answer.missing).to.deep.equal(['tickets']);
        expect(answer.deals).to.have.length(3);
        expect(answer.company?.name).to.equal('Lumen Optics GmbH');
      }
      expect(context.notices.get('tickets')).to.match(/tickets: add the scope tickets/);
      expect(
        context.lines.filter(({ message }) => message.includes('add the scope')),
      ).to.have.length(1);
      const asked = emulator.stats.requests.filter(({ url }) => url.includes('tickets'));
      expect(asked, 'requests for tickets').to.have.length(1);
    }, without('tickets'));
  });

  it('the same among many', async () => {
    await withAccount(async ({ many, context, emulator }) => {
      for (let i = 0; i < 2; i += 1) {
        const answers = await many([people.maria, people.tom]);
        expect(answers.get(people.maria)?.missing).to.deep.equal(['deals']);
        expect(answers.get(people.tom)?.missing).to.deep.equal(['deals']);
        expect(answers.get(people.maria)?.tickets).to.have.length(2);
      }
      expect(context.notices.get('deals')).to.match(/crm\.objects\.deals\.read/);
      const refused = emulator.stats.requests.filter(({ status }) => status === 403);
      expect(refused).to.have.length(1);
    }, without('crm.objects.deals.read'));
  });

  it('several sections may be missing', async () => {
    await withAccount(
      async ({ find }) => {
        expect((await find(people.maria)).missing).to.deep.equal(['company', 'deals']);
      },
      without('crm.objects.deals.read', 'crm.objects.companies.read'),
    );
  });

  it('an hour later the section is tried again, and the notice goes when it works', async () => {
    await withAccount(async ({ find, context, emulator }) => {
      emulator.faults.inject('forbidden', { only: /objects\/deals/, times: 1 });
      expect((await find(people.maria)).missing).to.deep.equal(['deals']);
      context.clock.advance(59 * 60_000);
      expect((await find(people.maria)).missing).to.deep.equal(['deals']);
      expect(context.notices.has('deals')).to.equal(true);
      context.clock.advance(2 * 60_000);
      const answer = await find(people.maria);
      expect(answer.missing).to.deep.equal([]);
      expect(answer.deals).to.have.length(3);
      expect(context.notices.has('deals')).to.equal(false);
    });
  });

  it('without the one for contacts nothing works, and the error says which', async () => {
    await withAccount(async ({ connector, many }) => {
      const signal = AbortSignal.timeout(30_000);
      for (const call of [
        connector.lookup(people.maria, { signal }),
        many([people.maria, people.tom]),
      ]) {
        const error = await failure(call);
        expect(error.kind).to.equal('misconfigured');
        expect(error.message).to.include('crm.objects.contacts.read');
      }
    }, without('crm.objects.contacts.read'));
  });

  it('without the one for owners their ids are shown, and that is reported', async () => {
    await withAccount(async ({ find, context }) => {
      const answer = await find(people.maria);
      expect(answer.contact.owner).to.deep.equal({ name: '51200001', email: null });
      expect(answer.missing).to.deep.equal([]);
      expect(context.notices.get('owners')).to.include('crm.objects.owners.read');
    }, without('crm.objects.owners.read'));
  });
});

describe('hubspot: a section that fails', () => {
  it('is tried once more', async () => {
    await withAccount(async ({ find, emulator }) => {
      emulator.faults.inject('html502', { only: /objects\/deals/, times: 1 });
      const answer = await find(people.maria);
      expect(answer.missing).to.deep.equal([]);
      expect(answer.deals).to.have.length(3);
    });
  });

  it('is missing while it fails, and back afterwards', async () => {
    await withAccount(async ({ find, many, emulator, context }) => {
      emulator.faults.inject('html200', { only: /objects\/deals/ });
      const answer = await find(people.maria);
      expect(answer.missing).to.deep.equal(['deals']);
      expect(answer.tickets).to.have.length(2);
      expect((await many([people.maria, people.tom])).get(people.maria)?.missing).to.deep.equal([
        'deals',
      ]);
      expect(context.notices.has('deals')).to.equal(true);
      expect(context.lines.filter(({ level }) => level === 'warn')).to.have.length(1);
      emulator.faults.clear();
      expect((await find(people.maria)).missing).to.deep.equal([]);
      expect(context.notices.has('deals')).to.equal(false);
    });
  });

  it('by a time-out of its own is missing; the others are shown', async () => {
    await withAccount(async ({ find, many, emulator }) => {
      emulator.faults.inject('timedOut', { only: /objects\/deals/ });
      for (const answer of [
        await find(people.maria),
        (await many([people.maria, people.tom])).get(people.maria),
      ]) {
        expect(answer?.missing).to.deep.equal(['deals']);
        expect(answer?.tickets).to.have.length(2);
      }
    });
  });

  it('to come before the lookup is over fails it: what was read is reported, and nothing is said of the section', async () => {
    await withAccount(async ({ connector, emulator, context }) => {
      emulator.faults.inject('hang', { only: /objects\/deals/ });
      for (const emails of [[people.maria], [people.maria, people.tom]]) {
        const parts = new Map<string, () => PersonRecord | undefined>();
        const abort = new AbortController();
        const options: LookupOptions = {
          signal: abort.signal,
          onPartial: (email, read) => parts.set(email, read),
        };
        const call =
          emails.length === 1
            ? connector.lookup(people.maria, options)
            : connector.lookupMany?.(emails, options);
        const failed = failure(Promise.resolve(call));
        const maria = () => parts.get(people.maria)?.();
        while (maria()?.missing?.join() !== 'deals') await turns(1);
        abort.abort();
        expect((await failed).kind).to.equal('timeout');
        expect(maria()?.tickets).to.have.length(2);
        expect(context.notices.size).to.equal(0);
      }
    });
  });

  it('to come in time for many: who is complete, and who is unknown, is known all the same', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('hang', { only: /objects\/deals/ });
      emulator.faults.inject('hang', { only: /objects\/tickets/ });
      const parts = new Map<string, () => PersonRecord | undefined>();
      const abort = new AbortController();
      const call = connector.lookupMany?.([people.maria, people.ada, people.unknown], {
        signal: abort.signal,
        onPartial: (email, read) => parts.set(email, read),
      });
      const failed = failure(Promise.resolve(call));
      const maria = () => parts.get(people.maria)?.();
      while (maria()?.missing?.join() !== 'deals,tickets') await turns(1);
      abort.abort();
      await failed;
      expect([...parts.keys()]).to.have.members([people.maria, people.ada, people.unknown]);
      expect(parts.get(people.unknown)?.()).to.equal(undefined);
      expect(parts.get(people.ada)?.()).to.deep.include({ missing: [] });
    });
  });

  it('for a limit or a refused token fails the lookup: the connection is to rest', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('tenSecondly', { only: /objects\/deals/ });
      const error = await failure(
        connector.lookup(people.maria, { signal: AbortSignal.timeout(30_000) }),
      );
      expect(error.kind).to.equal('rate_limited');
    });
  });
});
