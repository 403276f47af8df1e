import hubspot from '../../../connectors/hubspot/index.ts';
import { describeConnector } from '../../../src/connector/testing/describe-connector.ts';
import { startSwappingProxy } from '../../support/swapping-proxy.ts';
import { startHubSpotEmulator, TOKEN } from '../../support/hubspot/emulator.ts';
import { people } from '../../support/hubspot/people.ts';

describeConnector('hubspot', async () => {
  const emulator = await startHubSpotEmulator();
  const proxy = await startSwappingProxy(emulator.url);
  return {
    module: hubspot,
    settings: { accessToken: TOKEN, baseUrl: proxy.url },
    known: {
      email: people.maria,
      name: 'Maria Keller',
      companyName: 'Lumen Optics GmbH',
      deals: ['Lens controllers 2027', 'Support renewal', 'Pilot order'],
      tickets: ['Calibration drifts after update', 'Invoice address'],
    },
    manyKnown: [people.maria, people.tom, people.ada, people.noor],
    unknown: people.unknown,
    storedInMixedCase: people.tom,
    companyDomain: { domain: 'lumen-optics.example', name: 'Lumen Optics GmbH' },
    makeUnavailable: () => emulator.faults.inject('html502'),
    hang: () => emulator.faults.inject('hang'),
    restore: () => emulator.faults.clear(),
    confuse: proxy.swap,
    close: async () => {
      proxy.close();
      await emulator.close();
    },
  };
});
