import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { HubSpotError } from '../../../connectors/hubspot/errors.ts';
import type { ConnectorModule } from '../../../src/connector/index.ts';
import { Connection } from '../../../src/upstream/connection.ts';
import { FakeTime, turns } from '../../support/hubspot/fake-time.ts';
import { withAccount, type Opened } from '../../support/hubspot/opened.ts';
import { crowd } from '../../support/hubspot/people.ts';

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

  it('a thousand people over twenty seconds stay under the free tier’s limit, each answer right or an error', async () => {
    const time = new FakeTime(1_800_000_000_000);
    // Without spreading them over the minute, half of the lookups would fail.
    await withAccount(
      async (opened) => {
        const emails = crowd(opened.emulator.data, 1_000);
        const { right, unavailable } = await arrive(emails, 50, time, opened);
        expect(opened.emulator.stats.tooMany, 'answers of 429').to.equal(0);
        expect(right + unavailable).to.equal(1_000);
        expect(right, 'answered').to.be.at.least(800);
      },
      { emulator: { tier: 'free', now: time.now }, time },
    );
  });
});

/** The connection as the bridge uses it. */
function bridged({ connector, context }: Opened): Connection {
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
    { notices: context.notices, timeoutMs: 8_000, clock: context.clock, events },
  );
}

/**
 * Plays arrivals, `each` of them every second, through a bridge that puts those who wait into one call and keeps
 * four calls going. Who has waited for three seconds gives up.
 */
async function arrive(
  emails: readonly string[],
  each: number,
  time: FakeTime,
  { connector }: Opened,
): Promise<{ right: number; unavailable: number }> {
  const requests = watchRequests();
  const DEADLINE = 3_000;
  const STEP = 100;
  let queue: { readonly email: string; readonly until: number }[] = [];
  const calls = new Set<{ readonly until: number; readonly abort: AbortController }>();
  let [right, unavailable, restUntil, arrived] = [0, 0, 0, 0];
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
          if (!(error instanceof HubSpotError)) throw error;
          unavailable += batch.length;
          if (error.kind === 'timeout') return;
          expect(error.kind).to.equal('rate_limited');
          restUntil = time.now() + (error.retryAfterMs ?? 10_000);
        },
      )
      .catch((error: unknown) => (broken = error))
      .finally(() => calls.delete(own));
  }

  while (right + unavailable < emails.length && broken === undefined) {
    const due = Math.min(emails.length, arrived + (each * STEP) / 1_000);
    for (const email of emails.slice(arrived, due))
      queue.push({ email, until: time.now() + DEADLINE });
    arrived = due;
    unavailable += queue.filter(({ until }) => until <= time.now()).length;
    queue = queue.filter(({ until }) => until > time.now());
    while (queue.length > 0 && calls.size < 4 && time.now() >= restUntil)
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
