import rest from '../../../connectors/rest/index.ts';
import { describeConnector } from '../../../src/connector/testing/describe-connector.ts';
import { startSwappingProxy } from '../../support/swapping-proxy.ts';
import type { Prepared } from '../../../src/connector/testing/index.ts';
import { restSettings, startRestEmulator } from '../../support/rest/emulator.ts';

async function prepare(without: readonly string[]): Promise<Prepared> {
  const api = await startRestEmulator();
  const proxy = await startSwappingProxy(api.url);
  const settings = Object.entries(restSettings(proxy.url)).filter(
    ([key]) => !without.includes(key),
  );
  return {
    module: rest,
    settings: Object.fromEntries(settings),
    known: {
      email: 'jane.doe@acme.example',
      name: 'Jane Doe',
      companyName: 'ACME GmbH',
      deals: ['Renewal'],
      tickets: ['Export stops'],
    },
    manyKnown: ['jane.doe@acme.example', 'joe@acme.example', "o'brien@books.example"],
    unknown: 'unknown@acme.example',
    storedInMixedCase: 'jane.doe@acme.example',
    companyDomain: { domain: 'acme.example', name: 'ACME GmbH' },
    unknownDomain: 'nowhere.example',
    makeUnavailable: () => {
      api.faults.unshift((_request, response) => {
        response
          .writeHead(503, { 'content-type': 'text/html' })
          .end('<h1>Down for jane.doe@acme.example</h1>');
        return true;
      });
    },
    hang: () => void api.faults.unshift(() => true),
    restore: () => void api.faults.splice(0),
    confuse: proxy.swap,
    confused: 'unknown',
    close: async () => {
      proxy.close();
      await api.close();
    },
  };
}

describeConnector('rest', () => prepare([]));
describeConnector('rest, one person at a time', () => prepare(['people']));
