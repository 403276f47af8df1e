/** The access token of each request: a fixed one, or one of an OAuth app. */
import { z } from 'zod';
import { SharedSignIn, type ConnectorContext } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import type { Settings } from './settings.ts';

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

const REFUSED_STATUSES = new Set([400, 401, 403]);

const refreshTokenEnded =
  'the refresh token is invalid, expired or revoked: connect the app to the account again';
const accountRefuses =
  'the account does not admit the app (any more): install the app in it again, with its super admin';
/** What to do about a refused sign-in, by HubSpot's code; without a known one, `invalid_client`. */
const refusals: Readonly<Record<string, string>> & { readonly invalid_client: string } = {
  BAD_CLIENT_ID: 'there is no app with this clientId: copy it again from the settings of the app',
  BAD_CLIENT_SECRET:
    'clientSecret does not belong to clientId: copy it again from the settings of the app',
  BAD_REFRESH_TOKEN: refreshTokenEnded,
  BAD_HUB: accountRefuses,
  invalid_client: 'the sign-in is refused: check clientId, clientSecret and refreshToken',
  invalid_grant: refreshTokenEnded,
  access_denied: accountRefuses,
};

/**
 * A fixed token, or tokens of an OAuth app. These are renewed by their own expiry, as HubSpot asks.
 * Source: docs/developer-tooling/platform/usage-guidelines.
 * @param requestToken posts the form to HubSpot's token endpoint. @returns the response's JSON.
 */
export function openAccessTokens(
  { accessToken, auth }: Pick<Settings, 'accessToken' | 'auth'>,
  context: Pick<ConnectorContext, 'clock' | 'log' | 'setNotice'>,
  requestToken: (form: URLSearchParams) => Promise<unknown>,
): AccessTokens {
  if (auth === undefined)
    return {
      get: () => Promise.resolve(accessToken ?? ''),
      accept: () => undefined,
      invalidate: () => false,
    };

  let { refreshToken } = auth;
  let refusal = 'the sign-in is refused';
  const signIn = new SharedSignIn<string>({
    context,
    // The refresh token may rotate: an aborted response would lose the new one.
    uncancellable: true,
    refusedBackoffMs: 0,
    limitsRefusals: true,
    notAccepted(retryAfterMs) {
      const next = retryAfterMs > 0 ? `; next try in ${Math.ceil(retryAfterMs / 1_000)} s` : '';
      return new HubSpotError('auth', `HubSpot: ${refusal}${next}`, { retryAfterMs });
    },
    async signIn() {
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: auth.clientId,
        client_secret: auth.clientSecret,
        refresh_token: refreshToken,
      });
      const json = await requestToken(form).catch((cause: unknown) => {
        if (!(cause instanceof HubSpotError) || !REFUSED_STATUSES.has(cause.status ?? 0))
          throw cause;
        refusal = refusals[cause.code ?? ''] ?? refusals['invalid_client'];
        throw new HubSpotError('auth', `HubSpot: ${refusal}`, { cause, status: cause.status });
      });
      const parsed = tokenResponse.safeParse(json);
      if (!parsed.success)
        throw new HubSpotError('bad_response', 'HubSpot, token: a response without a token');
      const { access_token: token, refresh_token, expires_in } = parsed.data;
      refreshToken = refresh_token ?? refreshToken;
      context.log.debug('signed in to HubSpot', { expiresInSeconds: expires_in });
      return { token, lifetimeMs: expires_in * 1_000 };
    },
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
