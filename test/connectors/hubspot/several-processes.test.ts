/** Several processes with one token: each learns from the headers what the others use. */
import { expect } from 'chai';
import hubspot from '../../../connectors/hubspot/index.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';
import type { Connector } from '../../../src/connector/index.ts';
import { arrive } from '../../support/hubspot/arrivals.ts';
import { startHubSpotEmulator, TOKEN } from '../../support/hubspot/emulator.ts';
import { FakeTime } from '../../support/hubspot/fake-time.ts';
import { crowd } from '../../support/hubspot/people.ts';

describe('hubspot: several processes on the free tier', () => {
  for (const [processes, seconds, atLeast] of [
    [2, 60, 980],
    [3, 60, 980],
    [3, 20, 950],
    // For more than the limit has room for.
    [5, 60, 500],
  ] as const)
    it(`${processes} of them, a thousand people over ${seconds} s: at least ${atLeast} right, no 429`, async () => {
      const time = new FakeTime(1_800_000_000_000);
      const emulator = await startHubSpotEmulator({
        tier: 'free',
        now: time.now,
        gzip: false, // no thread, whose time is not the test's
      });
      const emails = crowd(emulator.data, 1_000);
      const connectors: Connector[] = [];
      try {
        for (let n = 0; n < processes; n += 1) {
          const settings = hubspot.settings.parse({ baseUrl: emulator.url, accessToken: TOKEN });
          const connector = await hubspot.open(settings, connectorContext(), time);
          connectors.push(connector);
          await connector.ready?.({ signal: AbortSignal.timeout(10_000) });
        }
        time.advance(11_000);
        const pace = { each: 1_000 / seconds, places: 4 };
        const { right } = await arrive(emails, pace, time, connectors);
        expect(emulator.stats.tooMany, 'answers of 429').to.equal(0);
        expect(right, 'answered').to.be.at.least(atLeast);
      } finally {
        for (const connector of connectors) await connector.close?.();
        await emulator.close();
      }
    });
});
