/** The access token of each request: a fixed one, or one of an OAuth app. */
import { z } from 'zod';
import {
  ConnectorError,
  SharedSignIn,
  signInByRefresh,
  type ConnectorContext,
  type HttpPool,
} from '../../src/connector/index.ts';
import { HubSpotError, parseJsonResponse } from './errors.ts';

export interface AccessTokens {
  /** @throws {ConnectorError} `auth` when no token is issued, `timeout` when the signal aborts. */
  get(signal: AbortSignal): Promise<string>;
  /** HubSpot accepted this token. */
  accept(token: string): void;
  /** HubSpot refused this token. @returns whether another one may be issued. */
  invalidate(token: string): boolean;
}

const tokenResponse = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  /** Seconds; HubSpot sends 1800. */
  expires_in: z.number().positive().default(1800),
});

const REFRESH_TOKEN_ENDED =
  'the refresh token is invalid, expired or revoked: connect the app to the account again';
const ACCOUNT_REFUSES =
  'the account does not admit the app (any more): install the app in it again, with its super admin';
/** What to do about a refused sign-in, by HubSpot's code; without a known one, `invalid_client`. */
const REFUSALS: Readonly<Record<string, string>> & { readonly invalid_client: string } = {
  BAD_CLIENT_ID: 'there is no app with this clientId: copy it again from the settings of the app',
  BAD_CLIENT_SECRET:
    'clientSecret does not belong to clientId: copy it again from the settings of the app',
  BAD_REFRESH_TOKEN: REFRESH_TOKEN_ENDED,
  BAD_HUB: ACCOUNT_REFUSES,
  invalid_client: 'the sign-in is refused: check clientId, clientSecret and refreshToken',
  invalid_grant: REFRESH_TOKEN_ENDED,
  access_denied: ACCOUNT_REFUSES,
};

export function fixedToken(accessToken: string): AccessTokens {
  return {
    get: () => Promise.resolve(accessToken),
    accept: () => undefined,
    invalidate: () => false,
  };
}

export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/**
 * The tokens of an OAuth app, which are renewed by their own expiry, as HubSpot asks.
 * Source: docs/developer-tooling/platform/usage-guidelines.
 * @param url of HubSpot's token endpoint.
 */
export function openAccessTokens(
  { clientId, clientSecret, refreshToken }: OAuthApp,
  { url, pool }: { readonly url: string; readonly pool: HttpPool },
  context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice' | 'refreshGrant'>,
): AccessTokens {
  let refusal = 'the sign-in is refused';

  async function requestToken(newest: string, signal: AbortSignal): Promise<unknown> {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: newest,
    });
    const response = await pool.send({
      operation: 'token',
      method: 'POST',
      url,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form.toString(),
      signal,
    });
    return parseJsonResponse('token', response, {
      now: context.clock.now(),
      midnight: undefined,
      canRenewToken: false,
    });
  }

  const signIn = new SharedSignIn<string>({
    context,
    // The refresh token may rotate: an aborted response would lose the new one.
    uncancellable: true,
    refusedBackoffMs: 0,
    limitsRefusals: true,
    notAccepted(retryAfterMs) {
      const next = retryAfterMs > 0 ? `; next try in ${Math.ceil(retryAfterMs / 1_000)} s` : '';
      return new ConnectorError('auth', `HubSpot: ${refusal}${next}`, { retryAfterMs });
    },
    signIn: signInByRefresh(context.refreshGrant(refreshToken), async (newest, signal) => {
      const json = await requestToken(newest, signal).catch((cause: unknown) => {
        if (!(cause instanceof HubSpotError)) throw cause;
        const { status, code = '' } = cause.response;
        if (![400, 401, 403].includes(status)) throw cause;
        refusal = REFUSALS[code] ?? REFUSALS['invalid_client'];
        throw new ConnectorError('auth', `HubSpot: ${refusal}`, { cause });
      });
      const parsed = tokenResponse.safeParse(json);
      if (!parsed.success)
        throw new ConnectorError('bad_response', 'HubSpot, token: a response without a token');
      const { access_token: access, refresh_token, expires_in } = parsed.data;
      context.log.debug('signed in to HubSpot', { expiresInSeconds: expires_in });
      return { access, lifetimeMs: expires_in * 1_000, refreshToken: refresh_token };
    }),
  });
  return {
    get: (signal) => signIn.get(signal),
    accept: (token) => signIn.accept(token),
    invalidate(token) {
      signIn.invalidate(token);
      return true;
    },
  };
}
