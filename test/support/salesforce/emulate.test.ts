import { expect } from 'chai';
import { parse } from 'yaml';
import connector from '../../../connectors/salesforce/index.ts';
import { startOrg } from './emulate.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';

describe('emulate salesforce', () => {
  it('prints a connection that works', async () => {
    const org = await startOrg(0);
    try {
      const { connections } = parse(org.text) as {
        connections: { sales: Record<string, unknown> };
      };
      const { connector: name, ...settings } = connections.sales;
      expect(name).to.equal('salesforce');
      const opened = await connector.open(connector.settings.parse(settings), connectorContext());
      const answer = await opened.lookup('jane.doe@acme.example', {
        signal: AbortSignal.timeout(30_000),
      });
      await opened.close?.();
      expect(answer?.contact).to.deep.include({
        name: 'Jane Doe',
        fields: { Loyalty_Tier__c: 'Platinum' },
      });
    } finally {
      await org.close();
    }
  });
});
