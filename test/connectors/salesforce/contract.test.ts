import connector from '../../../connectors/salesforce/index.ts';
import { describeConnector } from '../../../src/connector/testing/describe-connector.ts';
import { startSwappingProxy } from '../../support/swapping-proxy.ts';
import { CLIENT, startSalesforceEmulator } from '../../support/salesforce/emulator.ts';

describeConnector('salesforce', async () => {
  const emulator = await startSalesforceEmulator();
  const proxy = await startSwappingProxy(emulator.url);
  return {
    module: connector,
    settings: {
      loginUrl: proxy.url,
      auth: {
        flow: 'clientCredentials',
        clientId: CLIENT.clientId,
        clientSecret: CLIENT.clientSecret,
      },
    },
    known: {
      email: 'jane.doe@acme.example',
      name: 'Jane Doe',
      companyName: 'ACME GmbH',
      deals: [
        'ACME renewal 2027',
        'ACME second plant',
        'ACME pilot',
        'Globex and ACME joint venture',
      ],
      tickets: [
        'Export stops after 10,000 rows',
        'Second plant: how many seats?',
        'Invoice sent to the old address',
        'Single sign-on fails',
      ],
    },
    manyKnown: [
      'jane.doe@acme.example',
      'hank.scorpio@globex.example',
      'aisha.khan@initech.example',
      "sean.o'brien@freelance.example",
      'info@globex.example',
    ],
    unknown: 'nobody@acme.example',
    storedInMixedCase: 'hank.scorpio@globex.example',
    companyDomain: { domain: 'hooli.example', name: 'Hooli' },
    unknownDomain: 'nowhere.example',
    makeUnavailable: () => emulator.faults.add({ on: '*', kind: 'status-503' }),
    hang: () => emulator.faults.add({ on: '*', kind: 'hang' }),
    restore: () => emulator.faults.clear(),
    confuse: proxy.swap,
    close: async () => {
      proxy.close();
      await emulator.close();
    },
  };
});
