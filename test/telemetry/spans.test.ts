/** What the operator's trace shows of one lookup. */
import { expect } from 'chai';
import { ConnectorError } from '../../src/connector/errors.ts';
import { mergeTrace } from '../../src/lookup/merge.ts';
import type { CacheRead } from '../../src/cache/lookup-cache.ts';
import { createMemoryLimiter } from '../../src/limits/memory-limiter.ts';
import { runTraced } from '../../src/telemetry/trace.ts';
import { everybody, person } from '../support/scripted-connector.ts';
import {
  createTestCache,
  openTestConnection,
  MINUTE,
  type TestConnectionOptions,
} from '../support/test-connection.ts';
import { parsePerson } from '../../src/upstream/parse-person.ts';

const JANE = 'jane@acme.example';

function setUp(options: TestConnectionOptions = {}) {
  const one = openTestConnection({ findsCompanies: true, ...options });
  const { cache } = createTestCache(one.clock);
  const trace = async (ask: () => CacheRead<unknown>) => {
    const { steps } = await runTraced(
      () => performance.now(),
      async () => {
        const asked = ask();
        if (asked.state === 'miss') await asked.entry.catch(() => undefined);
      },
    );
    return steps.map((step) => {
      const { at, ms, ...rest } = step;
      expect([at, ms]).to.satisfy((times: unknown[]) => times.every(Number.isFinite));
      return rest;
    });
  };
  return {
    ...one,
    traced: (email = JANE, maxEvents = 100) => {
      const unknownLookups = createMemoryLimiter({ maxEvents, windowMs: MINUTE, clock: one.clock });
      return trace(() => cache.person(one.connection, email, { unknownLookups }));
    },
    tracedCompany: (domain: string) => trace(() => cache.company(one.connection, domain)),
  };
}

const SALES = { connection: 'sales', search: 'person' };

