/**
 * Fresh from the cache, stale from the cache and refreshed in the background, or one shared lookup for all requests for
 * the same person.
 */
import type { CacheConfiguration, ConnectionConfiguration } from '../config/configuration.ts';
import { limitUnknown, type Limiter } from '../limits/limiter.ts';
import type { Clock } from '../model/clock.ts';
import type { CacheEvent } from '../model/outcome.ts';
import type { Company } from '../model/profile.ts';
import type { StepAttributes } from '../telemetry/span-attributes.ts';
import { beginStep, runIn, type OpenStep } from '../telemetry/spans.ts';
import type { Connection, PersonResult } from '../upstream/connection.ts';
import { toConnectorError } from '../upstream/errors.ts';
import { EntryCache, type CacheHit } from './entry-cache.ts';
import { Entry } from './entry.ts';
import { FailureBackoff } from './failure-backoff.ts';
import { eventOf, Flights, isFresh, type Flight, type Source } from './flights.ts';
import { orPart, type Fetch } from './parts.ts';
import { linksOf } from './person-links.ts';
import { Purger } from './purger.ts';
import { Refresher } from './refresher.ts';
import type { SharedLevel } from './shared-level.ts';

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
      /** What is known while `entry` is not there. */
      readonly partial: () => Entry<T> | undefined;
    };

export interface ReadOptions {
  /** Limits lookups of people that the connection does not know; the key is its name. */
  readonly unknownLookups?: Limiter;
  /** Asks the CRM whatever is cached, which stays until there is something newer. */
  readonly pastCache?: boolean | undefined;
}

type Search = 'person' | 'company';
type Identity = Pick<ConnectionConfiguration, 'name' | 'fingerprint'>;

export class LookupCache {
  readonly #clock: Clock;
  readonly #onEvent: (connection: string, event: CacheEvent) => void;
  readonly #entries: EntryCache;
  readonly #backoff: FailureBackoff;
  readonly #purger: Purger;
  readonly #flights: Flights;
  readonly #refresher: Refresher;
  readonly #shared: SharedLevel | undefined;

  constructor(
    settings: CacheConfiguration,
    clock: Clock,
    onEvent: (connection: string, event: CacheEvent) => void,
    shared?: SharedLevel,
  ) {
    this.#clock = clock;
    this.#shared = shared;
    this.#onEvent = onEvent;
    const entries = new EntryCache(settings, clock);
    const backoff = new FailureBackoff(clock);
    const inFlight = new Map<string, unknown>();
    this.#entries = entries;
    this.#backoff = backoff;
    this.#purger = new Purger({ entries, backoff, inFlight, shared });
    const { purges } = this.#purger;
    this.#flights = new Flights(inFlight, { entries, backoff, purges, shared });
    this.#refresher = new Refresher({ entries, flights: this.#flights, backoff, shared, onEvent });
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
    const prefix = keyPrefix(connection.configuration);
    this.#purger.know(connection.name, prefix);
    return this.#read(connection, 'person', `${prefix}${email}`, pastCache, () => {
      const entryOf = (result?: PersonResult) => this.#entryOf(result, result);
      const fetch = orPart<PersonResult>(async (report) =>
        entryOf(await connection.lookup(email, (read) => report(() => entryOf(read())))),
      );
      const fetchMissing: Fetch<PersonResult> = (onPartial) => {
        const lookup = () => fetch(onPartial);
        if (unknownLookups === undefined) return lookup();
        return limitUnknown(unknownLookups, connection.name, lookup, ({ found }) => found);
      };
      const links = (entry: Entry<PersonResult>) => linksOf(prefix, entry);
      return { fetch, fetchMissing, links, pastCache };
    });
  }

  /** The company by an e-mail domain, cached like people. */
  company(
    connection: Connection,
    domain: string,
    { pastCache }: Pick<ReadOptions, 'pastCache'> = {},
  ): CacheRead<Company> {
    const key = `${keyPrefix(connection.configuration)}@${domain}`;
    return this.#read(connection, 'company', key, pastCache, () => {
      const fetch = async () => {
        const result = await connection.findCompany(domain);
        return this.#entryOf(result?.company, result);
      };
      return { fetch, fetchMissing: fetch, pastCache };
    });
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

  /** @param sourceOf not needed for what is fresh. */
  #read<T>(
    connection: Connection,
    search: Search,
    key: string,
    pastCache: boolean | undefined,
    sourceOf: () => Source<T>,
  ): CacheRead<T> {
    const cached = pastCache === true ? undefined : this.#entries.read<T>(key);
    if (cached !== undefined && isFresh(cached)) {
      this.#begin(connection, search, 'hit')?.end(attributesOf(cached));
      return hitOf('fresh', cached);
    }
    if (cached !== undefined) {
      const step = this.#begin(connection, search, 'stale');
      const refreshes = this.#refresher.isDue(key);
      if (refreshes) runIn(step, () => this.#refresher.refresh(connection.name, key, sourceOf()));
      step?.end(attributesOf(cached), { refreshes });
      return hitOf('stale', cached);
    }
    const inFlight = this.#flights.get<T>(key);
    if (inFlight === undefined) return this.#readMissing(connection, search, key, sourceOf());
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
      this.#flights.start(key, source, {
        fetch: (onPartial) => this.#fetchUnlessFailing(key, source, onPartial),
        onShared: (hit) => this.#onEvent(name, hit === undefined ? 'miss' : eventOf(hit)),
      }),
    );
    if (asksShared) {
      const refresh = () => {
        const isStale = flight.hit !== undefined && !isFresh(flight.hit);
        if (isStale && this.#refresher.isDue(key))
          this.#refresher.refresh(connection.name, key, source);
      };
      flight.entry.then(refresh, () => undefined);
    }
    return missOf(flight, step, false);
  }

  #fetchUnlessFailing<T>(
    key: string,
    source: Source<T>,
    onPartial: Parameters<Fetch<T>>[0],
  ): Promise<Entry<T>> {
    const failed = source.pastCache === true ? undefined : this.#backoff.errorFor(key);
    return failed === undefined ? source.fetchMissing(onPartial) : Promise.reject(failed);
  }

  #entryOf<T>(
    value: T | undefined,
    { missing = [], provisional }: Partial<PersonResult> = {},
  ): Entry<T> {
    const partial = missing.length > 0;
    return Entry.of(value, { fetchedAt: this.#clock.now(), partial, provisional });
  }
}

/**
 * The same in every process with the same configuration, and after a restart. Changed settings make other
 * keys, so nothing cached under other settings is read; the name keeps apart connections with equal ones.
 */
function keyPrefix({ name, fingerprint }: Identity): string {
  return `${name} ${fingerprint} `;
}

function hitOf<T>(state: 'fresh' | 'stale', { entry, ttlMs, ageMs }: CacheHit<T>): CacheRead<T> {
  return { state, entry, ttlMs, ageMs };
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
  const sharedHit = () => flight.hit;
  return { state: 'miss', entry, collapsed, sharedHit, partial: () => flight.partial() };
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
