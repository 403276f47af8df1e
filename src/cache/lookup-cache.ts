/**
 * Fresh from the cache, stale from the cache and refreshed behind, or one shared lookup for all who ask for
 * the same person. Errors are never stored and never turned into an empty answer.
 */
import type { CacheEvent } from '../model/outcome.ts';
import { LRUCache } from 'lru-cache';
import { type Clock } from '../model/clock.ts';
import { ConnectorError, type ConnectorErrorKind } from '../connector/errors.ts';
import type { StepAttributes } from '../telemetry/span-attributes.ts';
import {
  beginStep,
  activeTrace,
  runIn,
  type OpenStep,
  type TraceContext,
} from '../telemetry/spans.ts';
import type { Company } from '../model/profile.ts';
import type { MemoryStore, Entry, CacheHit } from './memory-store.ts';
import type { Connection, PersonResult } from '../upstream/connection.ts';
import { toConnectorError } from '../upstream/to-connector-error.ts';
import { NotAttemptedError } from '../upstream/errors.ts';
import type { UnknownLookupLimiter } from '../limits/unknown-lookup-limiter.ts';

export type CacheRead<T> =
  | ({ readonly state: 'fresh' | 'stale' } & CacheHit<T>)
  | {
      readonly state: 'miss';
      /** Rejects with a ConnectorError. */
      readonly entry: Promise<Entry<T>>;
      /** Somebody else's lookup for the same person was under way. */
      readonly collapsed: boolean;
    };

/** After a failed refresh a stale entry is not refreshed again for so long, doubling up to the longest. */
const BACK_OFF = 10_000;
const LONGEST_BACK_OFF = 5 * 60_000;
/**
 * Whoever has no entry is not looked up for {@link BACK_OFF} after so many failures in a row: what fails for
 * one person alone, such as a record that makes no sense, opens no circuit.
 */
const MAX_FAILURES = 5;

/** A failure so long ago says nothing any more. */
const FAILURE_TTL_MS = 2 * LONGEST_BACK_OFF;

/** Failures in a row for one person or domain. */
interface Failures {
  readonly count: number;
  /** Of the latest one, milliseconds since 1970. */
  readonly at: number;
  readonly kind: ConnectorErrorKind;
}

type Fetch<T> = () => Promise<Omit<Entry<T>, 'fetchedAt'>>;

export class LookupCache {
  readonly #cache: MemoryStore;
  readonly #clock: Clock;
  readonly #onEvent: (connection: string, event: CacheEvent) => void;
  readonly #inFlight = new Map<string, Promise<Entry<unknown>>>();
  readonly #failures: LRUCache<string, Failures>;
  /** Whose trace shows a flight, for those who share it. */
  readonly #traceOrigins = new WeakMap<Promise<unknown>, TraceContext>();

