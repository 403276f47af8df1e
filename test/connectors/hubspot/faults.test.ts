import { expect } from 'chai';
import { ConnectorError } from '../../../src/connector/errors.ts';
import type { Fault } from '../../support/hubspot/faults.ts';
import { turns } from '../../support/hubspot/fake-time.ts';
import { failure, withAccount, withNewAccount } from '../../support/hubspot/opened.ts';
import { people } from '../../support/hubspot/people.ts';

/** What each fault of every request is for the bridge. `retryAfterMs` where HubSpot, or its limit, says so. */
const kinds: readonly (readonly [Fault, string, number?])[] = [
  ['html200', 'bad_response'],
  ['untyped200', 'bad_response'],
  ['empty200', 'bad_response'],
  ['broken200', 'bad_response'],
  ['shape200', 'bad_response'],
  ['huge200', 'bad_response'],
  ['redirect', 'bad_response'],
  ['invalid', 'misconfigured'],
  ['unprocessable', 'misconfigured'],
  ['denied', 'misconfigured'],
  ['timedOut', 'timeout'],
  ['error500', 'unavailable'],
  ['empty500', 'unavailable'],
  ['html502', 'unavailable'],
  ['html524', 'unavailable'],
  ['untyped503', 'unavailable'],
  ['cut', 'unavailable'],
  ['cutBody', 'unavailable'],
  ['locked', 'unavailable', 2_000],
  ['tenSecondly', 'rate_limited', 10_000],
  ['rateLimits', 'rate_limited', 3_000],
  ['secondly', 'rate_limited', 1_000],
  ['moving', 'rate_limited', 3_600_000],
  ['unauthorized', 'auth'],
  ['banned', 'auth'],
];

