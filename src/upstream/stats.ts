/** What a connection has been doing: for metrics, for `/health`, and for whoever waits until it is idle. */
import type { Clock } from '../model/clock.ts';
import type { ConnectorError, ConnectorErrorKind } from '../connector/errors.ts';
import { toConnectorError } from './errors.ts';
import { Latencies } from './latencies.ts';

/** What the connection tells those who count and log. */
export interface ActivityEvents {
  /** `seconds` from the question to the answer, time in the queue included. */
  lookup(
    connection: string,
    result: 'found' | 'not_found' | ConnectorErrorKind,
    seconds: number,
  ): void;
  failure(connection: string, error: ConnectorError): void;
}

/** Times are milliseconds since 1970. */
export interface ActivityFigures {
  readonly lastSuccessAt: number | undefined;
  readonly lastError: { readonly kind: ConnectorErrorKind; readonly at: number } | undefined;
  readonly latency: { readonly p50: number | null; readonly p95: number | null };
  readonly lookups: number;
}

export class ConnectionStats {
  readonly #connection: string;
  readonly #clock: Clock;
  readonly #events: ActivityEvents;
  readonly #latencies = new Latencies();
  #lastSuccessAt: number | undefined;
  #lastError: ActivityFigures['lastError'];
  #lookups = 0;
  #pending = 0;
  #idle = Promise.withResolvers<undefined>();

  constructor(connection: string, clock: Clock, events: ActivityEvents) {
    this.#connection = connection;
    this.#clock = clock;
    this.#events = events;
  }

  /** Runs one lookup, `undefined` being a miss. @throws {ConnectorError} always of that class. */
  async lookup<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    const start = performance.now();
    const done = (result: 'found' | 'not_found' | ConnectorErrorKind) =>
      this.#events.lookup(this.#connection, result, (performance.now() - start) / 1000);
    this.#lookups += 1;
    this.#pending += 1;
    try {
      const value = await work();
      done(value === undefined ? 'not_found' : 'found');
      return value;
    } catch (thrown) {
      const error = toConnectorError(thrown);
      done(error.kind);
      throw error;
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) {
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

  /** Somebody did not get their turn. It is not logged: under overload there are hundreds a second. */
  rejected({ kind }: ConnectorError): void {
    this.#lastError = { kind, at: this.#clock.now() };
  }

  failed(error: ConnectorError): void {
    this.rejected(error);
    this.#events.failure(this.#connection, error);
  }

  snapshot(): ActivityFigures {
    return {
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
      latency: this.#latencies.percentiles(),
      lookups: this.#lookups,
    };
  }

  /** @returns when no lookup is under way, or after `patience` milliseconds. */
  async whenIdle(patience: number): Promise<void> {
    if (this.#pending === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), patience);
    await Promise.race([promise, this.#idle.promise]).finally(() => clearTimeout(timer));
  }
}
