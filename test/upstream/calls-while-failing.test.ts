/** How often a CRM that fails is called, by a clock of the test's own: the numbers that operators can rely on. */
import { expect } from 'chai';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/errors.ts';
import { everybody, person, type ScriptedCall } from '../support/scripted-connector.ts';
import {
  createTestCache,
  openTestConnection,
  MINUTE,
  valueOf,
} from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

const JANE = 'jane@acme.example';
/** 200 requests a second. */
const STEP = 5;

type Failing = (call: ScriptedCall) => void;

const failWith =
  (kind: ConnectorErrorKind): Failing =>
  (call) =>
    call.fail(new ConnectorError(kind, 'x'));

/** A record that parsing refuses: the CRM works, so no circuit opens. */
const invalid: Failing = (call) =>
  call.answer({ [JANE]: { contact: { name: { no: 'text' } } } } as never);

describe('calls to a CRM that fails', () => {
  expectNoUnhandledRejections();

  const ways: readonly (readonly [string, Failing])[] = [
    ['timeout', failWith('timeout')],
    ['bad_response', failWith('bad_response')],
    ['misconfigured', failWith('misconfigured')],
    ['rate_limited', failWith('rate_limited')],
    ['auth', failWith('auth')],
    ['an invalid record', invalid],
  ];

  for (const [what, failing] of ways) {
    it(`for one stale person, asked for 200 times a second: 4 in the first minute, then 1 (${what})`, async () => {
      const { perMinute, shown } = await ask({ minutes: 3, isStale: true, failing });
      expect(shown).to.deep.equal(['stale']);
      expect(perMinute[0]).to.be.within(1, 4);
      expect(Math.max(...perMinute.slice(1))).to.be.at.most(1);
    });

    // What the circuit stops has a test of its own below.
    if (what === 'rate_limited' || what === 'auth' || what === 'timeout') continue;
    it(`for one person without an entry, asked for 200 times a second: 11 a minute (${what})`, async () => {
      const { perMinute, shown } = await ask({ minutes: 2, isStale: false, failing });
      expect(shown).to.deep.equal(['miss']);
      expect(Math.max(...perMinute)).to.be.within(1, 11);
    });
  }

  it('for ever new people: five, then one every ten seconds', async () => {
    const { connection, crm, clock } = openTestConnection();
    crm.respond = failWith('bad_response');
    for (let n = 0; n < MINUTE / 100; n += 1) {
      await connection.lookup(`person-${n}@acme.example`).catch(() => undefined);
      clock.advance(100);
    }
    expect(crm.calls.length).to.be.within(6, 5 + 6);
  });

  it('none for a person while others are not answered either, and at once when the CRM works again', async () => {
    const { connection, crm, clock } = openTestConnection();
    const { cache } = createTestCache(clock);
    const ask = (email: string) => {
      const asked = cache.person(connection, email);
      return asked.state === 'miss' ? asked.entry.catch(() => undefined) : asked.entry;
    };
    crm.respond = failWith('bad_response');
    for (let n = 0; n < 5; n += 1) await ask(`other-${n}@acme.example`);
    const before = crm.calls.length;
    for (let n = 0; n < 50; n += 1) await ask(JANE);
    expect(crm.calls).to.have.lengthOf(before);
    clock.advance(10_000);
    crm.respond = everybody;
    expect(valueOf(await ask(JANE))?.profile.contact.name).to.equal(JANE);
  });

  it('eleven a minute for a person whose record is invalid, while others are answered', async () => {
    const { connection, crm, clock } = openTestConnection();
    const { cache } = createTestCache(clock, { ttl: 0, staleTtl: 0 });
    crm.respond = (call) => (call.asked.includes(JANE) ? invalid(call) : everybody(call));
    for (let n = 0; n < 600; n += 1) {
      for (const email of [JANE, 'joe@acme.example']) {
        const asked = cache.person(connection, email);
        if (asked.state === 'miss') await asked.entry.catch(() => undefined);
      }
      clock.advance(100);
    }
    const about = Object.groupBy(crm.calls, ({ asked }) => asked.join());
    expect(about[JANE]?.length).to.be.within(1, 11);
    expect(about['joe@acme.example']).to.have.lengthOf(600);
  });
});

/** Asks for one person again and again. @returns the calls by minute, and what the cache had. */
async function ask(given: {
  readonly minutes: number;
  readonly isStale: boolean;
  readonly failing: Failing;
}): Promise<{ perMinute: readonly number[]; shown: readonly string[] }> {
  const { connection, crm, clock } = openTestConnection();
  const { cache } = createTestCache(clock, { staleTtl: 24 * 60 * MINUTE });
  if (given.isStale) {
    crm.respond = (call) => call.answer({ [JANE]: person('Jane') });
    const first = cache.person(connection, JANE);
    if (first.state === 'miss') await first.entry;
    clock.advance(6 * MINUTE);
  }
  crm.respond = given.failing;
  const shown = new Set<string>();
  const perMinute: number[] = [];
  for (let minute = 0; minute < given.minutes; minute += 1) {
    const before = crm.calls.length;
    for (let ms = 0; ms < MINUTE; ms += STEP) {
      const asked = cache.person(connection, JANE);
      shown.add(asked.state);
      if (asked.state === 'miss') await asked.entry.catch(() => undefined);
      else if (crm.running > 0) await ended(crm);
      clock.advance(STEP);
    }
    perMinute.push(crm.calls.length - before);
  }
  return { perMinute, shown: [...shown] };
}

/** Waits for the refresh behind a stale answer. */
async function ended(crm: { readonly running: number }): Promise<void> {
  while (crm.running > 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
}
