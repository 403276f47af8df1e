/** Why a request was not answered with a lookup: the `outcome` of metrics and logs. */
export type RejectionReason =
  'draining' | 'unauthorized' | 'rate_limited' | 'method_not_allowed' | 'bad_request';

export type Outcome = 'found' | 'not_found' | 'no_email' | 'unavailable';

/** Where a result came from. Without a result from any connection, what is unknown is `null`. */
export interface Source {
  /** The connection's name; with `merge` the names of all that contributed, separated by `, `. */
  readonly connection: string | null;
  readonly connector: string | null;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string | null;
  readonly stale: boolean;
  readonly ageSeconds: number | null;
  /** Something is missing; `missing` names it. */
  readonly partial: boolean;
  /** Names of connections that did not answer, and of sections such as `deals`. */
  readonly missing: readonly string[];
}

export const CACHE_EVENTS = [
  'hit',
  'stale',
  'miss',
  'collapsed',
  'refresh',
  'refresh_failed',
] as const;
export type CacheEvent = (typeof CACHE_EVENTS)[number];

/** For `Cache-Status`; `ttlSeconds` is negative when stale. */
export type CacheStatus =
  | { readonly hit: true; readonly ttlSeconds: number }
  | { readonly hit: false; readonly collapsed: boolean };

/** The source when no connection contributed. */
export const NO_SOURCE: Source = {
  connection: null,
  connector: null,
  fetchedAt: null,
  stale: false,
  ageSeconds: null,
  partial: false,
  missing: [],
};
