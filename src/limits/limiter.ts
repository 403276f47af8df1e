/** How often something may happen: requests of a tenant, wrong keys of an address, lookups of unknown people. */
import { ConnectorError, WrongPersonError } from '../connector/errors.ts';
import type { MonotonicClock } from '../model/clock.ts';

/** At most so many events per key and window; a key's window starts with its first event. */
export interface Limiter {
  /** Counts one event, unless it is refused. */
  consume(key: string): Promise<Consumption>;
  /** Takes an event back that turned out not to count. An event of a window that is over has no effect. */
  refund(key: string, consumption: Consumption): Promise<void>;
}

/** What makes limiters: in this process, or over all that share a Redis. @param name says what is limited. */
export type CreateLimiter = (name: string, options: LimitOptions) => Limiter;

export interface LimitOptions {
  /** The most events of one key in one window. */
  readonly maxEvents: number;
  readonly windowMs: number;
  /** The most keys held at once; the least recently used is removed first. */
  readonly maxKeys?: number;
  readonly clock: MonotonicClock;
}

export interface Consumption {
  /** `undefined` within the limit, else the whole seconds to wait, at least 1. */
  readonly retryAfterSeconds: number | undefined;
  /** By the limiter's clock: only the limiter compares it. */
  readonly windowEndsAt: number;
}

/**
 * Runs a lookup that counts unless it finds something or fails (another person is not found), so that guessing addresses cannot exhaust the CRM's
 * quota. It counts from its start: guessing many at once gets no further.
 * @throws {UnknownLimitError} above the limit, without having run `lookup`.
 */
export async function limitUnknown<T>(
  limiter: Limiter,
  key: string,
  lookup: () => Promise<T>,
  isFound: (result: T) => boolean,
): Promise<T> {
  const consumption = await limiter.consume(key);
  if (consumption.retryAfterSeconds !== undefined) throw new UnknownLimitError();
  let isUnknown = false;
  try {
    const result = await lookup();
    isUnknown = !isFound(result);
    return result;
  } catch (error) {
    isUnknown = error instanceof WrongPersonError;
    throw error;
  } finally {
    if (!isUnknown) await limiter.refund(key, consumption);
  }
}

export class UnknownLimitError extends ConnectorError {
  constructor() {
    super('rate_limited', 'too many unknown addresses');
  }
}
