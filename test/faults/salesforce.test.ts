import { CLIENT, startSalesforceEmulator } from '../support/salesforce/emulator.ts';
import type { FaultKind } from '../support/salesforce/faults.ts';
import { contact, makePeople } from '../support/salesforce/people.ts';
import { address, PEOPLE, type Trouble } from './emulated-crm.ts';
import { describeFaults } from './fault-table.ts';

const FAULTS: Readonly<Record<Exclude<Trouble, 'request refused'>, FaultKind>> = {
  hang: 'hang',
  drip: 'stall',
  cut: 'truncate',
  down: 'status-503',
  'too many requests': 'status-429',
  'quota spent': 'request-limit',
  'unknown refusal': 'status-403',
  HTML: 'html200',
  'broken JSON': 'broken-json',
  '20 MB': 'huge',
  'wrong types': 'wrong-shape',
};
const REFUSED = { status: 400, errorCode: 'MALFORMED_QUERY' };

describeFaults('salesforce', async () => {
  const data = makePeople();
  for (let n = 0; n < PEOPLE; n += 1) {
    data['Contact']?.push(contact(5000 + n, 'Visitor', `No. ${n}`, address(n), 1));
  }
  const crm = await startSalesforceEmulator({ data });
  return {
    settings: (_row, variant) => {
      const secret = variant === 'wrong credentials' ? 'wrong' : CLIENT.clientSecret;
      const auth = `flow: clientCredentials, clientId: ${CLIENT.clientId}, clientSecret: ${secret}`;
      const fields = variant === 'unknown field' ? ', fields: { contact: [Nowhere__c] }' : '';
      return `loginUrl: "${crm.url}", auth: { ${auth} }${fields}`;
    },
    allowed: { lone: 1, crowd: 6, crowdReads: 6, refused: 1 },
    requests: () => crm.stats().apiCalls,
    reads: () => crm.stats().apiCalls,
    refused: () => crm.stats().tokenRequests - crm.stats().tokensIssued,
    aborted: () => crm.stats().aborted,
    tokens: { issued: () => crm.stats().tokensIssued, expire: () => crm.oauth.expireSessions() },
    trouble: (what) => {
      if (what === 'request refused') crm.failStatements('Contact', REFUSED);
      else crm.faults.add({ on: 'composite', kind: FAULTS[what] });
    },
    slow: (ms) => crm.faults.add({ on: 'composite', kind: 'connection-close', delay: ms }),
    repair: () => {
      crm.faults.clear();
      crm.failStatements('Contact', undefined);
    },
    close: () => crm.close(),
  };
});
