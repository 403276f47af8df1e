/** The token endpoint: client credentials, JWT bearer, and refresh tokens with rotation on demand. */
import { randomBytes, verify } from 'node:crypto';

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  /** PEM of the certificate's key, for JWT bearer; without it the flow is refused. */
  readonly publicKey: string | undefined;
  /** The first refresh token that is good. */
  readonly refreshToken: string;
  /** Every refresh gives a new refresh token and voids the old one. */
  readonly rotation: boolean;
  /** What `instance_url` says; by default the server itself. */
  readonly instanceUrl: () => string;
  /** The server's own address, good as an audience besides the public ones. */
  readonly url: () => string;
  readonly now: () => number;
}

export interface OAuthAnswer {
  readonly status: number;
  readonly body: object;
}

export class OAuth {
  readonly #options: OAuthOptions;
  readonly #sessions = new Set<string>();
  #refreshToken: string;
  /** Tokens given out so far. */
  issued = 0;
  #refusals: OAuthAnswer[] = [];
  #lasting: OAuthAnswer | undefined;

  constructor(options: OAuthOptions) {
    this.#options = options;
    this.#refreshToken = options.refreshToken;
  }

  accepts(accessToken: string): boolean {
    return this.#sessions.has(accessToken);
  }

  /** Every access token given out so far is void. */
  expireSessions(): void {
    this.#sessions.clear();
  }

  /** The next sign-ins are refused so, whoever asks. @param times for ever when left out. */
  refuse(error: string, description: string, times = Infinity): void {
    const refusal = refused(error, description);
    this.#refusals = times === Infinity ? [] : Array<OAuthAnswer>(times).fill(refusal);
    this.#lasting = times === Infinity ? refusal : undefined;
  }

  /** @param authorization the header, which may hold the client as Basic. */
  token(form: URLSearchParams, authorization: string | undefined): OAuthAnswer {
    const refusal = this.#refusals.pop() ?? this.#lasting;
    if (refusal !== undefined) return refusal;
    const client = clientOf(form, authorization);
    switch (form.get('grant_type') ?? '') {
      case 'client_credentials':
        return this.#refuseClient(client, true) ?? this.#grant({});
      case 'refresh_token':
        return this.#refuseClient(client, false) ?? this.#refresh(form.get('refresh_token'));
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return this.#jwt(form.get('assertion') ?? '');
      default:
        return refused('unsupported_grant_type', 'grant type not supported');
    }
  }

  #refuseClient(
    { id, secret }: { id: string | null; secret: string | null },
    secretNeeded: boolean,
  ): OAuthAnswer | undefined {
    if (id !== this.#options.clientId)
      return refused('invalid_client_id', 'client identifier invalid');
    if (secret === null && !secretNeeded) return undefined;
    if (secret !== this.#options.clientSecret) {
      return refused('invalid_client', 'invalid client credentials');
    }
    return undefined;
  }

  #refresh(token: string | null): OAuthAnswer {
    if (token !== this.#refreshToken) {
      return refused('invalid_grant', 'expired access/refresh token');
    }
    if (!this.#options.rotation) return this.#grant({});
    this.#refreshToken = `5Aep861${randomBytes(12).toString('hex')}`;
    return this.#grant({ refresh_token: this.#refreshToken });
  }

  #jwt(assertion: string): OAuthAnswer {
    const [header = '', claims = '', signature = '', ...rest] = assertion.split('.');
    const { alg } = decoded(header);
    const { iss, sub, aud, exp } = decoded(claims);
    const { publicKey, clientId, username } = this.#options;
    const signed =
      publicKey !== undefined &&
      alg === 'RS256' &&
      rest.length === 0 &&
      verify(
        'sha256',
        Buffer.from(`${header}.${claims}`),
        publicKey,
        Buffer.from(signature, 'base64url'),
      );
    if (!signed) return refused('invalid_grant', 'invalid assertion');
    if (iss !== clientId) return refused('invalid_client_id', 'client identifier invalid');
    if (sub !== username) return refused('invalid_grant', "user hasn't approved this consumer");
    const audiences = [
      'https://login.salesforce.com',
      'https://test.salesforce.com',
      this.#options.url(),
    ];
    if (typeof aud !== 'string' || !audiences.includes(aud)) {
      return refused('invalid_grant', 'audience is invalid');
    }
    const left = Number(exp) - this.#options.now() / 1000;
    if (!(left > 0 && left <= 300)) return refused('invalid_grant', 'assertion is expired');
    return this.#grant({});
  }

  #grant(more: object): OAuthAnswer {
    const accessToken = `00D000000000001!${randomBytes(24).toString('hex')}`;
    this.#sessions.add(accessToken);
    this.issued += 1;
    return {
      status: 200,
      body: {
        access_token: accessToken,
        signature: randomBytes(32).toString('base64'),
        token_format: 'opaque',
        scope: 'api',
        instance_url: this.#options.instanceUrl(),
        id: `${this.#options.url()}/id/00D000000000001AAA/005000000000001AAA`,
        token_type: 'Bearer',
        issued_at: String(this.#options.now()),
        api_instance_url: 'https://api.salesforce.com',
        ...more,
      },
    };
  }
}

function refused(error: string, description: string): OAuthAnswer {
  return { status: 400, body: { error, error_description: description } };
}

function clientOf(form: URLSearchParams, authorization: string | undefined) {
  const [, basic] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (basic === undefined) return { id: form.get('client_id'), secret: form.get('client_secret') };
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
  return { id: decodeURIComponent(id), secret: decodeURIComponent(secret.join(':')) };
}

function decoded(part: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString())) as Record<string, unknown>;
  } catch {
    return {};
  }
}
