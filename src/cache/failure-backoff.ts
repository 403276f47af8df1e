import { LRUCache } from 'lru-cache';
import { ConnectorError, NotAttemptedError, type ConnectorErrorKind } from '../connector/errors.ts';
import type { MonotonicClock } from '../model/clock.ts';
import { toConnectorError } from '../upstream/errors.ts';

/** After a failed refresh a stale entry is not refreshed for this time, doubled with each further failure. */
const BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 5 * 60_000;
/**
 * After so many failures in a row a person without an entry is not looked up for {@link BACKOFF_MS}: what
 * fails for one person alone, such as an invalid record, opens no circuit.
 */
const MAX_FAILURES = 5;
/** An older failure says nothing about the next lookup. */
const FAILURE_TTL_MS = 2 * MAX_BACKOFF_MS;

/** The CRM was not asked, since lookups of this person have failed. */
export class BackoffError extends ConnectorError {}

/** Failures in a row for one cache key. */
interface Failures {
  readonly count: number;
  /** Of the latest one, by the monotonic clock. */
  readonly at: number;
  readonly kind: ConnectorErrorKind;
}

/** Keeps lookups that fail from being repeated with every request for the same person. */
export class FailureBackoff {
  readonly #clock: MonotonicClock;
  readonly #failures: LRUCache<string, Failures>;

  constructor(clock: MonotonicClock) {
    this.#clock = clock;
    const perf = { now: () => clock.monotonic() };
    this.#failures = new LRUCache({ max: 10_000, ttl: FAILURE_TTL_MS, ttlResolution: 0, perf });
  }

  /** Whether a stale entry may be refreshed. */
  mayRefresh(key: string): boolean {
    const failures = this.#failures.get(key);
    if (failures === undefined) return true;
    const wait = Math.min(BACKOFF_MS * 2 ** (failures.count - 1), MAX_BACKOFF_MS);
    return failures.at + wait <= this.#clock.monotonic();
  }

  /** Why the CRM is not asked for a person without an entry. */
  errorFor(key: string): BackoffError | undefined {
    const failures = this.#failures.get(key);
    if (failures === undefined || failures.count < MAX_FAILURES) return undefined;
    const retryAfterMs = failures.at + BACKOFF_MS - this.#clock.monotonic();
    if (retryAfterMs <= 0) return undefined;
    const message = `${failures.count} lookups in a row failed for this address`;
    return new BackoffError(failures.kind, message, { retryAfterMs });
  }

  /** A lookup that did not reach the CRM does not add to the count. */
  record(key: string, thrown: unknown): void {
    if (thrown instanceof NotAttemptedError) this.postpone(key, thrown.kind);
    else this.#set(key, this.#countOf(key) + 1, toConnectorError(thrown).kind);
  }

  /** The next refresh waits as after a failure, but nothing adds to the count. */
  postpone(key: string, kind: ConnectorErrorKind = 'unavailable'): void {
    this.#set(key, Math.max(1, this.#countOf(key)), kind);
  }

  #countOf(key: string): number {
    return this.#failures.get(key)?.count ?? 0;
  }

  #set(key: string, count: number, kind: ConnectorErrorKind): void {
    this.#failures.set(key, { count, at: this.#clock.monotonic(), kind });
  }

  delete(key: string): void {
    this.#failures.delete(key);
  }

  clear(prefix: string): void {
    for (const key of [...this.#failures.keys()]) if (key.startsWith(prefix)) this.delete(key);
  }

  sweep(): void {
    this.#failures.purgeStale();
  }
}
