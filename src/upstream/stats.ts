/** What a connection has been doing, for metrics, `/health`, and a shutdown that waits until it is idle. */
import type { ConnectionConfiguration } from '../config/configuration.ts';
import type { ConnectorError, ConnectorErrorKind } from '../connector/errors.ts';
import { roundToTenth, withTimeout, type Clock } from '../model/clock.ts';
import type { CircuitState } from './circuit-breaker.ts';
import { toConnectorError } from './errors.ts';

/** What a connection reports. */
export interface ConnectionEvents {
  /** `seconds` include the time in the queue. */
  lookup(
    connection: string,
    result: 'found' | 'not_found' | ConnectorErrorKind,
    seconds: number,
  ): void;
  /** @param reason the connector's words, if they may be shown. */
  failure(connection: string, error: ConnectorError, reason: string | undefined): void;
  batch(connection: string, size: number): void;
  circuit(connection: string, state: CircuitState, reason: ConnectorErrorKind | undefined): void;
  /** The CRM asks for no more calls, for so many milliseconds. */
  rest?(connection: ConnectionConfiguration, reason: ConnectorErrorKind, ms: number): void;
}

/** Times are milliseconds since 1970. */
export interface StatsSnapshot {
  readonly lastSuccessAt: number | undefined;
  readonly lastError:
    | {
        readonly kind: ConnectorErrorKind;
        readonly at: number;
        /** The connector's words, if they may be shown. */
        readonly reason?: string;
      }
    | undefined;
  readonly latency: { readonly p50: number | null; readonly p95: number | null };
  readonly lookups: number;
}

export class ConnectionStats {
  readonly #connection: string;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #latencies = new Latencies();
  #lastSuccessAt: number | undefined;
  #lastError: StatsSnapshot['lastError'];
  #lookups = 0;
  #inFlight = 0;
  #idle = Promise.withResolvers<undefined>();

  constructor(connection: string, clock: Clock, events: ConnectionEvents) {
    this.#connection = connection;
    this.#clock = clock;
    this.#events = events;
  }

  /** Runs one lookup; `undefined` means not found. @throws {ConnectorError} */
  async lookup<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    const start = performance.now();
    const report = (result: 'found' | 'not_found' | ConnectorErrorKind) =>
      this.#events.lookup(this.#connection, result, (performance.now() - start) / 1000);
    this.#lookups += 1;
    this.#inFlight += 1;
    try {
      const value = await work();
      report(value === undefined ? 'not_found' : 'found');
      return value;
    } catch (thrown) {
      const error = toConnectorError(thrown);
      report(error.kind);
      throw error;
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) {
        this.#idle.resolve(undefined);
        this.#idle = Promise.withResolvers();
      }
    }
  }

  /** @param ms how long the CRM took. */
  succeeded(ms: number): void {
    this.#lastSuccessAt = this.#clock.now();
    this.#latencies.add(ms);
  }

  /** The CRM was not asked, such as with a full queue. No event: under overload there are hundreds a second. */
  notAttempted({ kind }: ConnectorError, reason?: string): void {
    this.#lastError = { kind, at: this.#clock.now(), ...(reason === undefined ? {} : { reason }) };
  }

  /** @param reason the connector's words, if they may be shown. */
  failed(error: ConnectorError, reason: string | undefined): void {
    this.notAttempted(error, reason);
    this.#events.failure(this.#connection, error, reason);
  }

  snapshot(): StatsSnapshot {
    return {
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
      latency: this.#latencies.percentiles(),
      lookups: this.#lookups,
    };
  }

  /** @returns when no lookup is in flight, at the latest after `timeoutMs`. */
  async whenIdle(timeoutMs: number): Promise<void> {
    if (this.#inFlight > 0) await withTimeout(this.#idle.promise, timeoutMs);
  }
}

/** How many calls the percentiles are computed from. */
const WINDOW_SIZE = 256;

/** The latest call durations of a connection, for the p50 and p95 that `/health` shows. */
export class Latencies {
  readonly #recent: number[] = [];
  #next = 0;

  /** @param ms duration of a call that succeeded. */
  add(ms: number): void {
    this.#recent[this.#next] = ms;
    this.#next = (this.#next + 1) % WINDOW_SIZE;
  }

  /** Milliseconds, rounded to a tenth; `null` before the first call. */
  percentiles(): StatsSnapshot['latency'] {
    const sorted = this.#recent.toSorted((a, b) => a - b);
    const percentile = (fraction: number) => {
      const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
      return value === undefined ? null : roundToTenth(value);
    };
    return { p50: percentile(0.5), p95: percentile(0.95) };
  }
}
