/**
 * Fresh from the cache, stale from the cache and refreshed in the background, or one shared lookup for all requests for
 * the same person. Errors are never cached and never become an empty result.
 */
import type { CacheConfiguration, ConnectionConfiguration } from '../config/configuration.ts';
import { limitUnknown, UnknownLimitError, type Limiter } from '../limits/limiter.ts';
import type { Clock } from '../model/clock.ts';
import type { CacheEvent } from '../model/outcome.ts';
import type { Company } from '../model/profile.ts';
import type { StepAttributes } from '../telemetry/span-attributes.ts';
import {
  activeTrace,
  beginStep,
  runIn,
  type OpenStep,
  type TraceContext,
} from '../telemetry/spans.ts';
import type { Connection, PersonResult } from '../upstream/connection.ts';
import { toConnectorError } from '../upstream/errors.ts';
import { EntryCache, type CacheHit } from './entry-cache.ts';
import { FailureBackoff } from './failure-backoff.ts';
import { linksOf, type PersonLinks } from './person-links.ts';
import { PersonSearch } from './person-search.ts';
import { Purges } from './purges.ts';
import type { Entry } from './store.ts';

export type CacheRead<T> =
  | ({ readonly state: 'fresh' | 'stale' } & CacheHit<T>)
  | {
      readonly state: 'miss';
      /** Rejects with a ConnectorError. */
      readonly entry: Promise<Entry<T>>;
      /** A lookup for the same person was already in flight. */
      readonly collapsed: boolean;
    };

export interface ReadOptions {
  /** Limits lookups of people that the connection does not know; the key is its name. */
  readonly unknownLookups?: Limiter;
  /** Asks the CRM whatever is cached, which stays until there is something newer. */
  readonly pastCache?: boolean | undefined;
}

type Search = 'person' | 'company';
type Fetch<T> = () => Promise<Entry<T>>;

/** Where an entry comes from. */
interface Source<T> {
  /** For a refresh. */
  readonly fetch: Fetch<T>;
  readonly fetchMissing: Fetch<T>;
  /** Of a person. */
  readonly links?: (entry: Entry<T>) => PersonLinks;
  readonly pastCache?: boolean | undefined;
}

type Identity = Pick<ConnectionConfiguration, 'name' | 'fingerprint'>;

export class LookupCache {
  readonly #clock: Clock;
  readonly #onEvent: (connection: string, event: CacheEvent) => void;
  readonly #entries: EntryCache;
  readonly #backoff: FailureBackoff;
  readonly #purges = new Purges();
  readonly #inFlight = new Map<string, Promise<Entry<unknown>>>();
  /** Which trace shows a lookup in flight, for the requests that join it. */
  readonly #traceOrigins = new WeakMap<Promise<unknown>, TraceContext>();

