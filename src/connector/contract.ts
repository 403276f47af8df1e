/**
 * THE CONTRACT between the bridge and a CRM: types and comments only. A connector is a folder `connectors/NAME/`
 * whose `index.ts` has a default export that satisfies {@link ConnectorModule}; nothing else is needed.
 * `connectors/README.md` shows how to write one.
 *
 * The bridge does for every connector: caching, batching, one shared lookup per person, the deadline, the circuit
 * breaker, pauses after 429 and refused sign-ins, one retry of a failed read, sanitizing of strings, order and
 * number of deals and tickets, metrics, traces. A connector only requests data from its CRM and maps it to a
 * profile.
 */
import type { Clock } from '../model/clock.ts';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ConnectorError } from './errors.ts';
import type { Company, Contact, Deal, OtherMatch, RecordKey, Ticket } from '../model/profile.ts';

/** The default export of `connectors/NAME/index.ts`. */
export interface ConnectorModule<Settings = unknown> {
  /**
   * The connection's settings, without `connector` and `limits`, which the bridge reads.
   * Any Standard Schema; unknown keys should be errors (zod: `z.strictObject`).
   */
  readonly settings: StandardSchemaV1<unknown, Settings>;
  /**
   * Opens one connection. Loads the CRM's library here, by `await import()`, not at the top of the
   * file. Does not need to reach the CRM: the bridge must start while a CRM is down.
   * @throws {ConnectorError} `unavailable`, `timeout`, `rate_limited` or `quota` for a reason outside the settings,
   *   such as a missing data file: the others are served, and this one is opened again later, also twice at a time.
   * @throws {Error} any other when the settings can never work; start-up then stops.
   */
  open(settings: Settings, context: ConnectorContext): Promise<Connector> | Connector;
}

/** An open connection to one CRM account. Every promise settles soon after `signal` aborts. */
export interface Connector {
  /**
   * @param email normalised: trimmed, NFC, lower case, ASCII domain, at most 254 characters.
   * @returns the person, or `undefined` when the CRM does not know that address. A record is compared with the
   *   address before it is returned, by all addresses it has in the CRM: `contact.email` may show another of them, so
   *   the bridge cannot do that.
   * @throws {ConnectorError} for everything else: an error never becomes an empty result. `WrongPersonError` for a
   *   record without the address, unless the search is fuzzy: its other results are left out.
   */
  lookup(email: string, options: LookupOptions): Promise<PersonRecord | undefined>;
  /**
   * The same for many people in as few requests as possible.
   * @param emails normalised, without duplicates, between 1 and `maxBatch` of them.
   * @returns the known people by the address in `emails`; one that is absent is unknown. An error in place of a
   *   record fails this person alone, and the circuit breaker does not count it: `WrongPersonError`.
   */
  lookupMany?(
    emails: readonly string[],
    options: LookupOptions,
  ): Promise<ReadonlyMap<string, PersonRecord | ConnectorError>>;
  /** How many addresses one `lookupMany` takes; 100 when left out. */
  readonly maxBatch?: number;
  /**
   * Milliseconds until another lookup should begin, to keep within the CRM's limits; 0 when left out. Meanwhile
   * the bridge gathers people for it. A full batch does not wait, since it cannot become larger.
   */
  pauseMs?(): number;
  /**
   * The company that owns an e-mail domain, matched exactly. Called only after a miss, and never for
   * public mail providers. @param domain lower case, ASCII.
   */
  findCompany?(
    domain: string,
    options: CallOptions,
  ): Promise<(PartialRecord<Company> & Provisional) | undefined>;
  /**
   * Waits for what is loaded in the background, such as the names of stages, as far as it comes before `signal`
   * aborts; never rejects. The command line calls it, whose first lookup is its only one.
   */
  ready?(options: CallOptions): Promise<void>;
  /** Signs in and tries what the settings name (`check --live`): what works, what is missing. */
  check?(options: CallOptions): Promise<readonly CheckResult[]>;
  /** The API quota according to the latest responses, without a request. */
  quota?(): Quota | undefined;
  /** Ends timers, sockets and watchers. Lookups in flight may fail. */
  close?(): Promise<void> | void;
}

export interface CallOptions {
  /** Aborts when the result is no longer of use. The request to the CRM must end then. */
  readonly signal: AbortSignal;
}

export interface LookupOptions extends CallOptions {
  /**
   * To be called once a person is known while deals and the like are still being read: what is shown of the person
   * if the rest does not come in time, or the lookup fails. The rest is in `missing` then. In a batch also for those
   * who are known to be unknown, or complete, while others are not.
   */
  readonly onPartial?: OnPartial<PersonRecord>;
}

/**
 * @param email as it was asked for.
 * @param read what is known by the time it is called, which may be often; `undefined`: the address is unknown.
 */
export type OnPartial<T> = (email: string, read: () => T | undefined) => void;

/**
 * A profile as a connector returns it: only `contact` is required, any field may be left out or null.
 * Deals and tickets in any order; one more than `limits` allow is enough to show that there are more.
 */
