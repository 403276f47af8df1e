/** A process that closes a connection in the midst of everything, and must then end by itself. */
import { createTestCache, openTestConnection } from '../support/test-connection.ts';

const TEN_MINUTES = 600_000;

const { connection, crm, clock } = openTestConnection({
  maxBatch: 3,
  findsCompanies: true,
  ignoresSignal: true,
  timeoutMs: TEN_MINUTES,
  limits: { concurrency: 2 },
});
const { cache } = createTestCache(clock);
const people = Array.from({ length: 20 }, (_, n) => `p${n}@acme.example`);
const asked = people.map((email) => cache.person(connection, email));
const companies = ['acme.example', 'other.example'].map((d) => cache.company(connection, d));
const settled = Promise.allSettled(
  [...asked, ...companies].map(({ entry }) => Promise.resolve(entry)),
);
await crm.next();
await crm.next();
await connection.close(5);
const ends = await settled;
process.stdout.write(`${ends.filter(({ status }) => status === 'rejected').length} given up`);
