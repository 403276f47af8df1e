import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { LookupOptions, Quota } from '../../src/connector/index.ts';
import { ConnectorError, NotAttemptedError, WrongPersonError } from '../../src/connector/errors.ts';
import type { PersonResult } from '../../src/upstream/connection.ts';
import { CircuitOpenError } from '../../src/upstream/errors.ts';
import { everybody, person, unavailable } from '../support/scripted-connector.ts';
import { openTestConnection, failureOf, failuresOf, MINUTE } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

const JANE = 'jane@acme.example';
const people = (count: number) => Array.from({ length: count }, (_, n) => `p${n}@acme.example`);

describe('Connection', () => {
  expectNoUnhandledRejections();

  describe('a lookup', () => {
    it('gives the profile, cleaned, arranged and cut to the limits', async () => {
      const { connection, crm } = openTestConnection({ limits: { deals: 1 } });
      const waited = connection.lookup(JANE);
      (await crm.next()).give({
        contact: { name: 'Jane\nDoe' },
        deals: [
          { id: 'b', open: false },
          { id: 'a', open: true },
        ],
        missing: ['tickets'],
      });
      const known = await waited;
      expect(known?.profile.contact.name).to.equal('Jane Doe');
      expect(known?.profile.deals.map(({ id }) => id)).to.deep.equal(['a']);
      expect(known?.profile.moreDeals).to.be.true;
      expect(known?.missing).to.deep.equal(['tickets']);
    });

    it('reports what is known before the time is over, time after time, and is a failure that opens no circuit', async () => {
      const { connection, crm, failures, states } = openTestConnection({ timeoutMs: 50 });
      Object.assign(crm.connector, {
        async lookup(email: string, { signal, onPartial }: LookupOptions) {
          onPartial?.(email, () => ({ contact: { name: 'Jane' } }));
          await pause(60_000, undefined, { signal });
        },
      });
      for (let n = 0; n < 7; n += 1) {
        let read: (() => PersonResult | undefined) | undefined;
        const late = connection.lookup(`p${n}@acme.example`, (part) => (read = part));
        expect((await failureOf(late)).kind).to.equal('timeout');
        expect(read?.()?.profile.contact.name).to.equal('Jane');
        // A part counts as one, though the connector has named nothing that is missing.
        expect(read?.()?.missing).to.deep.equal(['details']);
      }
      await pause(10);
      expect(failures).to.deep.equal(Array<string>(7).fill('timeout'));
      expect(connection.status()).to.include({ lastSuccessAt: undefined });
      expect(states).to.deep.equal([]);
    });

    it('is closed again by a probe that knows the person, though a part is late', async () => {
      const { connection, crm, clock, states } = openTestConnection({ timeoutMs: 50 });
      crm.respond = (call) => call.fail(new ConnectorError('rate_limited', 'too many'));
      await failureOf(connection.lookup(JANE));
      clock.advance(MINUTE);
      Object.assign(crm.connector, {
        async lookup(email: string, { signal, onPartial }: LookupOptions) {
          onPartial?.(email, () => ({ contact: { name: 'Jane' } }));
          await pause(60_000, undefined, { signal });
        },
      });
      expect((await failureOf(connection.lookup(JANE))).kind).to.equal('timeout');
      await pause(10);
      expect(states).to.deep.equal(['open', 'half_open', 'closed']);
    });

    it('opens the circuit for a CRM that hangs after it has said that some are unknown', async () => {
      const { connection, crm, states } = openTestConnection({
        timeoutMs: 50,
        limits: { concurrency: 5 },
      });
      Object.assign(crm.connector, {
        async lookup(email: string, { signal, onPartial }: LookupOptions) {
          onPartial?.(email, () => undefined);
          await pause(60_000, undefined, { signal });
        },
      });
      await failuresOf(people(5).map((email) => connection.lookup(email)));
      await pause(10);
      expect(states).to.deep.equal(['open']);
    });

    it('is no failure of the CRM when its connector says at the end that it has not asked', async () => {
      const { connection, crm, states } = openTestConnection({ timeoutMs: 50 });
      Object.assign(crm.connector, {
        async lookup(_email: string, { signal }: LookupOptions) {
          await pause(60_000, undefined, { signal }).catch(() => undefined);
          throw new NotAttemptedError('rate_limited', 'still queued');
        },
      });
      await failuresOf(people(6).map((email) => connection.lookup(email)));
      await pause(10);
      expect(states).to.deep.equal([]);
    });

    it('has no part of a connector that promises one', async () => {
      const { connection, crm } = openTestConnection({ timeoutMs: 50 });
      let read: () => unknown = () => undefined;
      Object.assign(crm.connector, {
        async lookup(email: string, { signal, onPartial }: LookupOptions) {
          onPartial?.(email, () => Promise.reject(new Error('x')) as never);
          await pause(60_000, undefined, { signal });
        },
      });
      await failureOf(connection.lookup(JANE, (part) => (read = part)));
      expect(read).to.throw('must not be a promise');
    });

    it('returns undefined for people the CRM does not know, alone or among others', async () => {
      const { connection, results } = openTestConnection({
        maxBatch: 10,
        respond: (call) => call.answer({ 'p2@acme.example': person('Jane') }),
      });
      const known = await Promise.all(people(4).map((email) => connection.lookup(email)));
      expect(known.map((one) => one?.profile.contact.name)).to.deep.equal([
        undefined,
        undefined,
        'Jane',
        undefined,
      ]);
      expect(results.toSorted()).to.deep.equal(['found', 'not_found', 'not_found', 'not_found']);
    });

    it('takes null for unknown too, as many programs do', async () => {
      const { connection, crm } = openTestConnection({ maxBatch: 10 });
      const waited = people(3).map((email) => connection.lookup(email));
      (await crm.next()).give(null);
      (await crm.next()).answer({ 'p1@acme.example': null });
      expect(await Promise.all(waited)).to.deep.equal([undefined, undefined, undefined]);
    });

    it('never takes an invalid record for an unknown person', async () => {
      for (const nonsense of [false, 0, '', 'Jane', [], {}, { contact: [] }]) {
        const { connection, crm, results } = openTestConnection();
        const waited = connection.lookup(JANE);
        (await crm.next()).give(nonsense);
        expect((await failureOf(waited)).kind).to.equal('bad_response');
        expect(results).to.deep.equal(['bad_response']);
      }
    });

    it('never takes a lookupMany that gives no Map for unknown people', async () => {
      for (const nonsense of [undefined, null, {}, [], 'x']) {
        const { connection, crm, failures } = openTestConnection({ maxBatch: 10 });
        const waited = people(3).map((email) => connection.lookup(email));
        (await crm.next()).answer();
        (await crm.next()).give(nonsense);
        for (const { kind } of await failuresOf(waited.slice(1))) {
          expect(kind).to.equal('bad_response');
        }
        await waited[0];
        expect(failures).to.deep.equal(['bad_response']);
      }
    });

    it('fails alone when the answer about one of many does not fit', async () => {
      const { connection, crm, failures } = openTestConnection({ maxBatch: 10 });
      const waited = people(3).map((email) => connection.lookup(email));
      (await crm.next()).answer();
      (await crm.next()).answer({
        'p1@acme.example': { contact: { name: {} } },
        'p2@acme.example': person('Jane'),
      });
      expect((await failuresOf(waited.slice(1, 2)))[0]?.kind).to.equal('bad_response');
      await waited[0];
      expect((await waited[2])?.profile.contact.name).to.equal('Jane');
      expect(failures).to.deep.equal(['bad_response']);
    });

    it('fails for a wrong person alone, among many and by itself, without a word to the circuit breaker', async () => {
      const wrong = new WrongPersonError('a record without the address');
      const { connection, failures, states } = openTestConnection({
        maxBatch: 10,
        respond: (call) => {
          if (call.operation === 'lookupMany')
            call.answer({ 'p1@acme.example': wrong, 'p2@acme.example': person('Jane') });
          else if (call.asked[0] === 'p1@acme.example') call.fail(wrong);
          else call.answer();
        },
      });
      const [, one, two, three] = await Promise.allSettled(
        people(4).map((email) => connection.lookup(email)),
      );
      expect(one).to.deep.include({ status: 'rejected', reason: wrong });
      expect(two).to.have.nested.property('value.profile.contact.name', 'Jane');
      expect(three).to.deep.equal({ status: 'fulfilled', value: undefined });
      for (let count = 0; count < 10; count += 1)
        expect(await failureOf(connection.lookup('p1@acme.example'))).to.equal(wrong);
      expect(failures).to.deep.equal(Array(11).fill('bad_response'));
      expect(states).to.deep.equal([]);
      expect(await connection.lookup('p3@acme.example')).to.equal(undefined);
    });

    it('fails for those without a record alone when one comes under an address nobody asked for', async () => {
      const { connection, crm, states } = openTestConnection({ maxBatch: 10 });
      const waited = people(3).map((email) => connection.lookup(email));
      (await crm.next()).answer();
      (await crm.next()).give(
        new Map([
          ['P1@acme.example', person('Joe')],
          ['p2@acme.example', person('Jane')],
        ]),
      );
      expect((await failuresOf(waited.slice(1, 2)))[0]?.kind).to.equal('bad_response');
      await waited[0];
      expect((await waited[2])?.profile.contact.name).to.equal('Jane');
      expect(states).to.deep.equal([]);
    });

    it('is lookup when alone and lookupMany with others', async () => {
      const { connection, crm, batches } = openTestConnection({ maxBatch: 10, respond: everybody });
      await Promise.all(people(5).map((email) => connection.lookup(email)));
      expect(crm.calls.map(({ operation, asked }) => [operation, asked.length])).to.deep.equal([
        ['lookup', 1],
        ['lookupMany', 4],
      ]);
      expect(batches).to.deep.equal([1, 4]);
    });

    it('works with a connector without lookupMany, within the limit of calls at once', async () => {
      const { connection, crm } = openTestConnection({ limits: { concurrency: 3 } });
      crm.respond = (call) => void setTimeout(() => everybody(call), 2);
      const known = await Promise.all(people(20).map((email) => connection.lookup(email)));
      expect(known.map((one) => one?.profile.contact.name)).to.deep.equal(people(20));
      expect(crm.mostRunning).to.equal(3);
    });

    it('asks for 100 at a time when the connector does not say how many it takes', async () => {
      const { connection, crm } = openTestConnection({ maxBatch: 'not said', respond: everybody });
      await Promise.all(people(150).map((email) => connection.lookup(email)));
      const sizes = crm.calls.map(({ asked }) => asked.length);
      expect(sizes).to.deep.equal([1, 100, 49]);
    });
  });

  describe('a CRM that hangs', () => {
    it('is given up after the time limit, and the call really aborted', async () => {
      const { connection, crm, failures, results } = openTestConnection({ timeoutMs: 20 });
      const waited = connection.lookup(JANE);
      const call = await crm.next();
      expect((await failureOf(waited)).kind).to.equal('timeout');
      expect(call.signal.aborted).to.be.true;
      await new Promise(setImmediate);
      expect([failures, results]).to.deep.equal([['timeout'], ['timeout']]);
    });

    it('is given up although the connector ignores the signal; the next lookup starts clean', async () => {
      const { connection, crm } = openTestConnection({
        timeoutMs: 20,
        ignoresSignal: true,
        limits: { concurrency: 1 },
      });
      expect((await failureOf(connection.lookup(JANE))).kind).to.equal('timeout');
      connection.timeoutMs = 60_000;
      crm.respond = everybody;
      expect((await connection.lookup(JANE))?.profile.contact.name).to.equal(JANE);
    });

    it('is not called after a while', async () => {
      const { connection, states, crm } = openTestConnection({ timeoutMs: 5 });
      for (let count = 0; count < 6; count += 1) {
        await failureOf(connection.lookup(JANE));
        // The call ends in the turn after its last member gave up.
        await new Promise(setImmediate);
      }
      expect(states).to.deep.equal(['open']);
      expect(crm.calls).to.have.lengthOf(5);
    });
  });

  describe('a CRM that is down', () => {
    it('fails at once while the circuit rests, without a call, a failure or a batch', async () => {
      const { connection, crm, failures, batches, clock } = openTestConnection();
      crm.respond = (call) => call.fail(new ConnectorError('rate_limited', 'slow down'));
      await failureOf(connection.lookup(JANE));
      expect(await failureOf(connection.lookup(JANE))).to.be.instanceOf(CircuitOpenError);
      expect([crm.calls.length, failures, batches]).to.deep.equal([1, ['rate_limited'], [1]]);
      expect(connection.status()).to.deep.include({
        circuit: 'open',
        openUntil: clock.now() + 10_000,
        lastError: { kind: 'rate_limited', at: clock.now() },
        lastSuccessAt: undefined,
        lookups: 2,
      });
    });

    it('is asked twice by a lone lookup that fails at once', async () => {
      const { connection, crm } = openTestConnection({
        respond: (call) => call.fail(unavailable()),
      });
      expect((await failureOf(connection.lookup(JANE))).kind).to.equal('unavailable');
      expect(crm.calls).to.have.lengthOf(2);
    });

    it('fails all lookups of the call', async () => {
      const { connection, results } = openTestConnection({
        maxBatch: 10,
        respond: (call) => call.fail(new ConnectorError('auth', 'refused')),
      });
      const waited = people(5).map((email) => connection.lookup(email));
      for (const { kind } of await failuresOf(waited)) expect(kind).to.equal('auth');
      expect(results).to.deep.equal(new Array(5).fill('auth'));
    });
  });

  describe('a search for a company', () => {
    it('gives the company, cleaned', async () => {
      const { connection, crm } = openTestConnection({ findsCompanies: true });
      const waited = connection.findCompany('acme.example');
      const call = await crm.next();
      expect([call.operation, call.asked]).to.deep.equal(['findCompany', ['acme.example']]);
      call.give({ name: 'AC\nME' });
      expect((await waited)?.company.name).to.equal('AC ME');
    });

    it('gives undefined when the CRM knows none', async () => {
      for (const none of [undefined, null]) {
        const { connection, crm } = openTestConnection({ findsCompanies: true });
        const waited = connection.findCompany('acme.example');
        (await crm.next()).give(none);
        expect(await waited).to.equal(undefined);
      }
    });

    it('never takes an invalid record for no company', async () => {
      for (const nonsense of [false, '', 'ACME', []]) {
        const { connection, crm } = openTestConnection({ findsCompanies: true });
        const waited = connection.findCompany('acme.example');
        (await crm.next()).give(nonsense);
        expect((await failureOf(waited)).kind).to.equal('bad_response');
      }
    });

    it('is aborted after the time limit', async () => {
      const { connection, crm } = openTestConnection({ findsCompanies: true, timeoutMs: 20 });
      const waited = connection.findCompany('acme.example');
      const { signal } = await crm.next();
      expect((await failureOf(waited)).kind).to.equal('timeout');
      expect(signal.aborted).to.be.true;
    });

    it('waits for its turn when all calls are taken, and people go first', async () => {
      const { connection, crm } = openTestConnection({
        findsCompanies: true,
        maxBatch: 10,
        limits: { concurrency: 1 },
      });
      const first = connection.lookup(JANE);
      const search = connection.findCompany('acme.example');
      const second = connection.lookup('bob@acme.example');
      const operations: string[] = [];
      for (let count = 0; count < 3; count += 1) {
        const call = await crm.next();
        operations.push(call.operation);
        call.give(call.operation === 'findCompany' ? { name: 'ACME' } : undefined);
      }
      expect(operations).to.deep.equal(['lookup', 'lookup', 'findCompany']);
      expect((await search)?.company.name).to.equal('ACME');
      await Promise.all([first, second]);
      expect(crm.mostRunning).to.equal(1);
    });

    it('has its turn also when the people before it have given up', async () => {
      const { connection, crm } = openTestConnection({
        findsCompanies: true,
        maxBatch: 10,
        limits: { concurrency: 1 },
      });
      const first = connection.lookup(JANE);
      connection.timeoutMs = 1;
      const second = connection.lookup('bob@acme.example');
      connection.timeoutMs = 60_000;
      const search = connection.findCompany('acme.example');
      const gone = failureOf(second);
      everybody(await crm.next());
      await gone;
      (await crm.next()).give({ name: 'ACME' });
      expect((await search)?.company.name).to.equal('ACME');
      await first;
    });

    it('counts for the circuit like a lookup', async () => {
      const { connection, crm } = openTestConnection({ findsCompanies: true });
      crm.respond = (call) => call.fail(new ConnectorError('auth', 'refused'));
      await failureOf(connection.findCompany('acme.example'));
      expect(await failureOf(connection.lookup(JANE))).to.be.instanceOf(CircuitOpenError);
    });

    it('is offered only when the connector can', () => {
      expect(openTestConnection().connection.findsCompanies).to.be.false;
      expect(openTestConnection({ findsCompanies: true }).connection.findsCompanies).to.be.true;
    });
  });

  describe('the quota', () => {
    it('is not used from the reserve on', async () => {
      const quota: Quota = { used: 900, limit: 1000 };
      const { connection, crm } = openTestConnection({
        quota: () => quota,
        limits: { quotaReserve: 0.1 },
      });
      expect((await failureOf(connection.lookup(JANE))).kind).to.equal('quota');
      expect(crm.calls).to.have.lengthOf(0);
      expect(connection.status()).to.deep.include({ quota, circuit: 'open' });
    });

    it('is ignored when the connector fails to return it', async () => {
      const quota = () => {
        throw new Error('x');
      };
      const { connection } = openTestConnection({ quota, respond: everybody });
      expect((await connection.lookup(JANE))?.profile.contact.name).to.equal(JANE);
      expect(connection.status().quota).to.equal(undefined);
    });
  });

  it('reports in its status the latest success and the latest error', async () => {
    const { connection, clock, crm } = openTestConnection();
    expect(connection.status()).to.deep.equal({
      circuit: 'closed',
      openUntil: undefined,
      openError: undefined,
      openReason: undefined,
      lastSuccessAt: undefined,
      lastError: undefined,
      quota: undefined,
      latency: { p50: null, p95: null },
      lookups: 0,
      notices: [],
    });
    crm.respond = everybody;
    await connection.lookup(JANE);
    const succeeded = clock.now();
    clock.advance(1000);
    crm.respond = (call) => call.give({ contact: 'none' });
    await failureOf(connection.lookup(JANE));
    const status = connection.status();
    expect(status.lastSuccessAt).to.be.oneOf([succeeded, succeeded + 1000]);
    expect(status.lastError).to.deep.equal({
      kind: 'bad_response',
      at: succeeded + 1000,
      reason: 'the connector returned an invalid record: contact: expected an object, got a string',
    });
    expect(status.latency.p50).to.be.a('number');
    expect(status.lookups).to.equal(2);
  });

  describe('check', () => {
    const options = { signal: new AbortController().signal };

    it('gives what the connector found', async () => {
      const { connection, crm } = openTestConnection();
      const finding = { level: 'warning', message: 'a scope is missing' } as const;
      Object.assign(crm.connector, { check: () => Promise.resolve([finding]) });
      expect(await connection.check(options)).to.deep.equal([finding]);
    });

    for (const results of [
      [{ status: 'ok', message: 'signed in' }],
      [{ level: 'fine', message: 'signed in' }],
      [{ level: 'ok' }],
      [null],
      { level: 'ok', message: 'signed in' },
      undefined,
    ]) {
      it(`makes an error of what is no list of results: ${JSON.stringify(results)}`, async () => {
        const { connection, crm } = openTestConnection();
        Object.assign(crm.connector, { check: () => Promise.resolve(results) });
        expect(await connection.check(options)).to.deep.equal([
          {
            level: 'error',
            message:
              "bad_response: check must return a list of { level, message } with level 'ok', 'warning' or 'error'",
          },
        ]);
      });
    }

    it('makes a finding of a failure', async () => {
      const { connection, crm } = openTestConnection();
      Object.assign(crm.connector, {
        check: () => Promise.reject(new ConnectorError('auth', 'the token is refused')),
      });
      expect(await connection.check(options)).to.deep.equal([
        { level: 'error', message: 'auth: the token is refused' },
      ]);
    });

    it('asks for a made-up address when the connector has no check', async () => {
      const { connection, crm } = openTestConnection();
      Object.assign(crm.connector, {
        lookup: () => Promise.resolve(undefined),
        lookupMany: undefined,
      });
      expect(await connection.check(options)).to.deep.equal([
        {
          level: 'ok',
          message:
            'no check in this connector; asked for a made-up address instead, which is unknown',
        },
      ]);
      Object.assign(crm.connector, { lookup: () => Promise.resolve({ contact: {} }) });
      expect((await connection.check(options))[0]?.level).to.equal('error');
      Object.assign(crm.connector, {
        lookup: () => Promise.reject(new ConnectorError('auth', 'the token is refused')),
      });
      expect((await connection.check(options))[0]?.message).to.equal('auth: the token is refused');
    });
  });

  describe('a check of lookupMany without a check in the connector', () => {
    const check = async (lookupMany: (emails: readonly string[]) => unknown) => {
      const { connection, crm } = openTestConnection();
      const lookup = () => Promise.resolve(undefined);
      Object.assign(crm.connector, { lookup, lookupMany });
      const results = await connection.check({ signal: new AbortController().signal });
      return results.at(-1);
    };

    it('asks for two made-up addresses', async () => {
      const asked: (readonly string[])[] = [];
      const result = await check((emails) => {
        asked.push(emails);
        return new Map();
      });
      expect(new Set(asked[0]).size).to.equal(2);
      expect(result).to.deep.equal({
        level: 'ok',
        message: 'asked for two made-up addresses at once, which are unknown',
      });
    });

    it('finds an answer that is no Map', async () => {
      expect(await check(() => [])).to.deep.equal({
        level: 'error',
        message: 'bad_response: lookupMany must return a Map from address to record',
      });
    });

    it('finds an answer with people', async () => {
      const result = await check((emails) => new Map(emails.map((email) => [email, {}])));
      expect(result?.level).to.equal('error');
    });
  });

  describe('what does not keep to the contract', () => {
    it('is a reason in the words of the bridge, of a connector that does not ship, too', async () => {
      for (const [record, reason] of [
        [{ contact: { id: {} } }, /invalid record: contact\.id: expected text, got an object$/],
        [
          new ConnectorError('ratelimited' as never, 'jane@x'),
          /"ratelimited", taken for "rate_limited"$/,
        ],
      ] as const) {
        const { connection, crm } = openTestConnection();
        const lookup = () =>
          record instanceof Error ? Promise.reject(record) : Promise.resolve(record);
        Object.assign(crm.connector, { lookup });
        await connection.lookup(JANE).catch(() => undefined);
        expect(connection.status().lastError?.reason).to.match(reason).and.not.contain('jane@x');
      }
    });
  });

  describe('closing', () => {
    it('closes the connector at once when nothing is under way', async () => {
      const { connection, crm } = openTestConnection();
      await connection.close(60_000);
      expect(crm.closed).to.equal(1);
    });

    it('waits for the lookups under way first', async () => {
      const { connection, crm } = openTestConnection();
      const waited = connection.lookup(JANE);
      const call = await crm.next();
      const closing = connection.close(60_000);
      await new Promise(setImmediate);
      expect(crm.closed).to.equal(0);
      everybody(call);
      expect((await waited)?.profile.contact.name).to.equal(JANE);
      await closing;
      expect(crm.closed).to.equal(1);
    });

    it('aborts what is still in flight after its timeout', async () => {
      const { connection, crm } = openTestConnection({ findsCompanies: true, ignoresSignal: true });
      const waited = [connection.lookup(JANE), connection.findCompany('acme.example')];
      const failures = failuresOf(waited);
      const signals = [(await crm.next()).signal, (await crm.next()).signal];
      await connection.close(5);
      expect(crm.closed).to.equal(1);
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
      await failures;
    });
  });
});
