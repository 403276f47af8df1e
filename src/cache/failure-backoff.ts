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
  /** The latest one has brought a part of the person. */
  readonly isPart: boolean;
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
    if (failures === undefined || failures.count < MAX_FAILURES || failures.isPart)
      return undefined;
    const retryAfterMs = failures.at + BACKOFF_MS - this.#clock.monotonic();
    if (retryAfterMs <= 0) return undefined;
    const message = `${failures.count} lookups in a row failed for this address`;
    return new BackoffError(failures.kind, message, { retryAfterMs });
  }

  /** A lookup that did not reach the CRM does not add to the count. */
  record(key: string, thrown: unknown): void {
    const { kind } = toConnectorError(thrown);
    this.#add(key, thrown instanceof NotAttemptedError ? 0 : 1, { kind, isPart: false });
  }

  /** A refresh has brought less than is cached. A person without an entry is looked up all the same: a part is shown. */
  recordPart(key: string): void {
    this.#add(key, 1, { kind: 'unavailable', isPart: true });
  }

  #add(key: string, more: number, failure: Pick<Failures, 'kind' | 'isPart'>): void {
    const before = this.#failures.get(key)?.count ?? 0;
    const count = Math.max(1, before + more);
    this.#failures.set(key, { ...failure, count, at: this.#clock.monotonic() });
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