export interface PersonRecord extends Provisional {
  readonly contact: PartialRecord<Contact>;
  readonly company?: PartialRecord<Company> | null;
  readonly deals?: readonly PartialRecord<Deal>[];
  readonly tickets?: readonly PartialRecord<Ticket>[];
  /** Give `id` and `email`, which are not shown: a purge of a person also finds where the person is listed. */
  readonly others?: readonly PartialRecord<OtherMatch & RecordKey>[];
  readonly moreDeals?: boolean;
  readonly moreTickets?: boolean;
  /**
   * `false`: all open deals are among `deals`, or more of them than `limits` allow, so that closed ones alone may be
   * missing. Left out: when there are more deals, open ones may be among them.
   */
  readonly moreOpenDeals?: boolean;
  readonly moreOpenTickets?: boolean;
  readonly moreOthers?: boolean;
  /**
   * Sections that could not be read this time (`deals`, `tickets`, `company`, …): the profile is partial. An empty list
   * given to `onPartial` says that the person is complete.
   */
  readonly missing?: readonly string[];
}

/** Shown, but not cached: labels are still loading, so codes are shown. The next lookup may have the names. */
export interface Provisional {
  readonly provisional?: boolean;
}

/** Every field of T, all optional. */
export type PartialRecord<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** Calls to the CRM that count against a limit, according to its latest response. */
export interface Quota {
  readonly used: number;
  readonly limit: number;
  /** When the count is reset, in milliseconds since 1970, if the CRM reports it. */
  readonly resetsAt?: number;
}

/** One line of `check --live`. `error` makes the command exit with 1. */
export interface CheckResult {
  readonly level: 'ok' | 'warning' | 'error';
  /** What was tried, the outcome, what to do. No secrets, no personal data. */
  readonly message: string;
}

/** What the bridge offers a connector. */
export interface ConnectorContext {
  /** The connection's name in the configuration. */
  readonly name: string;
  readonly limits: Limits;
  readonly log: ConnectorLog;
  /** `monotonic()` for ages and waits, `now()` for times that are shown or exchanged. */
  readonly clock: Clock;
  /** Makes a path absolute: relative ones belong to the folder of the file that names them. */
  resolvePath(path: string): string;
  /**
   * Calls `onChange` shortly after the file's content changed, also by an atomic rename. Several
   * changes in a row are one call. @returns a function that stops watching.
   */
  watchFile(path: string, onChange: () => void): () => void;
  /**
   * Whether a domain (lower case, ASCII) belongs to a mail provider, so to no company: the known ones and
   * `publicMailDomains` of the configuration.
   */
  isPublicMailDomain(domain: string): boolean;
  /** To be called once for every request to the CRM when it has ended: for metrics and traces. */
  recordRequest(request: CrmRequest): void;
  /**
   * Adds a step to the trace of this lookup, such as the words that a response has nothing for. It is shown to the
   * operator who asked about that one person (`lookup --trace`, the console) and never logged.
   * @param details is called only for such a lookup; `undefined` adds no step. No secrets, no CRM values.
   */
  addTraceStep(step: string, details: () => LogFields | undefined): void;
  /** The connection's data has changed: its cache entries are dropped. */
  invalidate(): void;
  /**
   * The grant of a refresh token in the settings, the same one after a reload. `signInByRefresh` makes of
   * it what `SharedSignIn` needs.
   * @param newest the refresh token in use when it is known otherwise, such as from a file.
   */
  refreshGrant(configured: string, newest?: string): RefreshGrant;
  /**
   * A standing problem the operator should see in `/health` until it is withdrawn by `undefined`
   * (a file that no longer parses, a section without permission). No secrets, no personal data.
   */
  setNotice(key: string, message: string | undefined): void;
}

/** What an app was granted by a refresh token, which the server may replace with every use. */
export interface RefreshGrant {
  /** Whether the newest refresh token is known beyond this process. */
  readonly isShared: boolean;
  /**
   * Requests a new access token. Of all processes that share a store one does so, and the others get the same.
   * @param since the number of the access token that is not good any more; 0 at first.
   * @param request sends one request with the newest refresh token. Its signal is a time limit, not
   *   that of a call: an answer that comes late may hold the only refresh token that is good.
   * @throws what `request` throws, or `unavailable` when the newest refresh token cannot be known.
   */
  renew<T>(
    since: number,
    request: (refreshToken: string, signal: AbortSignal) => Promise<Granted<T>>,
  ): Promise<Renewed<T>>;
}

/** What a server has granted. */
export interface Granted<T> {
  /** Plain JSON: the access token, and what belongs to it. */
  readonly access: T;
  /** Milliseconds the access token is valid; left out when only its refusal ends it. */
  readonly lifetimeMs?: number | undefined;
  /** In place of the one that was sent; left out if that stays. */
  readonly refreshToken?: string | undefined;
}

export interface Renewed<T> {
  readonly number: number;
  readonly access: T;
  readonly lifetimeMs: number;
  readonly refreshToken: string;
}

/** `limits` of a connection in the configuration. */
export interface Limits {
  /** The number of deals an agent sees. */
  readonly deals: number;
  readonly tickets: number;
  /** Lookups (single or batch) in flight at once; enforced by the bridge. */
  readonly concurrency: number;
  /** The share of the quota that is not used, 0 to 1; enforced by the bridge. */
  readonly quotaReserve: number;
}

/** Messages and fields must not hold e-mails, keys, tokens, IPs, page URLs or CRM values. */
export interface ConnectorLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request to the CRM that has ended. */
export interface CrmRequest {
  /** From a closed set, such as `composite`, `batch/read contacts`, `token`. */
  readonly operation: string;
  /** The HTTP status; without HTTP `ok`; or why there is none. */
  readonly status: number | 'ok' | 'timeout' | 'aborted' | 'error';
  /** Duration in milliseconds. */
  readonly ms: number;
  /** The CRM's id of the request, for its support. */
  readonly correlationId?: string;
}
