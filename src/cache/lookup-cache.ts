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
import { BackoffError, FailureBackoff } from './failure-backoff.ts';
import { linksOf, type PersonLinks } from './person-links.ts';
import { Purger } from './purger.ts';
import type { SharedLevel } from './shared-level.ts';
import type { Entry, SetOptions } from './store.ts';

export type CacheRead<T> =
  | ({ readonly state: 'fresh' | 'stale' } & CacheHit<T>)
  | {
      readonly state: 'miss';
      /** Rejects with a ConnectorError. */
      readonly entry: Promise<Entry<T>>;
      /** A lookup for the same person was already in flight. */
      readonly collapsed: boolean;
      /** Once `entry` is there: set when it comes from the level that processes share. */
      readonly sharedHit: () => CacheHit<T> | undefined;
    };

export interface ReadOptions {
  /** Limits lookups of people that the connection does not know; the key is its name. */
  readonly unknownLookups?: Limiter;
  /** Asks the CRM whatever is cached, which stays until there is something newer. */
  readonly pastCache?: boolean | undefined;
}

type Search = 'person' | 'company';
type Fetch<T> = () => Promise<Entry<T>>;

interface FetchOptions<T> {
  readonly fetch: Fetch<T>;
  /** Whether what the shared level has will do. */
  readonly isUsable?: (hit: CacheHit<T>) => boolean;
  /** The shared level was asked. */
  readonly onShared?: (hit: CacheHit<T> | undefined) => void;
}

interface PurgeCheck {
  readonly isPurged: (names: readonly string[]) => boolean;
}

type WriteEntry = (key: string, entry: Entry<unknown>, options: SetOptions) => void;

/** Where an entry comes from. */
interface Source<T> {
  /** For a refresh. */
  readonly fetch: Fetch<T>;
  readonly fetchMissing: Fetch<T>;
  /** Of a person. */
  readonly links?: (entry: Entry<T>) => PersonLinks;
  readonly pastCache?: boolean | undefined;
}

/** A lookup that all requests for one key share. */
interface Flight<T> {
  entry: Promise<Entry<T>>;
  /** What the shared level had. */
  hit: CacheHit<T> | undefined;
  /** The trace that shows it, for the requests that join. */
  readonly origin: TraceContext | undefined;
}

type Identity = Pick<ConnectionConfiguration, 'name' | 'fingerprint'>;

export class LookupCache {
  readonly #clock: Clock;
  readonly #onEvent: (connection: string, event: CacheEvent) => void;
  readonly #entries: EntryCache;
  readonly #backoff: FailureBackoff;
  readonly #purger: Purger;
  readonly #inFlight = new Map<string, Flight<unknown>>();
  readonly #shared: SharedLevel | undefined;
  /** Stale entries that this process asks to refresh. */
  readonly #claiming = new Set<string>();

