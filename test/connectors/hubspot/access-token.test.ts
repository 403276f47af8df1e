import { expect } from 'chai';
import { FakeTime, turns } from '../../support/hubspot/fake-time.ts';
import type { HubSpotEmulator } from '../../support/hubspot/emulator.ts';
import {
  failure,
  withAccount,
  withNewAccount,
  type Opened,
  type OpenOptions,
} from '../../support/hubspot/opened.ts';
import { people } from '../../support/hubspot/people.ts';

const START = Date.parse('2026-11-24T09:40:00.000Z');
const app = {
  clientId: 'client-7',
  clientSecret: 'secret-7',
  refreshToken: 'refresh-7',
  expiresIn: 1800,
};
const auth = {
  clientId: app.clientId,
  clientSecret: app.clientSecret,
  refreshToken: app.refreshToken,
};

describe('hubspot: signing in', () => {
  it('a fixed token is sent with every request, and a refused one does not lead to a sign-in', async () => {
    await withAccount(async ({ find, connector, emulator }) => {
      await find(people.maria);
      for (const { headers } of emulator.stats.requests)
        expect(headers.authorization).to.equal('Bearer pat-eu1-emulated');
      emulator.faults.inject('unauthorized');
      emulator.stats.reset();
      const error = await failure(
        connector.lookup(people.maria, { signal: AbortSignal.timeout(30_000) }),
      );
      expect(error.kind).to.equal('auth');
      expect(emulator.stats.requests).to.have.length(1);
    });
  });

  it('a refused fixed token is tried once by the labels, not once per list', async () => {
    await withNewAccount(
      async ({ emulator, context }) => {
        while (context.observed.length === 0) await turns(1);
        await turns();
        expect(emulator.stats.requests).to.have.length(1);
      },
      { settings: { accessToken: 'pat-eu1-revoked' } },
    );
  });

  it('OAuth: all wait for one sign-in, at the dated endpoint, with a form', async () => {
    await withNewAccount(async ({ emulator, connector }) => {
      const signal = AbortSignal.timeout(30_000);
      const lookups = Array.from({ length: 10 }, () => connector.lookup(people.ada, { signal }));
      for (const answer of await Promise.all(lookups))
        expect(answer?.contact.firstName).to.equal('Ada');
      const signIns = emulator.stats.requests.filter(({ route }) => route === 'POST oauth/token');
      expect(signIns.map(({ url }) => url)).to.deep.equal(['/oauth/2026-09/token']);
      expect(signIns[0]?.headers['content-type']).to.equal('application/x-www-form-urlencoded');
      expect(signIns[0]?.headers).to.not.have.property('authorization');
    }, oauth());
  });

  it('OAuth: expires_in is in seconds, and the token is renewed a minute before', async () => {
    await withOAuth(async ({ find, emulator, advance }) => {
      await find(people.ada);
      advance(28 * 60_000);
      await find(people.ada);
      expect(emulator.gateway.tokens.signIns, 'after 28 minutes').to.equal(1);
      advance(61_000);
      await find(people.ada);
      expect(emulator.gateway.tokens.signIns, 'after 29 minutes').to.equal(2);
      expect(emulator.stats.requests.every(({ status }) => status === 200)).to.equal(true);
    });
  });

  it('OAuth: while it can’t be renewed, the old token serves to its end', async () => {
    await withOAuth(async ({ find, connector, emulator, advance }) => {
      emulator.faults.inject('html502', { only: /oauth/ });
      advance(29 * 60_000 + 30_000);
      expect((await find(people.ada)).contact.firstName).to.equal('Ada');
      advance(60_000);
      const error = await failure(
        connector.lookup(people.ada, { signal: AbortSignal.timeout(30_000) }),
      );
      expect(error.kind).to.equal('unavailable');
      emulator.faults.clear();
      expect((await find(people.ada)).contact.firstName, 'once it works again').to.equal('Ada');
    });
  });

  it('OAuth: a token that expires with fifty lookups running costs one sign-in, and all are right', async () => {
    await withOAuth(async ({ connector, emulator }) => {
      emulator.gateway.tokens.expireAll();
      const signal = AbortSignal.timeout(30_000);
      const emails = [people.maria, people.tom, people.ada, people.noor, people.unknown];
      const lookups = Array.from({ length: 50 }, (_, i) =>
        connector.lookup(emails[i % 5] ?? '', { signal }),
      );
      const names = (await Promise.all(lookups)).map((answer) => answer?.contact.firstName);
      expect(names.slice(0, 5)).to.deep.equal(['Maria', 'Tom', 'Ada', 'Noor', undefined]);
      expect(names.slice(5)).to.deep.equal(names.slice(0, 45));
      expect(emulator.gateway.tokens.signIns).to.equal(2);
    });
  });

  it('OAuth: one caller’s abort does not end the sign-in of others', async () => {
    await withNewAccount(
      async ({ emulator, connector }) => {
        const abort = new AbortController();
        const given = failure(connector.lookup(people.ada, { signal: abort.signal }));
        const kept = connector.lookup(people.ada, { signal: AbortSignal.timeout(30_000) });
        while (emulator.stats.requests.length === 0) await turns(1);
        abort.abort();
        expect((await given).kind).to.equal('timeout');
        expect((await kept)?.contact.firstName).to.equal('Ada');
        expect(emulator.gateway.tokens.signIns).to.equal(1);
      },
      { ...oauth(), before: ({ faults }) => (faults.latency = 50) },
    );
  });

  for (const [what, wrong] of [
    ['a refresh token that is not accepted', (emulator: HubSpotEmulator) => revoke(emulator)],
    ['fresh tokens that are not accepted', (emulator: HubSpotEmulator) => refuseAll(emulator)],
  ] as const)
    it(`OAuth: ${what}: two tries, then one sign-in a minute, however many lookups`, async () => {
      await withOAuth(async ({ connector, emulator, advance }) => {
        advance(10 * 60_000);
        wrong(emulator);
        const before = emulator.gateway.tokens.signIns;
        const signIns = async (lookups: number): Promise<number> => {
          for (let i = 0; i < lookups; i += 1) {
            const signal = AbortSignal.timeout(30_000);
            expect((await failure(connector.lookup(people.ada, { signal }))).kind).to.equal('auth');
          }
          return emulator.gateway.tokens.signIns - before;
        };
        expect(await signIns(20), 'at first').to.be.at.most(2);
        for (let minute = 1; minute <= 5; minute += 1) {
          for (let tenth = 0; tenth < 6; tenth += 1) {
            advance(10_000);
            await signIns(3);
          }
          expect(await signIns(1), `after ${minute} minutes`).to.be.at.most(2 + minute);
        }
        expect(await signIns(1), 'still trying').to.be.at.least(5);
      });
    });

  for (const [what, wrong, sentence] of [
    ['an unknown clientId', { clientId: 'wrong-id' }, /no app with this clientId/],
    ['a wrong clientSecret', { clientSecret: 'wrong-secret' }, /clientSecret does not belong/],
    ['a revoked refresh token', { refreshToken: 'wrong-token' }, /connect the app .* again/],
    ['an account that refuses the app', {}, /account does not admit the app/],
  ] as const)
    it(`OAuth: ${what} has a sentence that says what to do, without the secret, also later`, async () => {
      const refusedByAccount = Object.keys(wrong).length === 0;
      await withNewAccount(
        async ({ connector, context }) => {
          for (let lookup = 0; lookup < 4; lookup += 1) {
            const signal = AbortSignal.timeout(30_000);
            const error = await failure(connector.lookup(people.ada, { signal }));
            expect(error.kind).to.equal('auth');
            expect(error.message).to.match(sentence).and.not.include('wrong-');
            if (lookup >= 2) expect(error.message).to.match(/; next try in \d+ s$/);
          }
          expect([...context.notices.values()].join()).to.match(sentence);
        },
        {
          emulator: { oauth: { ...app, refusedByAccount }, now: () => START },
          settings: { auth: { ...auth, ...wrong } },
        },
      );
    });
});

function revoke(emulator: HubSpotEmulator): void {
  emulator.gateway.tokens.app = { ...app, refreshToken: 'another' };
  emulator.gateway.tokens.expireAll();
}

function refuseAll(emulator: HubSpotEmulator): void {
  emulator.faults.inject('expired', { only: /^(GET|POST) (?!oauth)/ });
}

function oauth(now: () => number = () => START): OpenOptions {
  return { emulator: { oauth: app, now }, settings: { auth } };
}

/** The emulator's clock goes with the connection's. */
async function withOAuth(
  work: (opened: Opened & { advance: (ms: number) => void }) => Promise<void>,
): Promise<void> {
  const time = new FakeTime(START);
  await withAccount(
    async (opened) => {
      const advance = (ms: number): void => {
        time.advance(ms);
        opened.context.clock.advance(ms);
      };
      await work({ ...opened, advance });
    },
    { ...oauth(time.now), time },
  );
}
