import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import {
  ConnectorError,
  NotAttemptedError,
  type ConnectorModule,
} from '../../../src/connector/index.ts';
import { Connection } from '../../../src/upstream/connection.ts';
import { FakeTime, turns } from '../../support/hubspot/fake-time.ts';
import { TOKEN } from '../../support/hubspot/emulator.ts';
import { failure, withAccount, type Opened } from '../../support/hubspot/opened.ts';
import { crowd, people } from '../../support/hubspot/people.ts';

const ignore = (): void => undefined;
const events = { lookup: ignore, batch: ignore, circuit: ignore, failure: ignore };

describe('hubspot: under load', () => {
  it('a hundred people at once cost at most three reads of contacts, thirty requests and no 429', async () => {
    await withAccount(
      async (opened) => {
        const emails = crowd(opened.emulator.data, 100);
        opened.emulator.faults.latency = 20;
        const connection = bridged(opened);
        const found = await Promise.all(emails.map((email) => connection.lookup(email)));
        for (const [i, known] of found.entries()) {
          expect(known?.profile.contact.email).to.equal(emails[i]);
          expect(known?.profile.deals).to.have.length(i % 3);
        }
        const { lookups, tooMany } = opened.emulator.stats;
        expect(lookups.filter((route) => route.includes('objects/contacts')).length).to.be.at.most(
          3,
        );
        expect(lookups.length).to.be.at.most(30);
        expect(tooMany).to.equal(0);
      },
      { emulator: { tier: 'free' } },
    );
  });

  for (const seconds of [1, 3, 10, 20, 60])
    for (const places of [1, 2, 4])
      it(`a thousand people over ${seconds} s, ${places} calls at a time: nearly all right on the free tier, no 429`, async () => {
        const time = new FakeTime(1_800_000_000_000);
        await withAccount(
          async (opened) => {
            const emails = crowd(opened.emulator.data, 1_000);
            const each = 1_000 / seconds;
            const { right, unavailable } = await arrive(emails, { each, places }, time, opened);
            expect(opened.emulator.stats.tooMany, 'answers of 429').to.equal(0);
            expect(right + unavailable).to.equal(1_000);
            expect(right, 'answered').to.be.at.least(990);
          },
          { emulator: { tier: 'free', now: time.now }, time },
        );
      });

  for (const seconds of [20, 60])
    it(`the same over ${seconds} s when each has five deals and three tickets`, async () => {
      const time = new FakeTime(1_800_000_000_000);
      await withAccount(
        async (opened) => {
          const { data } = opened.emulator;
          const emails = crowd(data, 1_000);
          for (const [contact] of data.records.contacts) {
            const add = (type: 'deals' | 'tickets') =>
              data.associate(contact, type, data.add(type, { hubspot_owner_id: '51200001' }));
            for (let i = 0; i < 5; i += 1) add('deals');
            for (let i = 0; i < 3; i += 1) add('tickets');
          }
          const pace = { each: 1_000 / seconds, places: 4 };
          const { right } = await arrive(emails, pace, time, opened);
          expect(opened.emulator.stats.tooMany, 'answers of 429').to.equal(0);
          expect(right, 'answered').to.be.at.least(990);
        },
        { emulator: { tier: 'free', now: time.now }, time },
      );
    });

  it('a thousand people within a second get their answer through the bridge’s queue, without a 429', async () => {
    await withAccount(
      async (opened) => {
        const emails = crowd(opened.emulator.data, 1_000);
        opened.emulator.faults.latency = 20;
        const connection = bridged(opened);
        const asked: Promise<unknown>[] = [];
        for (const [i, email] of emails.entries()) {
          if (i % 50 === 0) await pause(50);
          asked.push(connection.lookup(email));
        }
        expect(await Promise.all(asked)).to.not.include(undefined);
        expect(opened.emulator.stats.tooMany).to.equal(0);
      },
      { emulator: { tier: 'free' } },
    );
  });

  it('after a 429 with Retry-After people are served when it is over, whatever the own count says', async () => {
    const time = new FakeTime(1_800_000_000_000);
    await withAccount(
      async (opened) => {
        const { emulator, context } = opened;
        const connection = bridged(opened);
        const advance = (ms: number): void => {
          time.advance(ms);
          context.clock.advance(ms);
        };
        // Another program has used up the limit; HubSpot reports it with the next response.
        advance(11_000);
        for (let i = 0; i < 98; i += 1) emulator.gateway.limiter.take(TOKEN, 'general');
        advance(7_500);
        await connection.lookup(people.ada);
        emulator.faults.inject('rateLimits', { times: 1 });
        const refused = await failure(connection.lookup(people.tom));
        expect(refused).to.include({ kind: 'rate_limited', retryAfterMs: 3_000 });
        advance(2_900);
        expect((await failure(connection.lookup(people.tom))).kind).to.equal('rate_limited');
        advance(100);
        for (const email of [people.tom, people.maria])
          expect((await connection.lookup(email))?.profile.contact.email?.toLowerCase()).to.equal(
            email,
          );
        expect(connection.status().circuit).to.equal('closed');
        expect(emulator.stats.tooMany, 'the injected one').to.equal(1);
      },
      { emulator: { tier: 'free', now: time.now }, time },
    );
  });

  it('what the own window holds back is not a failure of HubSpot: the circuit stays closed', async () => {
    await withAccount(
      async (opened) => {
        const connection = bridged(opened, 200);
        for (let i = 0; i < 90; i += 1) opened.emulator.gateway.limiter.take(TOKEN, 'general');
        for (let i = 0; i < 8; i += 1) {
          const failed = await failure(connection.lookup(i === 0 ? people.maria : people.noor));
          expect(failed.kind).to.be.oneOf(['rate_limited', 'unavailable', 'timeout']);
        }
        expect(connection.status().circuit).to.equal('closed');
        expect(opened.emulator.stats.tooMany).to.equal(0);
      },
      { emulator: { tier: 'free' } },
    );
  });
});

