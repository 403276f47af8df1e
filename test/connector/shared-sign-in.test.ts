import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import {
  ConnectorError,
  SharedSignIn,
  type IssuedToken,
  type SharedSignInOptions,
} from '../../src/connector/index.ts';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { failureOf } from '../support/test-connection.ts';
import { expectNoUnhandledRejections } from '../support/unhandled-rejections.ts';

const MINUTE = 60_000;
const { signal: never } = new AbortController();

/** A sign-in whose requests the test answers one by one. */
function openSignIn(options: Partial<SharedSignInOptions<string>> = {}) {
  const context = connectorContext();
  const requests: (PromiseWithResolvers<IssuedToken<string>> & { readonly signal: AbortSignal })[] =
    [];
  const signIn = new SharedSignIn<string>({
    context,
    signIn: (signal) => {
      const request = { ...Promise.withResolvers<IssuedToken<string>>(), signal };
      requests.push(request);
      return request.promise;
    },
    notAccepted: (retryAfterMs) => new ConnectorError('auth', 'not accepted', { retryAfterMs }),
    ...options,
  });
  /** Gets a token; a request it makes is answered by `token`. */
  const get = async (token: string, lifetimeMs?: number): Promise<string> => {
    const before = requests.length;
    const result = signIn.get(never);
    const issued = lifetimeMs === undefined ? { token } : { token, lifetimeMs };
    if (requests.length > before) requests.at(-1)?.resolve(issued);
    return await result;
  };
  const refuse = async (kind: ConnectorError['kind']): Promise<ConnectorError> => {
    const result = signIn.get(never);
    requests.at(-1)?.reject(new ConnectorError(kind, `refused: ${kind}`));
    return (await failureOf(result)) as ConnectorError;
  };
  return {
    context,
    requests,
    signIn,
    get,
    refuse,
    advance: context.clock.advance,
    notice: () => context.notices.get('sign-in'),
  };
}

