/** The connector behind the bridge's own batching: what a rush costs the org. */
import { expect } from 'chai';
import connector from '../../../connectors/salesforce/index.ts';
import { Connection } from '../../../src/upstream/connection.ts';
import { account, contact, makePeople, opportunity } from '../../support/salesforce/people.ts';
import { withSalesforce, type Opened } from '../../support/salesforce/open.ts';

describe('a hundred lookups at once', () => {
  it('for a hundred people cost six API calls at most, and each answer is the right one', async () => {
    const data = makePeople();
    const emails = Array.from({ length: 100 }, (_, i) => `rush${i}@acme.example`);
    for (const [i, email] of emails.entries()) {
      data['Contact']?.push(contact(500 + i, 'Rush', String(i), email, 1));
    }
    await withSalesforce({ emulator: { data } }, async (opened) => {
      const connection = behindTheBridge(opened);
      const known = await Promise.all(emails.map((email) => connection.lookup(email)));
      expect(known.map((one) => one?.profile.contact.name)).to.deep.equal(
        emails.map((_, i) => `Rush ${i}`),
      );
      expect(opened.emulator.stats().apiCalls).to.be.at.most(6);
      expect(opened.emulator.stats().tokenRequests).to.equal(1);
    });
  });

  it('for people at large accounts cost one call more for each batch', async () => {
    const data = makePeople();
    const emails = Array.from({ length: 100 }, (_, i) => `rush${i}@acme.example`);
    for (const [i, email] of emails.entries()) {
      data['Account']?.push(account(500 + i, `Large ${i}`, {}));
      data['Contact']?.push(contact(500 + i, 'Rush', String(i), email, 500 + i));
      for (let n = 0; n < 51; n += 1) {
        const day = `2024-01-${String((n % 28) + 1).padStart(2, '0')}`;
        data['Opportunity']?.push(
          opportunity(10_000 + 100 * i + n, `Deal ${n}`, 500 + i, 'Closed Won', n, day, 100),
        );
      }
    }
    await withSalesforce({ emulator: { data } }, async (opened) => {
      const connection = behindTheBridge(opened);
      const known = await Promise.all(emails.map((email) => connection.lookup(email)));
      expect(known.map((one) => one?.profile.company?.name)).to.deep.equal(
        emails.map((_, i) => `Large ${i}`),
      );
      const dates = known[7]?.profile.deals.map(({ closeDate }) => closeDate);
      expect(dates?.[0], 'the latest of the closed ones').to.equal('2024-01-28');
      expect(opened.emulator.stats().apiCalls).to.be.at.most(10);
    });
  });

  it('with a token that has expired cost one sign-in', async () => {
    await withSalesforce({}, async (opened) => {
      const connection = behindTheBridge(opened);
      await connection.lookup('jane.doe@acme.example');
      opened.emulator.oauth.expireSessions();
      const emails = Array.from({ length: 100 }, (_, i) => `nobody${i}@acme.example`);
      await Promise.all(emails.map((email) => connection.lookup(email)));
      expect(opened.emulator.stats().tokenRequests).to.equal(2);
    });
  });
});

describe('a quota that is nearly spent', () => {
  it('is not called', async () => {
    await withSalesforce({ emulator: { used: 898, limit: 1000 } }, async (opened) => {
      const connection = behindTheBridge(opened);
      await connection.lookup('jane.doe@acme.example');
      await connection.lookup('jane.doe@acme.example');
      const error: unknown = await connection
        .lookup('jane.doe@acme.example')
        .catch((e: unknown) => e);
      expect(error).to.include({ kind: 'quota' });
      expect(opened.emulator.stats().apiCalls).to.equal(2);
    });
  });
});

function behindTheBridge({ connector: opened, context }: Opened): Connection {
  const { limits } = context;
  return new Connection(
    {
      name: 'sales',
      connector: 'salesforce',
      module: connector,
      settings: {},
      limits,
      baseDir: '/',
      fingerprint: '',
    },
    opened,
    {
      notices: context.notices,
      timeoutMs: 5000,
      clock: context.clock,
      events: {
        lookup: () => undefined,
        batch: () => undefined,
        circuit: () => undefined,
        failure: () => undefined,
      },
    },
  );
}
