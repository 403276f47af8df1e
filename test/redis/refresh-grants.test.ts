/** Refresh tokens that are replaced with every use, over several processes: one requests, and may die at any step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { RefreshGrants } from '../../src/bridge/refresh-grants.ts';
import type { Granted } from '../../src/connector/contract.ts';
import { KeptGrant, type GrantStore } from '../../src/connector/refresh-grant.ts';
import { ConnectorError } from '../../src/connector/errors.ts';
import { SYSTEM_CLOCK } from '../../src/model/clock.ts';
import { SharedGrant } from '../../src/redis/shared-grant.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { startRelay, type Relay } from '../support/redis-relay.ts';
import { CLIENT, startRestEmulator, type RestEmulator } from '../support/rest/emulator.ts';
import { openShared, uniquePrefix, until, type TestShared } from '../support/shared-redis.ts';
import { failureOf } from '../support/test-connection.ts';

const CONFIGURED = 'refresh-0';
/** Longer than any lock. */
const LOCK_MS = 12_000;
const KEY = (n: number) => Buffer.alloc(32, n).toString('base64');

describe('a refresh token that rotates, over several processes', () => {
  let redis: RedisServer;
  let api: RestEmulator;
  let prefix: string;
  const relays: Relay[] = [];
  const opened: { readonly grants: RefreshGrants; readonly test: TestShared }[] = [];
  before(async function () {
    redis = await startRedis(this);
  });
  after(() => redis.remove());
  beforeEach(async () => {
    prefix = uniquePrefix();
    api = await startRestEmulator();
  });
  afterEach(async () => {
    for (const { grants, test } of opened.splice(0)) {
      test.shared.close();
      await grants.close();
    }
    for (const relay of relays.splice(0)) await relay.close();
    await api.close();
  });

  /** One request of the token URL, as a connector makes it. */
  async function request(refreshToken: string, signal: AbortSignal): Promise<Granted<string>> {
    const form = { client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret };
    const response = await fetch(`${api.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...form,
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      signal,
    });
    if (!response.ok) throw new ConnectorError('auth', 'refused');
    const json = (await response.json()) as Record<string, string>;
    return {
      access: json['access_token'] ?? '',
      lifetimeMs: Number(json['expires_in']) * 1000,
      refreshToken: json['refresh_token'],
    };
  }

  async function startProcess(keys: readonly string[] = [KEY(7)]) {
    const relay = await startRelay(redis.port);
    relays.push(relay);
    const test = openShared({ url: relay.url, prefix, keys });
    const grants = new RefreshGrants(SYSTEM_CLOCK, () => test.shared);
    opened.push({ grants, test });
    const grant = grants.of(CONFIGURED);
    await test.shared.settled;
    let number = 0;
    /** @returns a token that is not one it has returned before. */
    const renew = async () => {
      const renewed = await grant.renew(number, request);
      ({ number } = renewed);
      expect(api.tokens.has(renewed.access), 'the API accepts it').to.equal(true);
      return renewed.access;
    };
    return { relay, test, grant, renew, ...test };
  }

  const isAway = ({ shared }: TestShared) => until(() => !shared.status().isJoined, 'away');
  const isJoined = ({ shared }: TestShared) => until(() => shared.status().isJoined, 'joined');

  it('is refreshed by one of them; the others get the same access token', async () => {
    const processes = await Promise.all([startProcess(), startProcess(), startProcess()]);
    for (let round = 1; round <= 3; round++) {
      const tokens = await Promise.all(processes.map(({ renew }) => renew()));
      expect(new Set(tokens).size).to.equal(1);
      expect(api.issued()).to.equal(round);
    }
  });

  it('is found by a process that starts later, and the access token, too', async () => {
    const one = await startProcess();
    const token = await one.renew();
    const two = await startProcess();
    expect(await two.renew()).to.equal(token);
    await two.renew();
    expect(api.issued()).to.equal(2);
    expect(api.refreshToken()).to.equal('refresh-2');
  });

  it('is in Redis encrypted, for 90 days', async () => {
    const { renew } = await startProcess();
    await renew();
    expect(await redis.dump()).not.to.match(/refresh-\d|token-\d/);
    const [name = ''] = (await redis.cli('--scan', '--pattern', `${prefix}:t:*`)).split('\n');
    expect(Number(await redis.cli('pttl', name)) / 86_400_000).to.be.within(89.9, 90);
  });

  it('is not refreshed by one alone while Redis is away; the token in use serves on', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    await one.renew();
    await two.renew();
    two.relay.cut();
    await isAway(two);
    const error = (await failureOf(two.renew())) as ConnectorError;
    expect(error.kind).to.equal('unavailable');
    expect(error.message).to.match(/replaced with every use.*store .* away/);
    expect(api.issued()).to.equal(1);
    two.relay.restore();
    await isJoined(two);
    await two.renew();
    expect(api.issued()).to.equal(2);
  });

  it('waits a second for a Redis that comes back', async () => {
    const one = await startProcess();
    await one.renew();
    one.relay.cut();
    await isAway(one);
    const renewed = one.renew();
    await sleep(100);
    one.relay.restore();
    await renewed;
    expect(api.issued()).to.equal(2);
  });

  it('that does not rotate is used by each alone while Redis is away', async () => {
    const one = await startProcess();
    const same = async () => ({ access: `token-${Math.random()}`, lifetimeMs: 60_000 });
    const { number } = await one.grant.renew(0, same);
    one.relay.cut();
    await isAway(one);
    expect((await one.grant.renew(number, same)).number).to.equal(number + 1);
  });

  it('is written back by whoever has the newest one when Redis has lost its data', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    await one.renew();
    await two.renew();
    await redis.stop();
    await isAway(one);
    await redis.start();
    await isJoined(one);
    await isJoined(two);
    const three = await startProcess();
    await three.renew();
    await three.renew();
    expect(api.issued()).to.equal(2);
  });

  it('that was issued while the way to Redis broke reaches the others when it is back', async () => {
    const [one, two] = [await startProcess(), await startProcess()];
    await one.renew();
    const gate = Promise.withResolvers<undefined>();
    api.tokenGate.after = gate.promise;
    const renewed = one.renew();
    await until(() => api.issued() === 2, 'requested');
    one.relay.cut();
    await isAway(one);
    gate.resolve(undefined);
    const token = await renewed;
    one.relay.restore();
    await isJoined(one);
    await redis.advance(prefix, LOCK_MS);
    expect(await two.renew()).to.equal(token);
  });

  it('that cannot be opened is counted, and the own one is used', async () => {
    const one = await startProcess();
    await one.renew();
    const [name = ''] = (await redis.cli('--scan', '--pattern', `${prefix}:t:*`)).split('\n');
    await redis.cli('hset', name, 'c', 'changed', 'n', '7');
    expect(await one.renew()).to.equal('token-2');
    expect(one.entries).to.include('unreadable');
    const two = await startProcess();
    expect(await two.renew()).to.equal('token-2');
  });

  describe('when the clock of Redis was set back an hour', () => {
    const HOUR = 3_600_000;

    it('is not locked longer than before', async () => {
      const [one, two] = [await startProcess(), await startProcess()];
      const killed = new SharedGrant(one.shared, CONFIGURED, SYSTEM_CLOCK);
      const none = { number: 0, rotates: false, access: undefined, expiresAtMs: -Infinity };
      const { hasLock } = await killed.sync({ ...none, refreshToken: CONFIGURED }, 'take');
      expect(hasLock).to.equal(true);
      const name = await redis.cli('--scan', '--pattern', `${prefix}:tl:*`);
      await redis.cli('pexpire', name, String(HOUR));
      expect(await two.renew()).to.equal('token-1');
    });

    it('is used by another process for a new access token: how long that one lasts is unknown', async () => {
      const [one, two] = [await startProcess(), await startProcess()];
      await one.grant.renew(0, () => {
        one.shared.time.ask()(SYSTEM_CLOCK.now() + HOUR);
        return Promise.resolve({ access: 'before', lifetimeMs: 60_000 });
      });
      const after = () => Promise.resolve({ access: 'after', lifetimeMs: 60_000 });
      const { access, lifetimeMs } = await two.grant.renew(0, after);
      expect(access).to.equal('after');
      expect(lifetimeMs).to.be.within(55_000, 60_000);
      expect((await (await startProcess()).grant.renew(0, after)).access).to.equal('after');
    });
  });

  it('is found under the keys of each step of a change of keys, and locked for all', async () => {
    const steps = [[KEY(1)], [KEY(1), KEY(2)], [KEY(2), KEY(1)], [KEY(2)]];
    let issued = 0;
    let before = await startProcess(steps[0]);
    await before.renew();
    for (const keys of steps.slice(1)) {
      const next = await startProcess(keys);
      await sleep(50);
      const tokens = await Promise.all([before.renew(), next.renew(), next.renew()]);
      expect(new Set(tokens).size).to.be.at.most(2);
      issued = api.issued();
      before = next;
    }
    await before.renew();
    expect(api.issued()).to.be.within(issued, issued + 1);
  });

  describe('whose process dies', () => {
    /** Stands still for ever once it has come to a step: what a killed process does. */
    class Mortal {
      #step = 0;
      readonly deadly: number;
      readonly died = Promise.withResolvers<undefined>();

      constructor(deadly: number) {
        this.deadly = deadly;
      }

      async step(): Promise<void> {
        if (this.#step++ !== this.deadly) return;
        this.died.resolve(undefined);
        await new Promise(() => undefined);
      }

      store(store: GrantStore): GrantStore {
        return {
          isStarting: store.isStarting,
          sync: async (own, lock) => {
            if (lock === undefined) return store.sync(own);
            await this.step();
            const result = await store.sync(own, lock);
            await this.step();
            return result;
          },
        };
      }
    }

    const steps = [
      'before it takes the lock',
      'with the lock',
      'before its request is sent',
      'before the answer has come',
      'before it has written what it was given',
      'when that is written',
    ];
    for (const [deadly, when] of steps.entries()) {
      for (const isLenient of [true, false]) {
        const isLost = !isLenient && [3, 4].includes(deadly);
        const what = isLost ? 'is lost to the others, who say so' : 'is good for the others';
        const server = isLenient ? 'accepts the one before' : 'accepts each once';
        it(`${when} ${what}, by a server that ${server}`, async () => {
          const survivor = await startProcess();
          await survivor.renew();
          api.setLenient(isLenient);
          const { shared } = await startProcess();
          const mortal = new Mortal(deadly);
          const store = mortal.store(new SharedGrant(shared, CONFIGURED, SYSTEM_CLOCK));
          const dying = new KeptGrant(CONFIGURED, SYSTEM_CLOCK, store);
          await dying.sync();
          void dying.renew(1, async (refreshToken, signal) => {
            await mortal.step();
            const granted = await request(refreshToken, signal);
            await mortal.step();
            return granted;
          });
          await mortal.died.promise;
          const renewed = survivor.renew();
          renewed.catch(() => undefined);
          // The lock is still there when the dying one has come so far.
          await sleep(150);
          await redis.advance(prefix, LOCK_MS);
          if (isLost) expect(((await failureOf(renewed)) as ConnectorError).kind).to.equal('auth');
          else await renewed;
          expect(await redis.cli('--scan', '--pattern', `${prefix}:tl:*`)).to.equal('');
        });
      }
    }

    it('or only stands still beyond its lock: both have the same in the end', async () => {
      const [slow, quick] = [await startProcess(), await startProcess()];
      await slow.renew();
      api.setLenient(true);
      const gate = Promise.withResolvers<undefined>();
      api.tokenGate.after = gate.promise;
      const late = slow.renew();
      await until(() => api.issued() === 2, 'requested');
      delete api.tokenGate.after;
      await redis.advance(prefix, LOCK_MS);
      await quick.renew();
      const token = await quick.renew();
      gate.resolve(undefined);
      expect(await late).to.equal(token);
      expect(await slow.renew()).not.to.equal(token);
      expect(api.refreshToken()).to.equal(`refresh-${api.issued()}`);
    });
  });
});
