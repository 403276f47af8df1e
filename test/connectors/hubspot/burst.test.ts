import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { ConnectorError, type ConnectorModule } from '../../../src/connector/index.ts';
import { Connection } from '../../../src/upstream/connection.ts';
import { arrive } from '../../support/hubspot/arrivals.ts';
import { FakeTime } from '../../support/hubspot/fake-time.ts';
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
            const { right, unavailable } = await arrive(emails, { each, places }, time, [
              opened.connector,
            ]);
            expect(opened.emulator.stats.tooMany, 'answers of 429').to.equal(0);
            expect(right + unavailable).to.equal(1_000);
            expect(right, 'answered').to.be.at.least(990);
          },
          { emulator: { tier: 'free', now: time.now, gzip: false }, time },
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
          const { right } = await arrive(emails, pace, time, [opened.connector]);
          expect(opened.emulator.stats.tooMany, 'answers of 429').to.equal(0);
          expect(right, 'answered').to.be.at.least(990);
        },
        { emulator: { tier: 'free', now: time.now, gzip: false }, time },
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
        // Another program has used up most of the limit; HubSpot reports it with the next response.
        advance(11_000);
        for (let i = 0; i < 90; i += 1) emulator.gateway.limiter.take(TOKEN, 'general');
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
      { emulator: { tier: 'free', now: time.now, gzip: false }, time },
    );
  });

  it('what the own window holds back is not a failure of HubSpot: the circuit stays closed', async () => {
    await withAccount(
      async (opened) => {
        const connection = bridged(opened, 200);
        for (let i = 0; i < 90; i += 1) opened.emulator.gateway.limiter.take(TOKEN, 'general');
        for (let i = 0; i < 8; i += 1) {
          const email = i === 0 ? people.maria : people.noor;
          const result = await connection.lookup(email).catch((error: unknown) => error);
          // Where there was room for the contact alone, it is what there is.
          if (result instanceof ConnectorError)
            expect(result.kind).to.be.oneOf(['rate_limited', 'unavailable', 'timeout']);
          else expect(result).to.have.property('missing').that.is.not.empty;
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
