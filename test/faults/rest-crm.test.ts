import { address, PEOPLE, type Trouble } from './emulated-crm.ts';
import { REST_TOKEN, startRestCrm, type RestFault } from './rest-crm-server.ts';
import { describeFaults } from './fault-table.ts';

const FAULTS: Readonly<Record<Trouble, RestFault>> = {
  hang: 'hang',
  drip: 'drip',
  cut: 'cut',
  down: 'error',
  'too many requests': 'too many',
  'quota spent': 'spent',
  'request refused': 'not found',
  'unknown refusal': 'unprocessable',
  HTML: 'html',
  'broken JSON': 'broken',
  '20 MB': 'huge',
  'wrong types': 'shape',
};

describeFaults('rest-crm', async () => {
  const people = Array.from(
    { length: PEOPLE },
    (_, n) => [address(n), `Visitor No. ${n}`] as const,
  );
  const crm = await startRestCrm(new Map(people));
  return {
    settings: (_row, variant) =>
      `baseUrl: "${crm.url}", token: ${variant === 'wrong credentials' ? 'wrong' : REST_TOKEN}`,
    allowed: { lone: 1, crowd: 4, crowdReads: 4, refused: 1 },
    requests: () => crm.requests,
    reads: () => crm.requests,
    refused: () => crm.refused,
    aborted: () => crm.aborted,
    trouble: (what) => void (crm.fault = FAULTS[what]),
    slow: (ms) => void (crm.latency = ms),
    repair: () => void Object.assign(crm, { fault: undefined, latency: 0 }),
    close: () => crm.close(),
  };
});
