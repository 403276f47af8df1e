/** Tokens: fixed ones with scopes, and those an OAuth app gets for its refresh token. */
import { failure, ok, type Reply } from './reply.ts';

export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Every refresh gives a new refresh token and voids the one before. */
  readonly rotation?: boolean;
  /** The account refuses the app: it was uninstalled, or the account is closed. */
  readonly refusedByAccount?: boolean;
}

export class TokenStore {
  /** Forms posted to the token endpoint so far, accepted or not. */
  signIns = 0;
  issued = 0;
  app: OAuthApp | undefined;
  readonly #fixed: ReadonlyMap<string, readonly string[]>;
  readonly #granted = new Map<string, { expiresAt: number; readonly scopes: readonly string[] }>();
  readonly #now: () => number;
  readonly #appScopes: readonly string[];

  /** @param now milliseconds. */
  constructor(
    fixed: Readonly<Record<string, readonly string[]>>,
    app: OAuthApp | undefined,
    appScopes: readonly string[],
    now: () => number,
  ) {
    this.#fixed = new Map(Object.entries(fixed));
    this.app = app;
    this.#appScopes = appScopes;
    this.#now = now;
  }

  /** @returns what a token may do. */
  look(token: string): ReadonlySet<string> | 'unknown' | 'expired' {
    const fixed = this.#fixed.get(token);
    if (fixed !== undefined) return new Set(fixed);
    const granted = this.#granted.get(token);
    if (granted === undefined) return 'unknown';
    return this.#now() < granted.expiresAt ? new Set(granted.scopes) : 'expired';
  }

  /** From now on no access token given out so far is accepted. */
  expireAll(): void {
    for (const granted of this.#granted.values()) granted.expiresAt = 0;
  }

  grant(form: URLSearchParams): Reply {
    this.signIns += 1;
    const refused = (error: string, status: string): Reply =>
      failure(400, `${status} emulated`, { error, error_description: status, status });
    if (this.app === undefined || form.get('client_id') !== this.app.clientId)
      return refused('invalid_client', 'BAD_CLIENT_ID');
    if (form.get('client_secret') !== this.app.clientSecret)
      return refused('invalid_client', 'BAD_CLIENT_SECRET');
    if (form.get('grant_type') !== 'refresh_token')
      return refused('unsupported_grant_type', 'BAD_GRANT_TYPE');
    if (form.get('refresh_token') !== this.app.refreshToken)
      return refused('invalid_grant', 'BAD_REFRESH_TOKEN');
    if (this.app.refusedByAccount === true) return refused('access_denied', 'BAD_HUB');
    this.issued += 1;
    if (this.app.rotation === true)
      this.app = { ...this.app, refreshToken: `refresh-emulated-${this.issued}` };
    const token = `CJ-emulated-${this.issued}`;
    const expiresAt = this.#now() + this.app.expiresIn * 1_000;
    this.#granted.set(token, { expiresAt, scopes: this.#appScopes });
    return ok({
      token_type: 'bearer',
      access_token: token,
      refresh_token: this.app.refreshToken,
      expires_in: this.app.expiresIn,
      hub_id: 149063119,
      user_id: 200001,
      scopes: this.#appScopes,
      token_use: 'access_token',
    });
  }
}
