/** One open connection to a CRM account, with everything that keeps both sides well. */
import type { ConnectionConfiguration } from '../config/configuration.ts';
import {
  ConnectorError,
  type Answer,
  type CallOptions,
  type Clock,
  type Connector,
  type ConnectorErrorKind,
  type Finding,
  type Quota,
} from '../connector.ts';
import type { Company, Profile } from '../profile.ts';
import { arrange } from './arrange.ts';
import { Batcher } from './batcher.ts';
import { Bulkhead } from './bulkhead.ts';
import { Circuit, CircuitOpenError, type CircuitState } from './circuit.ts';
import { cleanAnswer, cleanCompany } from './clean.ts';
import { asConnectorError } from './failure.ts';
import { Latencies } from './latencies.ts';
import { Policy } from './policy.ts';

/** A person as one connection knows them. */
export interface Known {
  readonly profile: Profile;
  /** Sections the connector could not get. */
  readonly missing: readonly string[];
}

/** What the connection tells those who count and log. */
export interface ConnectionEvents {
  /** `seconds` from the question to the answer, time in the queue included. */
  lookup(
    connection: string,
    result: 'found' | 'not_found' | ConnectorErrorKind,
    seconds: number,
  ): void;
  batch(connection: string, size: number): void;
  circuit(connection: string, state: CircuitState, reason: ConnectorErrorKind | undefined): void;
  failure(connection: string, error: ConnectorError): void;
}

/** What `/health` shows of a connection. Times are milliseconds since 1970. */
export interface ConnectionStatus {
  readonly circuit: CircuitState;
  readonly restsUntil: number | undefined;
  readonly lastSuccessAt: number | undefined;
  readonly lastError: { readonly kind: ConnectorErrorKind; readonly at: number } | undefined;
  readonly quota: Quota | undefined;
  readonly latency: { readonly p50: number | null; readonly p95: number | null };
  readonly lookups: number;
  /** Standing problems, in the connector's words. */
  readonly notices: readonly string[];
}

/** More lookups than this do not wait in line for one CRM. */
const MAX_WAITING = 2000;
const DEFAULT_BATCH = 100;

export class Connection {
  readonly configuration: ConnectionConfiguration;
  /** Tells this opening of the connection from an earlier one of the same name, in cache keys. */
  readonly id: string;
  /** How long a lookup may take; it outlives the deadline a little, to fill the cache. Milliseconds. */
  timeLimit: number;
  readonly #connector: Connector;
  readonly #notices: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #events: ConnectionEvents;
  readonly #circuit: Circuit;
  readonly #policy: Policy;
  readonly #bulkhead: Bulkhead;
  readonly #batcher: Batcher<Answer>;
  readonly #latencies = new Latencies();
  #lastSuccessAt: number | undefined;
  #lastError: ConnectionStatus['lastError'];
  #lookups = 0;
  #pending = 0;
  #idle: (() => void) | undefined;

