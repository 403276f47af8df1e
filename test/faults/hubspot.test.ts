import { startHubSpotEmulator, TOKEN } from '../support/hubspot/emulator.ts';
import type { Fault } from '../support/hubspot/faults.ts';
import { crowd, samplePeople } from '../support/hubspot/people.ts';
import { PEOPLE, type Trouble } from './emulated-crm.ts';
import { describeFaults } from './fault-table.ts';

const FAULTS: Readonly<Record<Trouble, Fault>> = {
  hang: 'hang',
  drip: 'drip',
  cut: 'cutBody',
  down: 'error500',
  'too many requests': 'tenSecondly',
  'quota spent': 'daily',
  'request refused': 'invalid',
  'unknown refusal': 'unprocessable',
  HTML: 'html200',
  'broken JSON': 'broken200',
  '20 MB': 'huge200',
  'wrong types': 'shape200',
};
const APP = { clientId: 'app', clientSecret: 'app-secret', refreshToken: 'app-refresh' };

describeFaults('hubspot', async () => {
  const data = samplePeople();
  crowd(data, PEOPLE);
  const crm = await startHubSpotEmulator({ data, oauth: { ...APP, expiresIn: 1800 } });
  // The rows share a token; each is to have the limits to itself.
  Object.assign(crm.gateway.limiter.limits, { burst: 100_000, associations: 100_000 });
  return {
    settings: (_row, variant) => {
      const { clientId, clientSecret, refreshToken } = APP;
      const token = variant === 'wrong credentials' ? 'wrong' : TOKEN;
      const credentials =
        variant === 'renewable token'
          ? `auth: { clientId: ${clientId}, clientSecret: ${clientSecret}, refreshToken: ${refreshToken} }`
          : `accessToken: ${token}`;
      const fields = variant === 'unknown field' ? ', fields: { contact: [nowhere] }' : '';
      return `baseUrl: "${crm.url}", ${credentials}${fields}`;
    },
    allowed: { lone: 4, crowd: 30, crowdReads: 3, refused: 3 },
    requests: () => crm.stats.lookups.length,
    reads: () => crm.stats.lookups.filter((route) => route.includes('objects/contacts')).length,
    refused: () => crm.stats.requests.filter(({ status }) => status === 401).length,
    aborted: () => crm.stats.requests.filter(({ aborted }) => aborted).length,
    tokens: {
      issued: () => crm.gateway.tokens.issued,
      expire: () => crm.gateway.tokens.expireAll(),
    },
    trouble: (what) => crm.faults.inject(FAULTS[what]),
    slow: (ms) => void (crm.faults.latency = ms),
    repair: () => crm.faults.clear(),
    close: () => crm.close(),
  };
});
