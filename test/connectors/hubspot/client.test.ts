import { expect } from 'chai';
import type { AccessTokens } from '../../../connectors/hubspot/access-token.ts';
import { createClient, type Call, type HubSpotClient } from '../../../connectors/hubspot/client.ts';
import { RateLimiter, realTime } from '../../../connectors/hubspot/rate-limiter.ts';
import { openHttpPool } from '../../../src/connector/index.ts';
import { connectorContext } from '../../../src/connector/testing/context.ts';
import {
  allScopes,
  startHubSpotEmulator,
  type HubSpotEmulator,
} from '../../support/hubspot/emulator.ts';
import { turns } from '../../support/hubspot/fake-time.ts';
import { failure, never } from '../../support/hubspot/opened.ts';

/** A client whose nth request carries the token `key-n`; `invalidated` lists those it reported as refused. */
async function withClient(
  work: (client: HubSpotClient, emulator: HubSpotEmulator, invalidated: string[]) => Promise<void>,
): Promise<void> {
  const tokens = { 'key-1': allScopes, 'key-2': allScopes, 'key-3': allScopes };
  const emulator = await startHubSpotEmulator({ tokens });
  const context = connectorContext({ name: 'marketing' });
  const pool = await openHttpPool(context);
  const invalidated: string[] = [];
  let count = 0;
  const accessTokens: AccessTokens = {
    get: () => Promise.resolve(`key-${(count += 1)}`),
    accept: () => undefined,
    invalidate: (token) => (invalidated.push(token), false),
  };
  try {
    const client = await createClient({
      baseUrl: emulator.url,
      apiVersion: '2026-09',
      tokens: accessTokens,
      pool,
      rateLimiter: new RateLimiter(realTime),
      clock: context.clock,
      midnight: () => undefined,
    });
    await work(client, emulator, invalidated);
  } finally {
    await pool.close();
    await emulator.close();
  }
}

const call = (operation: string, signal = never()): Call => ({
  operation,
  budget: 'general',
  signal,
  isBackground: true,
});

describe('hubspot: the client', () => {
  it('calls side by side each keep their own token, signal and response', async () => {
    await withClient(async (client, emulator) => {
      emulator.faults.latency = 20;
      emulator.faults.inject('hang', { only: /tickets/ });
      const abort = new AbortController();
      const deals = client(call('deals'), (api) => api.pipelines().getAll('deals'));
      const hanging = failure(
        client(call('tickets', abort.signal), (api) => api.pipelines().getAll('tickets')),
      );
      const account = client(call('account'), (api) => api.get('/account-info/2026-09/details'));
      while (emulator.stats.requests.length < 3) await turns(1);
      abort.abort();
      expect(await hanging).to.include({ kind: 'timeout' });
      expect(await deals)
        .to.have.nested.property('results[0].stages')
        .that.is.an('array');
      expect(await account).to.have.property('portalId');
      const tokens = emulator.stats.requests.map(({ url, headers }) => [
        url.split('/').at(-1),
        headers.authorization,
      ]);
      expect(tokens).to.have.deep.members([
        ['deals', 'Bearer key-1'],
        ['tickets', 'Bearer key-2'],
        ['details', 'Bearer key-3'],
      ]);
    });
  });

  it('of calls side by side, a 401 invalidates the token of the refused one alone', async () => {
    await withClient(async (client, emulator, invalidated) => {
      emulator.faults.latency = 20;
      emulator.faults.inject('expired', { only: /tickets/ });
      const [deals, tickets] = await Promise.allSettled([
        client(call('deals'), (api) => api.pipelines().getAll('deals')),
        client(call('tickets'), (api) => api.pipelines().getAll('tickets')),
      ]);
      expect([deals.status, tickets.status]).to.deep.equal(['fulfilled', 'rejected']);
      expect(invalidated).to.deep.equal(['key-2']);
    });
  });
});