describe('SharedSignIn', () => {
  expectNoUnhandledRejections();

  it('makes one request for all who wait, and keeps the token', async () => {
    const { signIn, requests, get } = openSignIn();
    const waiting = Array.from({ length: 20 }, () => signIn.get(never));
    requests[0]?.resolve({ token: 'a' });
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(['a']));
    expect(await get('b')).to.equal('a');
    expect(requests).to.have.length(1);
  });

  it('gives its error to all who wait', async () => {
    const { signIn, requests } = openSignIn();
    const waiting = Array.from({ length: 3 }, () => failureOf(signIn.get(never)));
    requests[0]?.reject(new ConnectorError('unavailable', 'down'));
    for (const error of await Promise.all(waiting)) expect(error.kind).to.equal('unavailable');
  });

  describe('when a call that waits is aborted', () => {
    it('goes on for the others', async () => {
      const { signIn, requests } = openSignIn();
      const aborter = new AbortController();
      const aborted = failureOf(signIn.get(aborter.signal));
      const kept = signIn.get(never);
      aborter.abort();
      expect((await aborted).kind).to.equal('timeout');
      expect(requests[0]?.signal.aborted).to.equal(false);
      requests[0]?.resolve({ token: 'a' });
      expect(await kept).to.equal('a');
    });

    it('ends with the last one, by its reason, and the next call makes a new request', async () => {
      const { signIn, requests } = openSignIn();
      const aborter = new AbortController();
      const aborted = failureOf(signIn.get(aborter.signal));
      aborter.abort(new Error('late'));
      const next = signIn.get(never);
      expect((await aborted).kind).to.equal('timeout');
      expect(requests[0]?.signal.reason).to.have.property('message', 'late');
      requests[0]?.reject(new ConnectorError('timeout', 'aborted'));
      requests[1]?.resolve({ token: 'b' });
      expect(await next).to.equal('b');
      expect(await signIn.get(never)).to.equal('b');
    });

    it('is completed all the same if it is uncancellable', async () => {
      const { signIn, requests } = openSignIn({ uncancellable: true });
      const aborter = new AbortController();
      const aborted = failureOf(signIn.get(aborter.signal));
      aborter.abort();
      await aborted;
      expect(requests[0]?.signal.aborted).to.equal(false);
      requests[0]?.resolve({ token: 'a' });
      await turn();
      expect(await signIn.get(never)).to.equal('a');
      expect(requests).to.have.length(1);
    });

    it('makes no request if that had happened before', async () => {
      const { signIn, requests } = openSignIn();
      expect((await failureOf(signIn.get(AbortSignal.abort()))).kind).to.equal('timeout');
      expect(requests).to.have.length(0);
    });
  });

  describe('a sign-in that is refused', () => {
    for (const kind of ['auth', 'misconfigured'] as const)
      it(`(${kind}) is not repeated for ten seconds; everyone gets the same error`, async () => {
        const { signIn, requests, refuse, get, advance, notice } = openSignIn();
        const error = await refuse(kind);
        expect(notice()).to.equal(`refused: ${kind}`);
        advance(9_999);
        expect(await failureOf(signIn.get(never))).to.equal(error);
        expect(requests).to.have.length(1);
        advance(1);
        expect(await get('a')).to.equal('a');
      });

    it('waits as long as the options say', async () => {
      const { signIn, requests, refuse, get, advance } = openSignIn({ refusedBackoffMs: MINUTE });
      await refuse('auth');
      advance(MINUTE - 1);
      await failureOf(signIn.get(never));
      expect(requests).to.have.length(1);
      advance(1);
      expect(await get('a')).to.equal('a');
    });

    it('counts like a token that is not accepted if the options say so', async () => {
      const options = { refusedBackoffMs: 0, limitsRefusals: true };
      const { signIn, requests, refuse, get, advance } = openSignIn(options);
      await refuse('auth');
      await refuse('auth');
      expect((await failureOf(signIn.get(never))).retryAfterMs).to.equal(MINUTE);
      expect(requests).to.have.length(2);
      advance(MINUTE);
      expect(await get('a')).to.equal('a');
    });

    it('is not one that failed for another reason: that is tried again at once', async () => {
      const { refuse, get, notice } = openSignIn();
      await refuse('unavailable');
      expect(notice()).to.be.undefined;
      expect(await get('a')).to.equal('a');
    });

    it('keeps its notice until a token is accepted', async () => {
      const { signIn, refuse, get, advance, notice } = openSignIn();
      await refuse('auth');
      advance(10_000);
      await get('a');
      expect(notice()).to.equal('refused: auth');
      signIn.accept('a');
      expect(notice()).to.be.undefined;
    });
  });

  describe('a token that is refused', () => {
    it('is replaced at once as long as the new one is accepted', async () => {
      const { signIn, get, notice } = openSignIn();
      for (const token of ['a', 'b', 'c', 'd', 'e']) {
        expect(await get(token)).to.equal(token);
        signIn.accept(token);
        signIn.invalidate(token);
        expect(notice()).to.be.undefined;
      }
    });

    it('right after it was issued costs two sign-ins, then one a minute', async () => {
      const { signIn, requests, get, advance, notice } = openSignIn();
      for (const token of ['a', 'b']) signIn.invalidate(await get(token));
      expect(notice()).to.equal('not accepted');
      for (let minute = 1; minute <= 3; minute += 1) {
        advance(MINUTE - 1);
        const error = (await failureOf(signIn.get(never))) as ConnectorError;
        expect(error).to.include({ kind: 'auth', retryAfterMs: 1 });
        advance(1);
        signIn.invalidate(await get(`c${minute}`));
        expect(requests).to.have.length(2 + minute);
      }
    });

    it('changes nothing once another call has replaced it', async () => {
      const { signIn, get, requests } = openSignIn();
      signIn.invalidate(await get('a'));
      await get('b');
      signIn.invalidate('a');
      signIn.accept('a');
      expect(await get('c')).to.equal('b');
      expect(requests).to.have.length(2);
    });

    it('for a known reason shows it', async () => {
      const { signIn, get, notice } = openSignIn();
      signIn.accept(await get('a'));
      signIn.invalidate('a', new ConnectorError('auth', 'banned'));
      expect(notice()).to.equal('banned');
    });
  });

  describe('a token that calls of one kind alone refuse', () => {
    const openRenewing = async () => {
      const opened = openSignIn();
      const { signIn, requests, get } = opened;
      signIn.accept(await get('a'));
      /** @param answer to the request for another token, if there is one. */
      const renew = async (
        token: string,
        answer: (request: (typeof requests)[number]) => void,
      ): Promise<boolean> => {
        const before = requests.length;
        const renewed = signIn.renew(token, never);
        const request = requests.at(-1);
        if (request !== undefined && requests.length > before) answer(request);
        return await renewed;
      };
      return { ...opened, renew };
    };

    it('is replaced once a minute, and serves all others', async () => {
      const { signIn, requests, renew, get, advance } = await openRenewing();
      let token = 'a';
      const renewBy = async (next: string) =>
        await renew(token, (request) => request.resolve({ token: next }));
      expect(await renewBy('b')).to.equal(true);
      token = 'b';
      for (let minute = 1; minute <= 3; minute += 1) {
        signIn.accept(token);
        expect(await renewBy('unused')).to.equal(false);
        advance(MINUTE - 1);
        expect(await renewBy('unused')).to.equal(false);
        expect(await get('unused')).to.equal(token);
        advance(1);
        expect(await renewBy(`c${minute}`)).to.equal(true);
        token = `c${minute}`;
        expect(await get('unused')).to.equal(token);
        expect(requests).to.have.length(2 + minute);
      }
    });

    it('is replaced by one request for all of these calls', async () => {
      const { signIn, requests } = await openRenewing();
      const both = [signIn.renew('a', never), signIn.renew('a', never)];
      requests.at(-1)?.resolve({ token: 'b' });
      expect(await Promise.all(both)).to.deep.equal([true, true]);
      expect(await signIn.renew('a', never)).to.equal(true);
      expect(requests).to.have.length(2);
    });

    it('is not replaced by the same one', async () => {
      const { renew } = await openRenewing();
      expect(await renew('a', (request) => request.resolve({ token: 'a' }))).to.equal(false);
    });

    for (const kind of ['unavailable', 'bad_response', 'auth'] as const)
      it(`serves without a request for a minute after one that failed (${kind})`, async () => {
        const { requests, renew, get, advance } = await openRenewing();
        const fail = async () =>
          await renew('a', (request) => request.reject(new ConnectorError(kind, 'failed')));
        for (let minute = 0; minute < 3; minute += 1) {
          expect(await fail()).to.equal(false);
          expect(await fail()).to.equal(false);
          advance(MINUTE - 1);
          expect(await fail()).to.equal(false);
          expect(await get('unused')).to.equal('a');
          expect(requests).to.have.length(2 + minute);
          advance(1);
        }
      });

    it('serves at once while the request for another one hangs', async () => {
      const { signIn, requests } = await openRenewing();
      expect(await signIn.renew('a', never)).to.equal(false);
      const next = Promise.all([signIn.get(never), signIn.renew('a', never)]);
      expect(await Promise.race([next, turn('waits')])).to.deep.equal(['a', false]);
      expect(requests).to.have.length(2);
      requests.at(-1)?.resolve({ token: 'b' });
      await turn();
      expect(await signIn.get(never)).to.equal('b');
    });

    it('is no answer to a call that is aborted while it waits for another one', async () => {
      const { signIn } = await openRenewing();
      const aborter = new AbortController();
      const renewed = failureOf(signIn.renew('a', aborter.signal));
      aborter.abort();
      expect((await renewed).kind).to.equal('timeout');
    });
  });

  describe('a token with a lifetime', () => {
    it('is renewed a minute before its end', async () => {
      const { get, advance } = openSignIn();
      await get('a', 30 * MINUTE);
      advance(29 * MINUTE - 1);
      expect(await get('b')).to.equal('a');
      advance(1);
      expect(await get('b')).to.equal('b');
    });

    it('that is short is renewed at half of it', async () => {
      const { get, advance } = openSignIn();
      await get('a', MINUTE);
      advance(MINUTE / 2 - 1);
      expect(await get('b')).to.equal('a');
      advance(1);
      expect(await get('b')).to.equal('b');
    });

    it('serves while its renewal takes longer than a second', async () => {
      const { signIn, requests, get, advance } = openSignIn();
      await get('a', 30 * MINUTE);
      advance(29 * MINUTE);
      expect(await signIn.get(never)).to.equal('a');
      requests.at(-1)?.resolve({ token: 'b' });
      await turn();
      expect(await signIn.get(never)).to.equal('b');
      expect(requests).to.have.length(2);
    });

    it('is renewed a minute after that failed, not for each call', async () => {
      const { signIn, requests, get, advance } = openSignIn();
      await get('a', 3 * MINUTE);
      advance(2 * MINUTE);
      const kept = signIn.get(never);
      requests.at(-1)?.reject(new ConnectorError('unavailable', 'down'));
      expect(await kept).to.equal('a');
      expect(await signIn.renew('a', never)).to.equal(false);
      advance(MINUTE - 1);
      expect(await get('unused')).to.equal('a');
      expect(requests).to.have.length(2);
      advance(1);
      expect(await get('b')).to.equal('b');
    });

    it('serves to its end while it cannot be renewed', async () => {
      const { signIn, requests, get, advance } = openSignIn();
      await get('a', 30 * MINUTE);
      advance(30 * MINUTE - 1);
      const kept = signIn.get(never);
      requests.at(-1)?.reject(new ConnectorError('unavailable', 'down'));
      expect(await kept).to.equal('a');
      advance(1);
      const ended = failureOf(signIn.get(never));
      requests.at(-1)?.reject(new ConnectorError('unavailable', 'down'));
      expect((await ended).kind).to.equal('unavailable');
    });
  });
});
