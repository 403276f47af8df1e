/** Lookups in flight: all requests for one key share one. What it brings is cached, errors never are. */
import { UnknownLimitError } from '../limits/limiter.ts';
import { activeTrace, type TraceContext } from '../telemetry/spans.ts';
import type { CacheHit, EntryCache } from './entry-cache.ts';
import type { Entry } from './entry.ts';
import { BackoffError, type FailureBackoff } from './failure-backoff.ts';
import type { Fetch, ReadPart } from './parts.ts';
import type { PersonLinks } from './person-links.ts';
import type { Purges } from './purges.ts';
import type { SharedLevel } from './shared-level.ts';
import type { SetOptions } from './store.ts';

/** Where an entry comes from. */
export interface Source<T> {
  /** For a refresh. */
  readonly fetch: Fetch<T>;
  readonly fetchMissing: Fetch<T>;
  /** Of a person. */
  readonly links?: (entry: Entry<T>) => PersonLinks;
  /** Asks the CRM whatever is cached. */
  readonly pastCache?: boolean | undefined;
}

export interface FetchOptions<T> {
  readonly fetch: Fetch<T>;
  /** Whether what the shared level has will do. */
  readonly isUsable?: (hit: CacheHit<T>) => boolean;
  /** The shared level was asked. */
  readonly onShared?: (hit: CacheHit<T> | undefined) => void;
}

export interface Flight<T> {
  entry: Promise<Entry<T>>;
  /** What the shared level had. */
  hit: CacheHit<T> | undefined;
  /** What is known so far, if it can be used. */
  partial: ReadPart<T>;
  /** The trace that shows it, for the requests that join. */
  readonly origin: TraceContext | undefined;
}

export interface FlightsOptions {
  readonly entries: EntryCache;
  readonly backoff: FailureBackoff;
  readonly purges: Purges;
  readonly shared: SharedLevel | undefined;
}

export class Flights {
  readonly #options: FlightsOptions;
  /** A purge removes a lookup; what that brings is then outdated and not cached. */
  readonly #byKey: Map<string, unknown>;

  /** @param byKey empty. */
  constructor(byKey: Map<string, unknown>, options: FlightsOptions) {
    this.#byKey = byKey;
    this.#options = options;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  get<T>(key: string): Flight<T> | undefined {
    return this.#byKey.get(key) as Flight<T> | undefined;
  }

  /** The lookup that all requests for `key` share from now on. The level that processes share is asked first. */
  start<T>(key: string, source: Source<T>, options: FetchOptions<T>): Flight<T> {
    const pending = Promise.withResolvers<Entry<T>>();
    const flight: Flight<T> = {
      ...{ entry: pending.promise, hit: undefined, partial: () => undefined },
      origin: activeTrace(),
    };
    this.#byKey.set(key, flight);
    this.#options.purges
      .track((isPurged) => this.#fetch(key, flight, source, { ...options, isPurged }))
      .then(pending.resolve, pending.reject);
    return flight;
  }

  /** Takes what another process may have fetched by now, if it is fresh. */
  adoptFresh<T>(shared: SharedLevel, key: string, { links }: Source<T>): Promise<void> {
    const { entries, purges } = this.#options;
    return purges.track(async (isPurged) => {
      const stored = await shared.get(key);
      const hit = stored && entries.hitOf<T>(stored);
      if (hit === undefined || !isFresh(hit) || this.has(key)) return;
      const { names, written } = namesOf(key, links?.(hit.entry));
      if (isPurged(names)) return;
      entries.write(key, hit.entry.kept, { ageMs: hit.ageMs, links: written });
    });
  }

  async #fetch<T>(
    key: string,
    flight: Flight<T>,
    { links, pastCache }: Source<T>,
    {
      fetch,
      isUsable = () => true,
      onShared,
      isPurged,
    }: FetchOptions<T> & { readonly isPurged: (names: readonly string[]) => boolean },
  ): Promise<Entry<T>> {
    const { entries, backoff, shared } = this.#options;
    const isCurrent = () => this.#byKey.get(key) === flight;
    const cache = (
      entry: Entry<T>,
      ageMs: number,
      write: (entry: Entry<T>, options: SetOptions) => void,
    ) => {
      const { names, written } = namesOf(key, links?.(entry));
      if (isCurrent() && !isPurged(names)) write(entry, { ageMs, links: written });
    };
    try {
      if (shared !== undefined && pastCache !== true) {
        const stored = await shared.get(key);
        const hit = stored && entries.adopt<T>(stored);
        const isHit = hit !== undefined && isUsable(hit);
        shared.report(isHit ? eventOf(hit) : 'miss');
        onShared?.(isHit ? hit : undefined);
        if (isHit) {
          flight.hit = hit;
          cache(hit.entry, hit.ageMs, ({ kept }, options) => entries.write(key, kept, options));
          return hit.entry;
        }
      }
      const entry = await fetch((read) => void (flight.partial = read));
      // A part of the person is worth less than all of it as it was.
      if (entry.partial && entries.isWhole(key)) {
        if (isCurrent()) backoff.recordPart(key);
        return entry;
      }
      backoff.delete(key);
      cache(entry, 0, (...written) => this.#write(key, ...written));
      return entry;
    } catch (thrown) {
      const counts = !(thrown instanceof UnknownLimitError || thrown instanceof BackoffError);
      if (isCurrent() && counts) backoff.record(key, thrown);
      throw thrown;
    } finally {
      if (isCurrent()) this.#byKey.delete(key);
    }
  }

  #write(key: string, { kept, provisional }: Entry<unknown>, options: SetOptions): void {
    if (provisional) return;
    const { entries, shared } = this.#options;
    const lifetimeMs = entries.write(key, kept, options);
    shared?.write(key, kept, lifetimeMs, options);
  }
}

export function isFresh({ ttlMs }: CacheHit<unknown>): boolean {
  return ttlMs > 0;
}

export function eventOf(hit: CacheHit<unknown>): 'hit' | 'stale' {
  return isFresh(hit) ? 'hit' : 'stale';
}

/** @returns the names by which a purge finds an entry, and the links that are written with it. */
function namesOf(key: string, { shown, listed, listedAs }: Partial<PersonLinks> = {}) {
  const written = [...(shown ?? []), ...(listed ?? [])];
  return { names: [key, ...written, ...(listedAs ?? [])], written };
}
