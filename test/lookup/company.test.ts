import { expect } from 'chai';
import { findCompany } from '../../src/lookup/company.ts';
import { createTestCache, openTestConnection } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

const deadline = { left: () => 60_000, signal: new AbortController().signal };

describe('findCompany', () => {
  expectNoUnhandledRejections();

  it('asks no connection when none can search', async () => {
    const { clock, connection } = openTestConnection();
    const { cache } = createTestCache(clock);
    for (const connections of [[], [connection]]) {
      expect(await findCompany(connections, 'acme.example', cache, deadline)).to.deep.equal({
        reads: [],
        company: null,
        failed: false,
      });
    }
  });

  it('stops waiting at the signal, and lets the search go on for the cache', async () => {
    const { clock, connection, crm } = openTestConnection({ findsCompanies: true });
    const { cache } = createTestCache(clock);
    const aborter = new AbortController();
    const waited = findCompany([connection], 'acme.example', cache, {
      left: () => 60_000,
      signal: aborter.signal,
    });
    const call = await crm.next();
    aborter.abort();
    const { company, failed, reads } = await waited;
    expect([company, failed, reads.length]).to.deep.equal([null, true, 1]);
    expect(call.signal.aborted).to.be.false;
    call.give({ name: 'ACME' });
    await new Promise(setImmediate);
    const again = await findCompany([connection], 'acme.example', cache, deadline);
    expect(again.company?.name).to.equal('ACME');
    expect(crm.calls).to.have.lengthOf(1);
  });
});
