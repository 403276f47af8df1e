import { expect } from 'chai';
import { runTraced } from '../../src/telemetry/trace.ts';
import { companyOddities, personOddities } from '../../src/upstream/record-oddities.ts';
import { openTestConnection } from '../support/test-connection.ts';

describe('what is odd about a record', () => {
  it('is a name that is no word, with what was meant', () => {
    const record = {
      contact: { nmae: 'x', fullName: 'x', owner: { mail: 'x' }, fields: { anything: 1 } },
      compnay: {},
      ticket: [],
      deals: [{ stagee: 'x' }, { stagee: 'y' }],
      others: [{ nmae: 'x' }],
    };
    expect(personOddities(record)).to.deep.equal({
      unknownNames: [
        'compnay (did you mean "company"?)',
        'ticket (did you mean "tickets"?)',
        'contact.nmae (did you mean "name"?)',
        'contact.fullName (did you mean "name"?)',
        'contact.owner.mail (did you mean "email"?)',
        'deals.stagee (did you mean "stage"?)',
        'others.nmae (did you mean "name"?)',
      ].join(', '),
    });
  });

  it('is a text where a date belongs', () => {
    const record = {
      contact: { createdAt: 'last monday', lastActivityAt: '2026-11-24T14:05:00Z' },
      deals: [{ closeDate: '31.12.2026' }, { closeDate: '' }, { closeDate: new Date() }],
    };
    expect(personOddities(record)).to.deep.equal({
      unreadableDates: 'contact.createdAt, deals.closeDate',
    });
  });

  it('shows no name that may be an address, a key or a text', () => {
    const keys = ['jane@acme.example', '10.1.2.3', 'sk_live_4f9aB72kQ81xTz0pLm3c', 'A B\nC'];
    for (const key of keys) {
      expect(personOddities({ contact: { [key]: 1 } }), key).to.deep.equal({
        unknownNames: 'contact.…',
      });
    }
  });

  it('is cut', () => {
    const names = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`field${index}`, 1]),
    );
    const { unknownNames = '' } = personOddities({ contact: names }) ?? {};
    expect(unknownNames.split(', ')).to.have.length(11).and.include('…');
  });

  it('is nothing for what the contract has, and for what is no record', () => {
    const words = { contact: { name: 'x', owner: null, fields: {} }, missing: [], moreDeals: true };
    const error = Object.assign(new Error('x'), { kind: 'x' });
    for (const record of [
      words,
      error,
      undefined,
      null,
      'x',
      1,
      [],
      { contact: 'x', deals: 'x' },
    ]) {
      expect(personOddities(record)).to.equal(undefined);
    }
    expect(companyOddities({ name: 'x', provisional: true })).to.equal(undefined);
  });

  it('is a step of the trace', async () => {
    const { connection, crm } = openTestConnection();
    crm.respond = (call) => call.give({ contact: { nmae: 'Jane' } });
    const { steps } = await runTraced(
      () => 0,
      () => connection.lookup('jane@acme.example'),
    );
    expect(steps.find(({ step }) => step === 'record')).to.deep.include({
      connection: 'sales',
      unknownNames: 'contact.nmae (did you mean "name"?)',
    });
    expect(JSON.stringify(steps)).not.to.contain('Jane');
  });
});
