/**
 * THE CONTRACT between the bridge and a CRM. A connector is a folder `connectors/NAME/` whose
 * `index.ts` has a default export that satisfies {@link ConnectorModule}; nothing else is needed.
 * `connectors/README.md` shows how to write one.
 *
 * The bridge does for every connector: caching, batching, one shared lookup per person, the deadline,
 * the circuit breaker, rests after 429 and refused sign-ins, one retry of a failed read, cleaning of
 * strings, order and number of deals and tickets, metrics, traces. A connector only asks its CRM and
 * puts the answer into the words of a profile.
 */
import type { Clock } from '../model/clock.ts';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Company, Contact, Deal, OtherMatch, Ticket } from '../model/profile.ts';

/** The default export of `connectors/NAME/index.ts`. */
export interface ConnectorModule<Settings = unknown> {
  /**
   * The connection's settings, without `connector` and `limits` (these are the bridge's own).
   * Any Standard Schema; unknown keys should be errors (zod: `z.strictObject`).
   */
  readonly settings: StandardSchemaV1<unknown, Settings>;
  /**
   * Opens one connection. Loads the CRM's library here, by `await import()`, not at the top of the
   * file. Does not need to reach the CRM: a CRM that is down must not keep the bridge from starting.
   * @throws {Error} when the settings can never work (a file that is missing); start-up then stops.
   */
  open(settings: Settings, context: ConnectorContext): Promise<Connector> | Connector;
}

/** An open connection to one CRM account. Every promise settles soon after `signal` aborts. */
export interface Connector {
  /**
   * @param email normalised: trimmed, NFC, lower case, ASCII domain, at most 254 characters.
   * @returns the person, or `undefined` when the CRM has nobody with that address.
   * @throws {ConnectorError} for everything else: an error never becomes an empty answer.
   */
  lookup(email: string, options: CallOptions): Promise<PersonRecord | undefined>;
  /**
   * The same for many people in as few requests as possible.
   * @param emails normalised, without duplicates, between 1 and `maxBatch` of them.
   * @returns who is known, under the address that was asked for; whoever is absent is unknown.
   */
  lookupMany?(
    emails: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, PersonRecord>>;
  /** How many addresses one `lookupMany` takes; 100 when left out. */
  readonly maxBatch?: number;
  /**
   * The company that owns an e-mail domain, matched exactly. Asked only after a miss, and never for
   * public mail providers. @param domain lower case, ASCII.
   */
  findCompany?(domain: string, options: CallOptions): Promise<PartialRecord<Company> | undefined>;
  /** Signs in and tries what the settings ask for (`check --live`): what works, what is missing. */
  check?(options: CallOptions): Promise<readonly CheckResult[]>;
  /** What is known about the API quota from the latest answers, without asking the CRM. */
  quota?(): Quota | undefined;
  /** Ends timers, sockets and watchers. Lookups under way may fail. */
  close?(): Promise<void> | void;
}

export interface CallOptions {
  /** Aborts at the latest moment the answer is of use. The request to the CRM must really end. */
  readonly signal: AbortSignal;
}

/**
 * A profile as a connector hands it in: any word may be left out or null, only `contact` must be
 * there. Deals and tickets in any order; one more than `limits` let through is enough to tell that
 * there are more.
 */
export interface PersonRecord {
  readonly contact: PartialRecord<Contact>;
  readonly company?: PartialRecord<Company> | null;
  readonly deals?: readonly PartialRecord<Deal>[];
  readonly tickets?: readonly PartialRecord<Ticket>[];
  readonly others?: readonly PartialRecord<OtherMatch>[];
  readonly moreDeals?: boolean;
  readonly moreTickets?: boolean;
  /** Sections that could not be had this time (`deals`, `tickets`, `company`, …): the answer is partial. */
  readonly missing?: readonly string[];
}

/** Every word of T, all optional. */
export type PartialRecord<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** Calls to the CRM that count against a limit, from whatever the CRM last said. */
export interface Quota {
  readonly used: number;
  readonly limit: number;
  /** When the count starts anew, in milliseconds since 1970, if the CRM tells. */
  readonly resetsAt?: number;
}

/** One line of `check --live`. `error` makes the command exit with 1. */
export interface CheckResult {
  readonly level: 'ok' | 'warning' | 'error';
  /** What was tried, what came of it, what to do. No secrets, no personal data. */
  readonly message: string;
}

/** What the bridge gives to a connector. */
export interface ConnectorContext {
  /** The connection's name in the configuration. */
  readonly name: string;
  readonly limits: Limits;
  readonly log: ConnectorLog;
  readonly clock: Clock;
  /** Makes a path absolute: relative ones belong to the folder of the file that names them. */
  resolvePath(path: string): string;
  /**
   * Calls `onChange` shortly after the file's content changed, also by an atomic rename. Several
   * changes in a row are one call. @returns a function that stops watching.
   */
  watchFile(path: string, onChange: () => void): () => void;
  /** To be called once for every request to the CRM, when it has ended: feeds metrics and traces. */
  recordRequest(request: CrmRequest): void;
  /** The connection's data has changed: what the cache holds of it is dropped. */
  invalidate(): void;
  /**
   * A standing problem the operator should see in `/health` until it is withdrawn by `undefined`
   * (a file that no longer parses, a section without permission). No secrets, no personal data.
   */
  setNotice(key: string, message: string | undefined): void;
}

/** `limits` of a connection in the configuration. */
export interface Limits {
  /** The most deals an agent sees. */
  readonly deals: number;
  readonly tickets: number;
  /** The most lookups (single or batch) under way at once; kept by the bridge. */
  readonly concurrency: number;
  /** The share of the quota that is left alone, 0 to 1; kept by the bridge. */
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
  /** The CRM's own id for the request, for its support. */
  readonly correlationId?: string;
}
