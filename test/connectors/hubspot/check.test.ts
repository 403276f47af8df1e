import { expect } from 'chai';
import { allScopes } from '../../support/hubspot/emulator.ts';
import { people } from '../../support/hubspot/people.ts';
import { failure, never, withAccount, withNewAccount } from '../../support/hubspot/opened.ts';

describe('hubspot: check', () => {
  const check = { signal: never() };

  it('a key with all scopes passes, and every part is named', async () => {
    await withAccount(async ({ connector }) => {
      const findings = (await connector.check?.(check)) ?? [];
      expect(new Set(findings.map(({ level }) => level))).to.deep.equal(new Set(['ok']));
      const text = findings.map(({ message }) => message).join('\n');
      for (const part of ['contacts', 'companies', 'deals', 'tickets', 'owners', 'account'])
        expect(text).to.include(part);
    });
  });

  it('a missing scope is named, with what it costs: a section, or everything', async () => {
    const lacking = ['tickets', 'crm.objects.owners.read', 'crm.objects.contacts.read'];
    const tokens = { key: allScopes.filter((scope) => !lacking.includes(scope)) };
    await withNewAccount(
      async ({ connector }) => {
        const findings = (await connector.check?.(check)) ?? [];
        const bad = findings.filter(({ level }) => level !== 'ok');
        expect(bad.map(({ level }) => level).sort()).to.deep.equal(['error', 'warning', 'warning']);
        const text = bad.map(({ message }) => message).join('\n');
        for (const scope of lacking) expect(text).to.include(scope);
      },
      { emulator: { tokens }, settings: { accessToken: 'key' } },
    );
  });

  it('makes the requests that lookups make', async () => {
    await withAccount(async ({ connector, emulator, find, many }) => {
      await find(people.maria);
      await many([people.maria, people.tom]);
      await connector.findCompany?.('lumen-optics.example', check);
      const ofLookups = new Set(emulator.stats.lookups);
      emulator.stats.reset();
      await connector.check?.(check);
      const tried = new Set(emulator.stats.requests.map(({ route }) => route));
      expect([...tried]).to.include.members([...ofLookups]);
      const [contact] = emulator.stats.requests;
      expect(contact?.url).to.include('idProperty=email');
    });
  });

  it('a missing scope of a section with fields is a warning among the others, and no sentence contradicts itself', async () => {
    for (const lacking of ['crm.objects.companies.read', 'crm.objects.deals.read', 'tickets'])
      await withNewAccount(
        async ({ connector, emulator }) => {
          emulator.faults.inject('forbidden', {
            only: /^GET properties.(companies|deals|tickets)/,
          });
          const findings = (await connector.check?.(check)) ?? [];
          expect(findings.filter(({ level }) => level === 'error')).to.deep.equal([]);
          expect(findings.filter(({ level }) => level === 'ok')).to.have.length.of.at.least(6);
          const warnings = findings.filter(({ level }) => level === 'warning');
          expect(warnings.map(({ message }) => message).join('\n')).to.include(lacking);
          for (const { message } of warnings)
            expect(message).to.not.match(/can be read|exist:|have names|are known|can be searched/);
        },
        {
          emulator: { tokens: { key: allScopes.filter((scope) => scope !== lacking) } },
          settings: {
            accessToken: 'key',
            fields: { company: ['support_plan'], deal: ['seats_sold'], ticket: ['escalated'] },
          },
        },
      );
  });

  it('a failing part does not take the others with it, whatever its failure', async () => {
    for (const fault of ['daily', 'unauthorized', 'html502', 'broken200'] as const)
      await withAccount(async ({ connector, emulator }) => {
        emulator.faults.inject(fault, { only: /search/ });
        const findings = (await connector.check?.(check)) ?? [];
        expect(findings.length).to.be.at.least(12);
        const search = findings.find(({ message }) =>
          message.startsWith('companies cannot be searched'),
        );
        expect(search?.level).to.be.oneOf(['warning', 'error']);
      });
  });

  it('a field that does not exist is named', async () => {
    await withAccount(
      async ({ connector }) => {
        const findings = (await connector.check?.(check)) ?? [];
        const warnings = findings.filter(({ level }) => level === 'warning');
        expect(warnings).to.have.length(1);
        expect(warnings[0]?.message).to.include('no_such_field').and.not.include('seats_sold');
      },
      { settings: { fields: { deal: ['seats_sold', 'no_such_field'], contact: ['seats'] } } },
    );
  });

  it('a host that is not reached is one error, not one for each part', async () => {
    await withAccount(async ({ connector, emulator }) => {
      await emulator.close();
      const error = await failure(connector.check?.(check) ?? Promise.resolve());
      expect(error.kind).to.equal('unavailable');
      expect(error.message).to.include('refused');
    });
  });

  it('says what to do about a redirect', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('redirect');
      const [contacts] = (await connector.check?.(check)) ?? [];
      expect(contacts?.message).to.match(/a redirect \(30\d\); check baseUrl/);
    });
  });

  it('a refused token is an error, after one request', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('unauthorized');
      const error = await failure(connector.check?.(check) ?? Promise.resolve());
      expect(error.kind).to.equal('auth');
      expect(emulator.stats.requests).to.have.length(1);
    });
  });
});
