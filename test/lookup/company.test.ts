import { expect } from 'chai';
import { findCompany } from '../../src/lookup/company.ts';
import { cached, connected } from '../upstream/connected.ts';
import { expectNoUnhandledRejections } from '../upstream/rejections.ts';

const deadline = { left: () => 60_000, signal: new AbortController().signal };

describe('findCompany', () => {
  expectNoUnhandledRejections();

  it('asks nobody when there is nobody to ask', async () => {
    const { clock, connection } = connected();
    const { answers } = cached(clock);
    for (const connections of [[], [connection]]) {
      expect(await findCompany(connections, 'acme.example', answers, deadline)).to.deep.equal({
        asked: [],
        company: null,
        failed: false,
      });
    }
  });

  it('gives up at the signal, and lets the search go on for the cache', async () => {
    const { clock, connection, crm } = connected({ findsCompanies: true });
    const { answers } = cached(clock);
    const aborter = new AbortController();
    const waited = findCompany([connection], 'acme.example', answers, {
      left: () => 60_000,
      signal: aborter.signal,
    });
    const call = await crm.next();
    aborter.abort();
    const { company, failed, asked } = await waited;
    expect([company, failed, asked.length]).to.deep.equal([null, true, 1]);
    expect(call.signal.aborted).to.be.false;
    call.give({ name: 'ACME' });
    await new Promise(setImmediate);
    const again = await findCompany([connection], 'acme.example', answers, deadline);
    expect(again.company?.name).to.equal('ACME');
    expect(crm.calls).to.have.lengthOf(1);
  });
});
