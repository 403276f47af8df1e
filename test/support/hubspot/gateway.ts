/** Checks tokens, scopes and limits of a request, then answers it. */
import type { IncomingHttpHeaders } from 'node:http';
import { Limiter, type Tier } from './limiter.ts';
import { TokenStore, type OAuthApp } from './oauth.ts';
import { scopeOf, type ObjectOptions } from './objects.ts';
import { expired, missingScopes, tooMany, unauthorized, type Reply } from './reply.ts';
import { routeOf, unknownPath } from './routes.ts';
import type { AccountData } from './account-data.ts';

/** All scopes the connector can use. */
export const allScopes: readonly string[] = [
  ...Object.values(scopeOf),
  'crm.objects.owners.read',
  'oauth',
];

export const TOKEN = 'pat-eu1-emulated';

export interface GatewayOptions extends Partial<ObjectOptions> {
  readonly tier?: Tier;
  /** Fixed tokens and their scopes; {@link TOKEN} with all scopes when left out. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>;
  readonly oauth?: OAuthApp;
  /** The time that limits and tokens go by, in milliseconds since 1970. */
  readonly now?: () => number;
}

export interface GatewayRequest {
  readonly method: string;
  /** Canonical; `undefined` for a path that HubSpot does not have. */
  readonly path: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class Gateway {
  readonly tokens: TokenStore;
  readonly limiter: Limiter;
  /** Whether an input makes a batch read fail as a whole. */
  rejects: (input: string) => boolean = () => false;
  readonly #data: AccountData;
  readonly #now: () => number;
  readonly #options: ObjectOptions;

  constructor(data: AccountData, options: GatewayOptions) {
    this.#data = data;
    this.#now = options.now ?? Date.now;
    this.tokens = new TokenStore(
      options.tokens ?? { [TOKEN]: allScopes },
      options.oauth,
      allScopes,
      this.#now,
    );
    this.limiter = new Limiter(options.tier ?? 'increased', this.#now);
    this.#options = {
      missStatus: options.missStatus ?? 207,
      findsSecondary: options.findsSecondary ?? false,
      associationPage: options.associationPage ?? 500,
      indexLag: options.indexLag ?? 5_000,
    };
  }

  answer({ method, path, query, headers, body }: GatewayRequest): Reply {
    if (method === 'POST' && path === 'oauth/token')
      return this.tokens.grant(new URLSearchParams(body));
    const route = path === undefined ? undefined : routeOf(method, path);
    if (route === undefined) return unknownPath();
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const scopes = this.tokens.look(token);
    if (scopes === 'unknown') return unauthorized();
    if (scopes === 'expired') return expired();
    const forbidden = this.limiter.take(token, route.kind);
    const rates = route.kind === 'general' ? { headers: this.limiter.headers(token) } : {};
    if (forbidden !== undefined) return { ...tooMany(forbidden), ...rates };
    if (!route.scopes.some((scope) => scopes.has(scope)))
      return { ...missingScopes(route.scopes), ...rates };
    const reply = route.answer({
      data: this.#data,
      query,
      body: body === '' ? undefined : (JSON.parse(body) as unknown),
      scopes,
      options: this.#options,
      now: this.#now(),
      rejects: this.rejects,
    });
    return { ...reply, ...rates };
  }
}
