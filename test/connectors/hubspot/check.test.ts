import { expect } from 'chai';
import { allScopes } from '../../support/hubspot/emulator.ts';
import { failure, withAccount, withNewAccount } from '../../support/hubspot/opened.ts';

describe('hubspot: check', () => {
  const check = { signal: AbortSignal.timeout(60_000) };

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

  it('a refused token is an error, after one request', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('unauthorized');
      const error = await failure(connector.check?.(check) ?? Promise.resolve());
      expect(error.kind).to.equal('auth');
      expect(emulator.stats.requests).to.have.length(1);
    });
  });
});
