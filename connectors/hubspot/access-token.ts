/** The token that goes with each request. */
import { z } from 'zod';
import type { Clock, ConnectorLog } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import { unlessAborted } from './time.ts';

export interface AccessTokens {
  /** @throws {HubSpotError} `auth` when there is none to be had. */
  get(signal: AbortSignal): Promise<string>;
  /** HubSpot did not accept this token. @returns whether another one may be had. */
  invalidate(token: string): boolean;
}

/** A service key or the token of a private app: the same until the settings change. */
export function staticToken(token: string): AccessTokens {
  return { get: () => Promise.resolve(token), invalidate: () => false };
}

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Posts the form to HubSpot's token endpoint. @returns the answer's JSON. */
  readonly signIn: (form: URLSearchParams) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: ConnectorLog;
}

const granted = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  /** Seconds; HubSpot gives 1800. */
  expires_in: z.number().positive().default(1800),
});

/** A new token is fetched so long before the old one expires. */
const EARLY_MS = 60_000;
/** However often tokens are refused: two sign-ins at once, then one per so many milliseconds. */
const SIGN_INS = 2;
const SIGN_IN_EVERY_MS = 60_000;

/**
 * Access tokens from a refresh token. They are renewed by their own expiry, as HubSpot asks; a 401 costs
 * one sign-in at most, shared by all who wait. Source: docs/developer-tooling/platform/usage-guidelines.
 */
export class OAuthTokens implements AccessTokens {
  readonly #options: OAuthOptions;
  #refreshToken: string;
  #current:
    { readonly token: string; readonly renewAt: number; readonly endsAt: number } | undefined;
  #renewal: Promise<string> | undefined;
  /** Sign-ins that may still be made, as of {@link #creditAt}; refilled with time. */
  #credit = SIGN_INS;
  #creditAt: number;

  constructor(options: OAuthOptions) {
    this.#options = options;
    this.#refreshToken = options.refreshToken;
    this.#creditAt = options.clock.now();
  }

  async get(signal: AbortSignal): Promise<string> {
    const now = this.#options.clock.now();
    const current = this.#current;
    if (current !== undefined && now < current.renewAt) return current.token;
    this.#renewal ??= this.#renew().finally(() => (this.#renewal = undefined));
    try {
      return await unlessAborted(this.#renewal, signal);
    } catch (error) {
      // The old token is good for up to a minute more.
      if (current !== undefined && current === this.#current && now < current.endsAt)
        return current.token;
      throw error;
    }
  }

  invalidate(token: string): boolean {
    if (this.#current?.token === token) this.#current = undefined;
    return true;
  }

  async #renew(): Promise<string> {
    const { clientId, clientSecret, clock, log, signIn } = this.#options;
    this.#spendCredit();
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: this.#refreshToken,
    });
    const answer = await signIn(form).catch((error: unknown) => {
      const refused = error instanceof HubSpotError && signInRefused.has(error.status ?? 0);
      // A token endpoint that is down has refused nothing.
      if (!refused) this.#credit += 1;
      throw refused ? refusedSignIn(error) : error;
    });
    const parsed = granted.safeParse(answer);
    if (!parsed.success)
      throw new HubSpotError('bad_response', 'HubSpot, token: an answer without a token');
    const { access_token: token, refresh_token: refreshToken, expires_in: seconds } = parsed.data;
    const life = seconds * 1_000;
    const now = clock.now();
    this.#refreshToken = refreshToken ?? this.#refreshToken;
    this.#current = {
      token,
      renewAt: now + life - Math.min(EARLY_MS, life / 2),
      endsAt: now + life,
    };
    log.debug('signed in to HubSpot', { expiresInSeconds: seconds });
    return token;
  }

  /** @throws {HubSpotError} `auth` when there were too many sign-ins lately. */
  #spendCredit(): void {
    const now = this.#options.clock.now();
    const gained = Math.max(0, now - this.#creditAt) / SIGN_IN_EVERY_MS;
    this.#credit = Math.min(SIGN_INS, this.#credit + gained);
    this.#creditAt = now;
    if (this.#credit < 1)
      throw new HubSpotError('auth', 'HubSpot refuses the sign-in; the next try is in a while', {
        retryAfterMs: Math.ceil((1 - this.#credit) * SIGN_IN_EVERY_MS),
      });
    this.#credit -= 1;
  }
}

const signInRefused = new Set([400, 401, 403]);

function refusedSignIn(cause: HubSpotError): HubSpotError {
  return new HubSpotError(
    'auth',
    'HubSpot refused the refresh token: connect the app again, and check clientId and clientSecret',
    { cause, ...(cause.status === undefined ? {} : { status: cause.status }) },
  );
}