describe('hubspot: faults', () => {
  for (const [fault, kind, retryAfterMs] of kinds)
    it(`${fault} is ${kind}, alone and among many, and the next lookup starts clean`, async () => {
      await withAccount(async ({ connector, many, find, emulator }) => {
        emulator.faults.inject(fault);
        const signal = AbortSignal.timeout(30_000);
        const alone = await failure(connector.lookup(people.maria, { signal }));
        classified(alone, kind, retryAfterMs);
        if (retryAfterMs === undefined || kind === 'unavailable') {
          const together = await failure(many([people.maria, people.tom]));
          classified(together, kind, retryAfterMs);
          emulator.faults.clear();
          expect((await find(people.maria)).deals).to.have.length(3);
        }
      });
    });

  it('DAILY is quota until midnight in the account’s time zone, and nothing is asked before', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('daily');
      // 24 November 2026, 09:40 UTC, is 10:40 in Berlin.
      const untilMidnight = (13 * 60 + 20) * 60_000;
      const signal = AbortSignal.timeout(30_000);
      classified(await failure(connector.lookup(people.maria, { signal })), 'quota', untilMidnight);
      emulator.faults.clear();
      emulator.stats.reset();
      expect((await failure(connector.lookup(people.maria, { signal }))).kind).to.equal('quota');
      expect(emulator.stats.requests).to.have.length(0);
    });
  });

  it('an unknown person behind an HTML 404 is unknown: the status alone decides', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('html404', { only: /^GET objects/ });
      const signal = AbortSignal.timeout(30_000);
      expect(await connector.lookup(people.unknown, { signal })).to.be.undefined;
    });
  });

  it('a wrong baseUrl does not make everybody unknown', async () => {
    await withAccount(async ({ connector, emulator }) => {
      emulator.faults.inject('html404');
      const signal = AbortSignal.timeout(30_000);
      expect((await failure(connector.lookup(people.maria, { signal }))).kind).to.equal(
        'misconfigured',
      );
    });
  });

  for (const fault of ['hang', 'stall', 'drip'] as const)
    it(`${fault}: the abort reaches the connection, in either round`, async () => {
      for (const only of [/^GET objects/, /deals/])
        await withAccount(async ({ connector, find, emulator }) => {
          emulator.faults.inject(fault, { only });
          const abort = new AbortController();
          const lookup = failure(connector.lookup(people.maria, { signal: abort.signal }));
          const reached = (): boolean =>
            emulator.stats.requests.some(({ route }) => only.test(route));
          while (!reached()) await turns(1);
          await turns();
          abort.abort();
          expect((await lookup).kind).to.equal('timeout');
          while (!emulator.stats.requests.some(({ aborted }) => aborted)) await turns(1);
          emulator.faults.clear();
          expect((await find(people.maria)).deals).to.have.length(3);
        });
    });

  it('an observed request says whether it ran into its deadline', async () => {
    await withAccount(async ({ connector, emulator, context }) => {
      emulator.faults.inject('hang');
      await failure(connector.lookup(people.maria, { signal: AbortSignal.timeout(50) }));
      expect(context.observed.at(-1)).to.include({ operation: 'contact', status: 'timeout' });
      const abort = new AbortController();
      const lookup = failure(connector.lookup(people.maria, { signal: abort.signal }));
      await turns();
      abort.abort();
      await lookup;
      expect(context.observed.at(-1)).to.include({ operation: 'contact', status: 'aborted' });
    });
  });

  it('a request observed has HubSpot’s own id of it, for its support', async () => {
    await withAccount(async ({ find, context }) => {
      await find(people.ada);
      const last = context.observed.at(-1);
      expect(last).to.include({ operation: 'contact', status: 200 });
      expect(last?.correlationId).to.match(/^[0-9a-f-]{36}$/);
    });
  });

  it('a read whose reused idle connection was reset is repeated once', async () => {
    await withAccount(async ({ find, emulator, connector }) => {
      emulator.faults.inject('resetReused', { times: 1 });
      expect((await find(people.ada)).contact.firstName).to.equal('Ada');
      expect(emulator.stats.lookups).to.have.length(2);
      emulator.stats.reset();
      emulator.faults.inject('cut');
      const signal = AbortSignal.timeout(30_000);
      expect((await failure(connector.lookup(people.ada, { signal }))).kind).to.equal(
        'unavailable',
      );
      expect(emulator.stats.lookups).to.have.length(2);
    });
  });

  it('a new connection that is reset is a failure at once', async () => {
    await withNewAccount(
      async ({ emulator, connector, context }) => {
        while (context.observed.length === 0) await turns(1);
        const signal = AbortSignal.timeout(30_000);
        expect((await failure(connector.lookup(people.ada, { signal }))).kind).to.equal(
          'unavailable',
        );
        expect(emulator.stats.lookups).to.have.length(1);
      },
      { before: ({ faults }) => faults.inject('cut') },
    );
  });

  it('a connection is used again, and there are never more than sixteen', async () => {
    await withAccount(async ({ find, connector, emulator }) => {
      for (let i = 0; i < 5; i += 1) await find(people.maria);
      const signal = AbortSignal.timeout(30_000);
      await Promise.all(
        Array.from({ length: 30 }, () => connector.lookup(people.maria, { signal })),
      );
      expect(emulator.stats.connections).to.be.at.most(16);
      expect(emulator.stats.maxInFlight).to.be.at.most(16);
    });
  });

  it('answers arrive compressed', async () => {
    await withAccount(async ({ find, emulator }) => {
      await find(people.maria);
      const [request] = emulator.stats.requests;
      expect(request?.headers['accept-encoding']).to.include('gzip');
    });
  });

  it('no message holds personal data or the token', async () => {
    await withAccount(async ({ connector, emulator, context }) => {
      for (const [fault] of kinds) {
        emulator.faults.clear();
        emulator.faults.inject(fault);
        const error = await failure(
          connector.lookup(people.maria, { signal: AbortSignal.timeout(30_000) }),
        );
        for (let e: unknown = error; e instanceof Error; e = e.cause)
          expect(e.message).to.not.match(/maria|pat-eu1|"status"/i);
      }
      expect(JSON.stringify([context.lines, [...context.notices]])).to.not.match(/maria|pat-eu1/i);
    });
  });
});

function classified(error: unknown, kind: string, retryAfterMs: number | undefined): void {
  expect(error).to.include({ kind });
  if (retryAfterMs === undefined || !(error instanceof ConnectorError)) return;
  expect(error.retryAfterMs).to.be.within(retryAfterMs - 500, retryAfterMs);
}