  constructor(
    configuration: ConnectionConfiguration,
    connector: Connector,
    options: {
      readonly id: string;
      readonly notices: ReadonlyMap<string, string>;
      readonly timeLimit: number;
      readonly clock: Clock;
      readonly events: ConnectionEvents;
    },
  ) {
    this.configuration = configuration;
    this.id = options.id;
    this.timeLimit = options.timeLimit;
    this.#notices = options.notices;
    this.#connector = connector;
    this.#clock = options.clock;
    this.#events = options.events;
    const { name, limits } = configuration;
    this.#circuit = new Circuit(name, options.clock, (state, reason) =>
      options.events.circuit(name, state, reason),
    );
    this.#policy = new Policy({
      circuit: this.#circuit,
      clock: options.clock,
      limits,
      quota: () => connector.quota?.(),
    });
    this.#bulkhead = new Bulkhead(limits.concurrency);
    this.#batcher = new Batcher({
      maxBatch: connector.lookupMany === undefined ? 1 : (connector.maxBatch ?? DEFAULT_BATCH),
      maxWaiting: MAX_WAITING,
      bulkhead: this.#bulkhead,
      call: (emails, signal) => this.#ask(emails, signal),
    });
  }

  get name(): string {
    return this.configuration.name;
  }

  get findsCompanies(): boolean {
    return this.#connector.findCompany !== undefined;
  }

  /**
   * Asks the CRM; nothing is cached here.
   * @returns the person, or `undefined` when the CRM has nobody with that address.
   * @throws {ConnectorError}
   */
  lookup(email: string): Promise<Known | undefined> {
    return this.#measured(async () => {
      const answer = await this.#batcher.lookup(email, this.timeLimit);
      if (answer === undefined) return undefined;
      const { profile, missing } = cleanAnswer(answer);
      return { profile: arrange(profile, this.configuration.limits), missing };
    });
  }

  /** Asks the CRM whose company has this e-mail domain. @throws {ConnectorError} */
  findCompany(domain: string): Promise<Company | undefined> {
    return this.#measured(async () => {
      if (this.#bulkhead.full) throw new ConnectorError('unavailable', 'all calls are taken');
      const signal = AbortSignal.timeout(this.timeLimit);
      const find = async (s: AbortSignal) => this.#connector.findCompany?.(domain, { signal: s });
      const company = await this.#bulkhead.run(() => this.#called(find, signal));
      return company ? cleanCompany(company) : undefined;
    });
  }

  /** Tries the connection as `check --live` does, whatever the circuit says. */
  async check(options: CallOptions): Promise<readonly Finding[]> {
    if (this.#connector.check === undefined) {
      return [{ level: 'ok', message: 'open (this connector has no check of its own)' }];
    }
    try {
      return await this.#connector.check(options);
    } catch (thrown) {
      const error = asConnectorError(thrown);
      return [{ level: 'error', message: `${error.kind}: ${error.message}` }];
    }
  }

  status(): ConnectionStatus {
    return {
      circuit: this.#circuit.state,
      restsUntil: this.#circuit.open?.until,
      lastSuccessAt: this.#lastSuccessAt,
      lastError: this.#lastError,
      quota: this.#connector.quota?.(),
      latency: this.#latencies.percentiles(),
      lookups: this.#lookups,
      notices: [...this.#notices.values()],
    };
  }

  /** Waits for the lookups under way, at most `patience` milliseconds, then closes the connector. */
  async close(patience: number): Promise<void> {
    if (this.#pending > 0) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => resolve(undefined), patience);
      this.#idle = () => resolve(undefined);
      await promise.finally(() => clearTimeout(timer));
    }
    await this.#connector.close?.();
  }

  async #ask(emails: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Answer>> {
    this.#events.batch(this.name, emails.length);
    const [only] = emails;
    if (emails.length === 1 && only !== undefined) {
      const one = async (s: AbortSignal) => this.#connector.lookup(only, { signal: s });
      const answer = await this.#called(one, signal);
      return new Map(answer ? [[only, answer]] : []);
    }
    const many = async (s: AbortSignal) => this.#connector.lookupMany?.(emails, { signal: s });
    const answers: unknown = await this.#called(many, signal);
    if (answers instanceof Map) return answers as ReadonlyMap<string, Answer>;
    throw new ConnectorError('bad_response', 'lookupMany must give a Map from address to answer');
  }

  async #called<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const start = performance.now();
    try {
      const result = await this.#policy.call(work, signal);
      this.#lastSuccessAt = this.#clock.now();
      this.#latencies.add(performance.now() - start);
      return result;
    } catch (thrown) {
      const error = asConnectorError(thrown);
      if (!(error instanceof CircuitOpenError)) {
        this.#lastError = { kind: error.kind, at: this.#clock.now() };
        this.#events.failure(this.name, error);
      }
      throw error;
    }
  }

  async #measured<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    const start = performance.now();
    const done = (result: 'found' | 'not_found' | ConnectorErrorKind) =>
      this.#events.lookup(this.name, result, (performance.now() - start) / 1000);
    this.#lookups += 1;
    this.#pending += 1;
    try {
      const value = await work();
      done(value === undefined ? 'not_found' : 'found');
      return value;
    } catch (thrown) {
      const error = asConnectorError(thrown);
      done(error.kind);
      throw error;
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) this.#idle?.();
    }
  }
}
