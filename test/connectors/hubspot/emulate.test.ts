import { expect } from 'chai';
import { parse } from 'yaml';
import hubspot from '../../../connectors/hubspot/index.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';
import { startAccount } from '../../support/hubspot/emulate.ts';

describe('hubspot: trying it by hand', () => {
  it('the printed connection works, faults can be injected and cleared, and requests are counted', async () => {
    const { text, close } = await startAccount(0);
    try {
      const { connections } = parse(text) as {
        connections: { marketing: Record<string, unknown> };
      };
      const { connector: name, ...given } = connections.marketing;
      expect(name).to.equal('hubspot');
      const checked = await hubspot.settings['~standard'].validate(given);
      if (checked.issues) throw new Error('the printed settings are refused');
      const connector = await hubspot.open(checked.value, connectorContext());
      const known = async (email: string) =>
        (await connector.lookup(email, { signal: AbortSignal.timeout(30_000) }))?.contact.name;
      const url = checked.value.baseUrl;
      expect(await known('visitor-999@crowd.example')).to.equal('Visitor No. 999');
      await fetch(`${url}/__faults`, { method: 'POST', body: '{"fault":"html502"}' });
      const kind = await known('ada@solo.example').catch(
        (e: unknown) => (e as { kind: string }).kind,
      );
      expect(kind).to.equal('unavailable');
      await fetch(`${url}/__faults`, { method: 'DELETE' });
      expect(await known('ada@solo.example')).to.equal('Ada');
      const stats = (await (await fetch(`${url}/__stats`)).json()) as { requests: object };
      expect(stats.requests).to.include({ 'GET objects/contacts': 3 });
      await connector.close?.();
    } finally {
      await close();
    }
  });
});
