/** Who may ask what, and how often: tokens, scopes, limits; then the answer. */
import type { IncomingHttpHeaders } from 'node:http';
import { Limiter, type Tier } from './limiter.ts';
import { TokenBook, type OAuthApp } from './oauth.ts';
import { scopeOf, type ObjectOptions } from './objects.ts';
import { expired, missingScopes, tooMany, unauthorized, type Reply } from './reply.ts';
import { routeOf, unknownPath } from './routes.ts';
import type { World } from './world.ts';

/** All scopes the connector can use. */
export const allScopes: readonly string[] = [
  ...Object.values(scopeOf),
  'crm.objects.owners.read',
  'oauth',
];

export const TOKEN = 'pat-eu1-emulated';

export interface DoorOptions extends Partial<ObjectOptions> {
  readonly tier?: Tier;
  /** Fixed tokens and their scopes; {@link TOKEN} with all scopes when left out. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>;
  readonly oauth?: OAuthApp;
  /** The time that limits and tokens go by, in milliseconds since 1970. */
  readonly now?: () => number;
}

export interface Asking {
  readonly method: string;
  /** Canonical; `undefined` for a path that HubSpot does not have. */
  readonly path: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export class Door {
  readonly tokens: TokenBook;
  readonly limiter: Limiter;
  /** Whether an input makes a batch read fail as a whole. */
  rejects: (input: string) => boolean = () => false;
  readonly #world: World;
  readonly #now: () => number;
  readonly #options: ObjectOptions;

  constructor(world: World, options: DoorOptions) {
    this.#world = world;
    this.#now = options.now ?? Date.now;
    this.tokens = new TokenBook(
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

  answer({ method, path, query, headers, body }: Asking): Reply {
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
      world: this.#world,
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