/** The connection as the bridge uses it. */
function bridged({ connector, context }: Opened, timeoutMs = 8_000): Connection {
  const module: ConnectorModule = { settings: context as never, open: () => connector };
  return new Connection(
    {
      name: 'marketing',
      connector: 'hubspot',
      module,
      settings: {},
      limits: context.limits,
      baseDir: '.',
      fingerprint: 'x',
    },
    connector,
    { notices: context.notices, timeoutMs, clock: context.clock, events },
  );
}

/**
 * Plays arrivals, `each` of them every second, through a bridge that puts those who wait into one call, pauses as
 * the connector says, and keeps so many calls going. Who has waited for three seconds gives up.
 */
async function arrive(
  emails: readonly string[],
  { each, places }: { readonly each: number; readonly places: number },
  time: FakeTime,
  { connector }: Opened,
): Promise<{ right: number; unavailable: number }> {
  const requests = watchRequests();
  const DEADLINE = 3_000;
  const STEP = 100;
  let queue: { readonly email: string; readonly until: number }[] = [];
  const calls = new Set<{ readonly until: number; readonly abort: AbortController }>();
  let [right, unavailable, restUntil, arrived, step] = [0, 0, 0, 0, 1];
  let broken: unknown;

  function call(batch: typeof queue): void {
    const own = { until: time.now() + DEADLINE, abort: new AbortController() };
    calls.add(own);
    connector
      .lookupMany?.(
        batch.map(({ email }) => email),
        { signal: own.abort.signal },
      )
      .then(
        (answers) => {
          for (const { email } of batch)
            if (answers.get(email)?.contact.email === email) right += 1;
            else throw new Error('a person was lost');
        },
        (error: unknown) => {
          if (!(error instanceof ConnectorError)) throw error;
          unavailable += batch.length;
          if (error.kind === 'timeout' || error instanceof NotAttemptedError) return;
          expect(error.kind).to.equal('rate_limited');
          restUntil = time.now() + (error.retryAfterMs ?? 10_000);
        },
      )
      .catch((error: unknown) => (broken = error))
      .finally(() => calls.delete(own));
  }

  while (right + unavailable < emails.length && broken === undefined) {
    const due = Math.min(emails.length, (each * step * STEP) / 1_000);
    step += 1;
    for (const email of emails.slice(arrived, Math.floor(due)))
      queue.push({ email, until: time.now() + DEADLINE });
    arrived = Math.floor(due);
    unavailable += queue.filter(({ until }) => until <= time.now()).length;
    queue = queue.filter(({ until }) => until > time.now());
    const isDue = (): boolean => queue.length >= 100 || connector.pauseMs?.() === 0;
    while (queue.length > 0 && calls.size < places && time.now() >= restUntil && isDue())
      call(queue.splice(0, 100));
    // The last rounds also let zlib's threads finish.
    for (let idle = 0; idle < 10; idle = requests.inFlight() === 0 ? idle + 1 : 0)
      await (idle < 7 || calls.size === 0 ? turns(1) : pause(1));
    time.advance(STEP);
    for (const { until, abort } of calls) if (time.now() >= until) abort.abort();
  }
  requests.end();
  expect(broken).to.be.undefined;
  return { right, unavailable };
}

/**
 * Counts the requests of this process from undici's side: on a busy machine one may be on its way to the emulator
 * for longer than a few turns of the event loop.
 */
function watchRequests(): { inFlight(): number; end(): void } {
  let count = 0;
  const start = (): void => void (count += 1);
  const finish = (): void => void (count -= 1);
  subscribe('undici:request:create', start);
  for (const name of ENDS) subscribe(name, finish);
  return {
    inFlight: () => count,
    end() {
      unsubscribe('undici:request:create', start);
      for (const name of ENDS) unsubscribe(name, finish);
    },
  };
}

const ENDS = ['undici:request:trailers', 'undici:request:error'];