  constructor(
    cache: MemoryStore,
    clock: Clock,
    onEvent: (connection: string, event: CacheEvent) => void,
  ) {
    this.#cache = cache;
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#failures = new LRUCache({
      ...{ max: 10_000, ttl: FAILURE_TTL_MS, ttlResolution: 0, perf: clock },
    });
  }

  /** @param email normalised. @param strangers counts whom neither the cache nor the CRM knows. */
  person(
    connection: Connection,
    email: string,
    strangers?: UnknownLookupLimiter,
  ): CacheRead<PersonResult> {
    const fetch = async () => {
      const known = await connection.lookup(email);
      return { value: known, partial: known !== undefined && known.missing.length > 0 };
    };
    return this.#ask(connection, 'person', personKey(connection, email), fetch, strangers);
  }

  /** The company by an e-mail domain; remembered like people are. */
  company(connection: Connection, domain: string): CacheRead<Company> {
    const fetch = async () => ({ value: await connection.findCompany(domain), partial: false });
    return this.#ask(connection, 'company', `${connection.id} @${domain}`, fetch);
  }

  /** Forgets what is too old to be shown, and failures of long ago. */
  sweep(): void {
    this.#cache.sweep();
    this.#failures.purgeStale();
  }

  /** Forgets one person, also a lookup under way. @returns how many entries were dropped. */
  dropPerson(connection: Connection, email: string): number {
    const key = personKey(connection, email);
    this.#inFlight.delete(key);
    this.#failures.delete(key);
    return Number(this.#cache.drop(key));
  }

  /** Forgets all a connection has said. @returns how many entries were dropped. */
  dropConnection(connection: Connection): number {
    const prefix = `${connection.id} `;
    for (const known of [this.#inFlight, this.#failures]) {
      for (const key of [...known.keys()]) if (key.startsWith(prefix)) known.delete(key);
    }
    return this.#cache.dropAll(prefix);
  }

  #ask<T>(
    connection: Connection,
    search: 'person' | 'company',
    key: string,
    fetch: Fetch<T>,
    strangers?: UnknownLookupLimiter,
  ): CacheRead<T> {
    const cached = this.#cache.read<T>(key);
    if (cached !== undefined && cached.ttl > 0) {
      this.#begin(connection, search, 'hit')?.end(this.#facts(cached.entry));
      return { state: 'fresh', ...cached };
    }
    const flight = this.#inFlight.get(key) as Promise<Entry<T>> | undefined;
    if (cached !== undefined) {
      const step = this.#begin(connection, search, 'stale');
      const refreshes = flight === undefined && this.#mayRefresh(key);
      if (refreshes) runIn(step, () => this.#refresh(connection, key, fetch));
      step?.end(this.#facts(cached.entry), { refreshes });
      return { state: 'stale', ...cached };
    }
    const step = this.#begin(connection, search, flight === undefined ? 'miss' : 'collapsed');
    const entry = flight ?? runIn(step, () => this.#fetchMissing(key, fetch, strangers));
    if (step !== undefined) {
      step.link(flight && this.#traceOrigins.get(flight));
      endStepWith(step, entry);
    }
    return { state: 'miss', entry, collapsed: flight !== undefined };
  }

  /** Counts what the cache does, and begins the step about it. */
  #begin(
    { name, configuration }: Connection,
    search: 'person' | 'company',
    event: CacheEvent,
  ): OpenStep | undefined {
    this.#onEvent(name, event);
    return beginStep('cache', { connection: configuration, search, event });
  }

  #fetchMissing<T>(
    key: string,
    fetch: Fetch<T>,
    strangers: UnknownLookupLimiter | undefined,
  ): Promise<Entry<T>> {
    const failed = this.#backoffError(key);
    if (failed !== undefined) return Promise.reject(failed);
    if (strangers === undefined) return this.#fetch(key, fetch);
    if (!strangers.acquire()) {
      return Promise.reject(new ConnectorError('rate_limited', 'too many unknown addresses'));
    }
    return this.#fetch(key, () => withRefund(fetch, strangers));
  }

  #facts({ value, fetchedAt }: Entry<unknown>): StepAttributes {
    return {
      result: value === undefined ? 'not_found' : 'found',
      ageSeconds: Math.max(0, Math.round((this.#clock.now() - fetchedAt) / 1000)),
    };
  }

  /** Why the CRM is not asked for somebody of whom nothing is known. */
  #backoffError(key: string): ConnectorError | undefined {
    const failures = this.#failures.get(key);
    if (failures === undefined || failures.count < MAX_FAILURES) return undefined;
    const retryAfterMs = failures.at + BACK_OFF - this.#clock.now();
    if (retryAfterMs <= 0) return undefined;
    return new ConnectorError(failures.kind, 'failed again and again', { retryAfterMs });
  }

  #refresh<T>(connection: Connection, key: string, fetch: Fetch<T>) {
    this.#onEvent(connection.name, 'refresh');
    this.#fetch(key, fetch).then(undefined, () => this.#onEvent(connection.name, 'refresh_failed'));
  }

  #mayRefresh(key: string): boolean {
    const failures = this.#failures.get(key);
    if (failures === undefined) return true;
    const wait = Math.min(BACK_OFF * 2 ** (failures.count - 1), LONGEST_BACK_OFF);
    return failures.at + wait <= this.#clock.now();
  }

  /** Whoever was not asked for has not failed once more. */
  #failed(key: string, thrown: unknown): void {
    const before = this.#failures.get(key)?.count ?? 0;
    const count = thrown instanceof NotAttemptedError ? Math.max(1, before) : before + 1;
    this.#failures.set(key, { count, at: this.#clock.now(), kind: toConnectorError(thrown).kind });
  }

  async #fetch<T>(key: string, fetch: Fetch<T>): Promise<Entry<T>> {
    const fetched = fetch().then((answer) => ({ ...answer, fetchedAt: this.#clock.now() }));
    this.#inFlight.set(key, fetched);
    const origin = activeTrace();
    if (origin !== undefined) this.#traceOrigins.set(fetched, origin);
    try {
      const entry = await fetched;
      this.#failures.delete(key);
      // After a purge the flight is no longer in the map: what it brings is old.
      if (this.#inFlight.get(key) === fetched) this.#cache.write(key, entry);
      return entry;
    } catch (thrown) {
      if (this.#inFlight.get(key) === fetched) this.#failed(key, thrown);
      throw thrown;
    } finally {
      if (this.#inFlight.get(key) === fetched) this.#inFlight.delete(key);
    }
  }
}

async function withRefund<T>(
  fetch: Fetch<T>,
  strangers: UnknownLookupLimiter,
): ReturnType<Fetch<T>> {
  let isStranger = false;
  try {
    const answer = await fetch();
    isStranger = answer.value === undefined;
    return answer;
  } finally {
    strangers.release(isStranger);
  }
}

function personKey(connection: Connection, email: string): string {
  return `${connection.id} ${email}`;
}

function endStepWith(step: OpenStep, entry: Promise<Entry<unknown>>): void {
  entry.then(
    ({ value }) => step.end({ result: value === undefined ? 'not_found' : 'found' }),
    (thrown: unknown) => step.end({ error: toConnectorError(thrown).kind }),
  );
}