  constructor(
    settings: CacheConfiguration,
    clock: Clock,
    onEvent: (connection: string, event: CacheEvent) => void,
  ) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#entries = new EntryCache(settings, clock);
    this.#backoff = new FailureBackoff(clock);
  }

  configure(settings: CacheConfiguration): void {
    this.#entries.configure(settings);
  }

  stats(): ReturnType<EntryCache['stats']> {
    return this.#entries.stats();
  }

  /**
   * @param email normalised.
   */
  person(
    connection: Connection,
    email: string,
    { unknownLookups, pastCache }: ReadOptions = {},
  ): CacheRead<PersonResult> {
    const fetch = async () => {
      const result = await connection.lookup(email);
      return this.#entryOf(result, result);
    };
    const fetchMissing =
      unknownLookups === undefined
        ? fetch
        : () => limitUnknown(unknownLookups, connection.name, fetch, ({ found }) => found);
    const prefix = keyPrefix(connection.configuration);
    const links = (entry: Entry<PersonResult>) => linksOf(prefix, entry);
    const source = { fetch, fetchMissing, links, pastCache };
    return this.#read(connection, 'person', `${prefix}${email}`, source);
  }

  /** The company by an e-mail domain, cached like people. */
  company(
    connection: Connection,
    domain: string,
    { pastCache }: Pick<ReadOptions, 'pastCache'> = {},
  ): CacheRead<Company> {
    const fetch = async () => {
      const result = await connection.findCompany(domain);
      return this.#entryOf(result?.company, result);
    };
    const key = `${keyPrefix(connection.configuration)}@${domain}`;
    return this.#read(connection, 'company', key, { fetch, fetchMissing: fetch, pastCache });
  }

  /** Removes what has expired. */
  sweep(): void {
    this.#entries.sweep();
    this.#backoff.sweep();
  }

  /**
   * Drops one person, whatever address was asked for: also under the other addresses of the same record, and under
   * those in the other connections. A lookup in flight is not cached.
   * @returns how many entries were dropped.
   */
  async dropPerson(connections: readonly Identity[], email: string): Promise<number> {
    const prefixes = connections.map((connection) => keyPrefix(connection));
    const purge = this.#purges.begin();
    const begun = new Map(this.#inFlight);
    // At once: what is asked for from now on is looked up again.
    for (const prefix of prefixes) this.#inFlight.delete(`${prefix}${email}`);
    try {
      const found = new PersonSearch(this.#entries, prefixes);
      for (const name of await found.namesOf(email)) purge.names.add(name);
      const dropped = await Promise.all(
        [...found.keys].map((key) => {
          if (this.#inFlight.get(key) === begun.get(key)) this.#inFlight.delete(key);
          this.#backoff.delete(key);
          return this.#entries.delete(key);
        }),
      );
      return dropped.filter(Boolean).length;
    } finally {
      purge.end();
    }
  }

  /** Drops everything of a connection with these settings. @returns how many entries were dropped. */
  async dropConnection(connection: Identity): Promise<number> {
    const prefix = keyPrefix(connection);
    for (const key of [...this.#inFlight.keys()]) {
      if (key.startsWith(prefix)) this.#inFlight.delete(key);
    }
    this.#backoff.clear(prefix);
    return this.#entries.clear(prefix);
  }

  /** Lets people be looked up again whose lookups have failed. */
  forgetFailures(connection: Identity): void {
    this.#backoff.clear(keyPrefix(connection));
  }

  close(): Promise<void> {
    return this.#entries.close();
  }

  #read<T>(connection: Connection, search: Search, key: string, source: Source<T>): CacheRead<T> {
    const cached = source.pastCache === true ? undefined : this.#entries.read<T>(key);
    if (cached !== undefined && cached.ttlMs > 0) {
      this.#begin(connection, search, 'hit')?.end(attributesOf(cached));
      return { state: 'fresh', ...cached };
    }
    const inFlight = this.#inFlight.get(key) as Promise<Entry<T>> | undefined;
    if (cached !== undefined) {
      const step = this.#begin(connection, search, 'stale');
      const refreshes = inFlight === undefined && this.#backoff.mayRefresh(key);
      if (refreshes) runIn(step, () => this.#refresh(connection, key, source));
      step?.end(attributesOf(cached), { refreshes });
      return { state: 'stale', ...cached };
    }
    const step = this.#begin(connection, search, inFlight === undefined ? 'miss' : 'collapsed');
    const entry = inFlight ?? runIn(step, () => this.#fetchMissing(key, source));
    if (step !== undefined) {
      step.link(inFlight && this.#traceOrigins.get(inFlight));
      endStepWith(step, entry);
    }
    return { state: 'miss', entry, collapsed: inFlight !== undefined };
  }

  /** Counts what the cache does, and begins the step about it. */
  #begin({ name, configuration }: Connection, search: Search, event: CacheEvent) {
    this.#onEvent(name, event);
    return beginStep('cache', { connection: configuration, search, event });
  }

  #fetchMissing<T>(key: string, source: Source<T>): Promise<Entry<T>> {
    const failed = source.pastCache === true ? undefined : this.#backoff.errorFor(key);
    if (failed !== undefined) return Promise.reject(failed);
    return this.#fetch(key, source.fetchMissing, source.links);
  }

  #refresh<T>(connection: Connection, key: string, { fetch, links }: Source<T>) {
    this.#onEvent(connection.name, 'refresh');
    this.#fetch(key, fetch, links).then(undefined, () =>
      this.#onEvent(connection.name, 'refresh_failed'),
    );
  }

  /** The lookup that all requests for `key` share. A store of several processes would be asked here first. */
  #fetch<T>(key: string, fetch: Fetch<T>, links?: Source<T>['links']): Promise<Entry<T>> {
    return this.#purges.track((isPurged) => this.#fetchTracked(key, fetch, isPurged, links));
  }

  async #fetchTracked<T>(
    key: string,
    fetch: Fetch<T>,
    isPurged: (names: readonly string[]) => boolean,
    links?: Source<T>['links'],
  ): Promise<Entry<T>> {
    const fetched = fetch();
    this.#inFlight.set(key, fetched);
    // A purge removes the lookup from the map. What it brings is then outdated and must not be cached.
    const isCurrent = () => this.#inFlight.get(key) === fetched;
    const origin = activeTrace();
    if (origin !== undefined) this.#traceOrigins.set(fetched, origin);
    try {
      const entry = await fetched;
      this.#backoff.delete(key);
      const { shown = [], listed = [], listedAs = [] } = links?.(entry) ?? {};
      if (isCurrent() && !isPurged([key, ...shown, ...listed, ...listedAs]))
        this.#entries.write(key, entry, { links: [...shown, ...listed] });
      return entry;
    } catch (thrown) {
      if (isCurrent() && !(thrown instanceof UnknownLimitError)) this.#backoff.record(key, thrown);
      throw thrown;
    } finally {
      if (isCurrent()) this.#inFlight.delete(key);
    }
  }

  #entryOf<T>(
    value: T | undefined,
    { missing = [], provisional }: Partial<PersonResult> = {},
  ): Entry<T> {
    const fetchedAt = this.#clock.now();
    const partial = missing.length > 0;
    if (value === undefined) return { fetchedAt, partial, found: false };
    const entry = { fetchedAt, partial, found: true, value } as const;
    return provisional === true ? { ...entry, provisional } : entry;
  }
}

/**
 * The same in every process with the same configuration, and after a restart. Changed settings make other
 * keys, so nothing cached under other settings is read; the name keeps apart connections with equal ones.
 */
function keyPrefix({ name, fingerprint }: Identity): string {
  return `${name} ${fingerprint} `;
}

function endStepWith(step: OpenStep, entry: Promise<Entry<unknown>>): void {
  entry.then(
    (fetched) => step.end(resultOf(fetched)),
    (thrown: unknown) => step.end({ error: toConnectorError(thrown).kind }),
  );
}

function attributesOf({ entry, ageMs }: CacheHit<unknown>): StepAttributes {
  return { ...resultOf(entry), ageSeconds: Math.round(ageMs / 1000) };
}

function resultOf({ found }: Entry<unknown>): Pick<StepAttributes, 'result'> {
  return { result: found ? 'found' : 'not_found' };
}