  constructor(
    settings: CacheConfiguration,
    clock: Clock,
    onEvent: (connection: string, event: CacheEvent) => void,
    shared?: SharedLevel,
  ) {
    this.#clock = clock;
    this.#shared = shared;
    this.#onEvent = onEvent;
    this.#entries = new EntryCache(settings, clock);
    this.#backoff = new FailureBackoff(clock);
    this.#purger = new Purger({
      entries: this.#entries,
      backoff: this.#backoff,
      inFlight: this.#inFlight,
      shared,
    });
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
    this.#purger.know(connection.name, prefix);
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
  dropPerson(connections: readonly Identity[], email: string): Promise<number> {
    const prefixes = connections.map((connection) => keyPrefix(connection));
    return this.#purger.dropPerson(prefixes, email);
  }

  /** Drops everything of a connection with these settings. @returns how many entries were dropped. */
  dropConnection(connection: Identity): Promise<number> {
    return this.#purger.dropConnection(keyPrefix(connection));
  }

  /** Drops what this process has of it; other processes may still use these settings. */
  releaseConnection(connection: Identity): Promise<number> {
    return this.#purger.releaseConnection(keyPrefix(connection));
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
    const inFlight = this.#inFlight.get(key) as Flight<T> | undefined;
    if (cached !== undefined) {
      const step = this.#begin(connection, search, 'stale');
      const refreshes = inFlight === undefined && this.#backoff.mayRefresh(key);
      if (refreshes) runIn(step, () => this.#refresh(connection, key, source));
      step?.end(attributesOf(cached), { refreshes });
      return { state: 'stale', ...cached };
    }
    if (inFlight === undefined) return this.#readMissing(connection, search, key, source);
    const step = this.#begin(connection, search, 'collapsed');
    step?.link(inFlight.origin);
    return missOf(inFlight, step, true);
  }

  /** Counts what the cache does, and begins the step about it. */
  #begin({ name, configuration }: Connection, search: Search, event: CacheEvent) {
    this.#onEvent(name, event);
    return beginStep('cache', { connection: configuration, search, event });
  }

  #readMissing<T>(
    connection: Connection,
    search: Search,
    key: string,
    source: Source<T>,
  ): CacheRead<T> {
    const { name, configuration } = connection;
    const asksShared = this.#shared !== undefined && source.pastCache !== true;
    // Otherwise it is counted once the shared level has answered.
    if (!asksShared) this.#onEvent(name, 'miss');
    const step = beginStep('cache', { connection: configuration, search, event: 'miss' });
    const flight = runIn(step, () =>
      this.#fetch(key, source, {
        fetch: () => this.#fetchUnlessFailing(key, source),
        onShared: (hit) => this.#onEvent(name, hit === undefined ? 'miss' : eventOf(hit)),
      }),
    );
    if (asksShared) {
      const refresh = () => {
        const isStale = flight.hit !== undefined && !isFresh(flight.hit);
        if (isStale && this.#backoff.mayRefresh(key)) this.#refresh(connection, key, source);
      };
      flight.entry.then(refresh, () => undefined);
    }
    return missOf(flight, step, false);
  }

  #fetchUnlessFailing<T>(key: string, source: Source<T>): Promise<Entry<T>> {
    const failed = source.pastCache === true ? undefined : this.#backoff.errorFor(key);
    return failed === undefined ? source.fetchMissing() : Promise.reject(failed);
  }

  #refresh<T>(connection: Connection, key: string, source: Source<T>): void {
    if (this.#shared === undefined) this.#refreshNow(connection, key, source);
    else void this.#refreshOnce(this.#shared, connection, key, source);
  }

  /** By one process: the others take what it has found. */
  async #refreshOnce<T>(
    shared: SharedLevel,
    connection: Connection,
    key: string,
    source: Source<T>,
  ): Promise<void> {
    if (this.#claiming.has(key)) return;
    this.#claiming.add(key);
    const isClaimed = await shared.claim(key);
    this.#claiming.delete(key);
    if (this.#inFlight.has(key)) return;
    if (!isClaimed) return this.#adoptFresh(shared, key, source);
    const { entry } = this.#refreshNow(connection, key, source);
    await entry.then(
      () => shared.release(key),
      () => undefined,
    );
  }

  /** Takes what another process may have refreshed by now. */
  #adoptFresh<T>(shared: SharedLevel, key: string, { links }: Source<T>): Promise<void> {
    return this.#purger.purges.track(async (isPurged) => {
      const stored = await shared.get(key);
      const hit = stored && this.#entries.hitOf<T>(stored);
      if (hit === undefined || !isFresh(hit) || this.#inFlight.has(key)) return;
      const { names, written } = namesOf(key, links?.(hit.entry));
      if (isPurged(names)) return;
      this.#entries.write(key, hit.entry, { ageMs: hit.ageMs, links: written });
    });
  }

  #refreshNow<T>(connection: Connection, key: string, source: Source<T>): Flight<T> {
    this.#onEvent(connection.name, 'refresh');
    const { fetch } = source;
    // Another process may have refreshed it; what is stale there is no use.
    const flight = this.#fetch(key, source, { fetch, isUsable: isFresh });
    flight.entry.then(undefined, () => this.#onEvent(connection.name, 'refresh_failed'));
    return flight;
  }

  /** The lookup that all requests for `key` share. The level that processes share is asked first. */
  #fetch<T>(key: string, source: Source<T>, options: FetchOptions<T>): Flight<T> {
    const pending = Promise.withResolvers<Entry<T>>();
    const flight: Flight<T> = { entry: pending.promise, hit: undefined, origin: activeTrace() };
    this.#inFlight.set(key, flight);
    this.#purger.purges
      .track((isPurged) => this.#fetchTracked(key, flight, source, { ...options, isPurged }))
      .then(pending.resolve, pending.reject);
    return flight;
  }

  async #fetchTracked<T>(
    key: string,
    flight: Flight<T>,
    { links, pastCache }: Source<T>,
    { fetch, isUsable = () => true, onShared, isPurged }: FetchOptions<T> & PurgeCheck,
  ): Promise<Entry<T>> {
    // A purge removes the lookup from the map. What it brings is then outdated and must not be cached.
    const isCurrent = () => this.#inFlight.get(key) === flight;
    const cache = (entry: Entry<T>, ageMs: number, write: WriteEntry) => {
      const { names, written } = namesOf(key, links?.(entry));
      if (!isCurrent() || isPurged(names)) return;
      write(key, entry, { ageMs, links: written });
    };
    try {
      if (this.#shared !== undefined && pastCache !== true) {
        const stored = await this.#shared.get(key);
        const hit = stored && this.#entries.adopt<T>(stored);
        const isHit = hit !== undefined && isUsable(hit);
        this.#shared.report(isHit ? eventOf(hit) : 'miss');
        onShared?.(isHit ? hit : undefined);
        if (isHit) {
          flight.hit = hit;
          cache(hit.entry, hit.ageMs, (...entry) => this.#entries.write(...entry));
          return hit.entry;
        }
      }
      const entry = await fetch();
      this.#backoff.delete(key);
      cache(entry, 0, (...written) => this.#write(...written));
      return entry;
    } catch (thrown) {
      const counts = !(thrown instanceof UnknownLimitError || thrown instanceof BackoffError);
      if (isCurrent() && counts) this.#backoff.record(key, thrown);
      throw thrown;
    } finally {
      if (isCurrent()) this.#inFlight.delete(key);
    }
  }

  #write(key: string, entry: Entry<unknown>, options: SetOptions): void {
    const lifetimeMs = this.#entries.write(key, entry, options);
    if (lifetimeMs !== undefined) this.#shared?.write(key, entry, lifetimeMs, options);
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

function missOf<T>(
  flight: Flight<T>,
  step: OpenStep | undefined,
  collapsed: boolean,
): CacheRead<T> {
  const { entry } = flight;
  if (step !== undefined) {
    entry.then(
      (fetched) => step.end(flight.hit === undefined ? resultOf(fetched) : sharedOf(flight.hit)),
      (thrown: unknown) => step.end({ error: toConnectorError(thrown).kind }),
    );
  }
  return { state: 'miss', entry, collapsed, sharedHit: () => flight.hit };
}

/** @returns the names by which a purge finds an entry, and the links that are written with it. */
function namesOf(key: string, { shown, listed, listedAs }: Partial<PersonLinks> = {}) {
  const written = [...(shown ?? []), ...(listed ?? [])];
  return { names: [key, ...written, ...(listedAs ?? [])], written };
}

function isFresh({ ttlMs }: CacheHit<unknown>): boolean {
  return ttlMs > 0;
}

function eventOf(hit: CacheHit<unknown>): 'hit' | 'stale' {
  return isFresh(hit) ? 'hit' : 'stale';
}

function sharedOf(hit: CacheHit<unknown>): StepAttributes {
  return { ...attributesOf(hit), shared: eventOf(hit) };
}

function attributesOf({ entry, ageMs }: CacheHit<unknown>): StepAttributes {
  return { ...resultOf(entry), ageSeconds: Math.round(ageMs / 1000) };
}

function resultOf({ found }: Entry<unknown>): Pick<StepAttributes, 'result'> {
  return { result: found ? 'found' : 'not_found' };
}