describe('the steps of a lookup', () => {
  it('are the cache, the queue and the call, the latter being parts of the first', async () => {
    const { traced } = setUp({ respond: everybody });
    expect(await traced()).to.deep.equal([
      { step: 'cache', depth: 0, ...SALES, event: 'miss', result: 'found' },
      { step: 'queue', depth: 1, ...SALES, people: 1 },
      { step: 'connector', depth: 1, ...SALES, people: 1 },
    ]);
  });

  it('show the age of a cached answer, also of a cached miss', async () => {
    const { traced, clock } = setUp({ respond: (call) => call.answer({ [JANE]: person('Jane') }) });
    await traced();
    await traced('nobody@acme.example');
    clock.advance(20_000);
    const hit = { step: 'cache', depth: 0, ...SALES, event: 'hit', ageSeconds: 20 };
    expect(await traced()).to.deep.equal([{ ...hit, result: 'found' }]);
    expect(await traced('nobody@acme.example')).to.deep.equal([{ ...hit, result: 'not_found' }]);
  });

  it('show whether a stale answer is refreshed in the background, and the refresh', async () => {
    const { traced, clock, crm } = setUp();
    const unknown = traced();
    (await crm.next()).answer({ [JANE]: person('Jane') });
    await unknown;
    clock.advance(6 * MINUTE);
    const stale = { step: 'cache', depth: 0, ...SALES, event: 'stale', result: 'found' };
    const [first, ...behind] = await traced();
    expect(first).to.deep.equal({ ...stale, ageSeconds: 360, refreshes: true });
    expect(behind[1]).to.deep.include({ step: 'connector', unfinished: true });
    (await crm.next()).fail(new ConnectorError('bad_response', 'HTML'));
    await new Promise(setImmediate);
    expect(await traced()).to.deep.equal([{ ...stale, ageSeconds: 360, refreshes: false }]);
  });

  it('show a retry and the failure, without secrets in the message of a connector', async () => {
    const { traced } = setUp({
      respond: (call) => call.fail(new ConnectorError('unavailable', `no ${JANE}, Bearer x1y2`)),
    });
    expect(await traced()).to.deep.equal([
      { step: 'cache', depth: 0, ...SALES, event: 'miss', error: 'unavailable' },
      { step: 'queue', depth: 1, ...SALES, people: 1 },
      {
        step: 'connector',
        depth: 1,
        ...SALES,
        people: 1,
        error: 'unavailable',
        reason: 'no …, Bearer …',
      },
      { step: 'retry', depth: 2, error: 'unavailable' },
    ]);
  });

  it('show which part of a record is of another type', async () => {
    const { traced } = setUp({
      respond: (call) => call.give({ contact: { title: { text: JANE } } }),
    });
    const steps = await traced();
    expect(steps.at(-1)).to.deep.equal({
      step: 'record',
      depth: 1,
      error: 'bad_response',
      reason:
        'the connector returned an invalid record: contact.title: expected text, got an object',
    });
  });

  it('show that the circuit is open and no request was sent', async () => {
    const { traced } = setUp({
      respond: (call) => call.fail(new ConnectorError('rate_limited', 'slow down')),
    });
    await traced();
    const steps = await traced('bob@acme.example');
    expect(steps.at(-1)).to.deep.equal({
      ...{ step: 'connector', depth: 1, ...SALES, people: 1 },
      ...{ error: 'rate_limited', skipped: 'circuit open' },
      reason: 'circuit open: sales is not called (rate_limited)',
    });
  });

  it('show that no request was sent after too many unknown addresses', async () => {
    const { traced } = setUp();
    expect(await traced(JANE, 0)).to.deep.equal([
      { step: 'cache', depth: 0, ...SALES, event: 'miss', error: 'rate_limited' },
    ]);
  });

  it('are the same for all lookups of a batch', async () => {
    const { traced, crm } = setUp({ maxBatch: 10 });
    // While a call is in flight, later lookups are batched.
    const alone = traced('a@acme.example');
    const running = await crm.next();
    const together = [traced('b@acme.example'), traced('c@acme.example')];
    (await crm.next()).answer();
    running.answer();
    await alone;
    for (const steps of await Promise.all(together)) {
      expect(steps.slice(1)).to.deep.equal([
        { step: 'queue', depth: 1, ...SALES, people: 2 },
        { step: 'connector', depth: 1, ...SALES, people: 2 },
      ]);
    }
  });

  it('show the call also when the batch has lookups that are not traced', async () => {
    const { traced, crm, connection } = setUp({ maxBatch: 10 });
    const alone = connection.lookup('a@acme.example');
    const running = await crm.next();
    const unwatched = connection.lookup('b@acme.example');
    const watched = traced('c@acme.example');
    (await crm.next()).answer();
    running.answer();
    await alone;
    expect((await watched).at(-1)).to.deep.equal({
      ...{ step: 'connector', depth: 1, ...SALES },
      people: 2,
    });
    await unwatched;
  });

  it('show that a lookup joined one in flight', async () => {
    const { traced, crm } = setUp();
    const first = traced();
    const second = traced();
    (await crm.next()).answer();
    await first;
    expect(await second).to.deep.equal([
      { step: 'cache', depth: 0, ...SALES, event: 'collapsed', result: 'not_found' },
    ]);
  });

  it('distinguish a search for a company from one for a person', async () => {
    const { tracedCompany } = setUp({ respond: (call) => call.answer({}) });
    const company = { connection: 'sales', search: 'company' };
    expect(await tracedCompany('acme.example')).to.deep.equal([
      { step: 'cache', depth: 0, ...company, event: 'miss', result: 'not_found' },
      { step: 'connector', depth: 1, ...company },
    ]);
  });
});

describe('contributions', () => {
  it('name the words that each connection provides, and count its deals and tickets', () => {
    const profiles = [
      { contact: { name: 'Jane', fields: { tier: 'A', plan: null } }, deals: [{ name: 'x' }] },
      {
        contact: { name: 'J.', phone: '1', fields: { tier: 'B', plan: 'P' } },
        company: { name: 'ACME' },
        tickets: [{ subject: 'a' }, { subject: 'b' }],
      },
    ].map((answer) => parsePerson(answer).profile);
    expect(mergeTrace(profiles)).to.deep.equal([
      { provides: 'contact.kind contact.name contact.fields.tier', deals: 1, tickets: 0 },
      { provides: 'contact.phone contact.fields.plan company.name', deals: 0, tickets: 2 },
    ]);
  });
});
