/** One open connection to a CRM account, with everything that keeps both sides well. */
import type { ConnectionConfiguration } from '../config/configuration.ts';
import type { CallOptions, Connector, CheckResult, Quota } from '../connector/contract.ts';
import { Redactor } from '../config/redactor.ts';
import type { Clock } from '../model/clock.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import type { StepAttributes } from '../telemetry/span-attributes.ts';
import { beginStep, addEvent, runIn, type TraceContext } from '../telemetry/spans.ts';
import type { Company, Profile } from '../model/profile.ts';
import { withTimeout } from '../model/with-timeout.ts';
import { ConnectionStats, type ActivityEvents, type ActivityFigures } from './stats.ts';
import { sortAndLimit } from '../model/sort.ts';
import { Batcher, type Traced } from './batcher.ts';
import { Bulkhead } from './bulkhead.ts';
import { CircuitBreaker, type CircuitState } from './circuit-breaker.ts';

import { CircuitOpenError, OverloadError, toConnectorError } from './errors.ts';
import { Policy } from './policy.ts';
import { isNil, validateBatch, parseQuota } from './validate-output.ts';
import { parsePerson, parseCompany } from './parse-person.ts';

/** A person as one connection knows them. */
export interface PersonResult {
  readonly profile: Profile;
  /** Sections the connector could not get. */
  readonly missing: readonly string[];
}

/** What the connection tells those who count and log. */
export interface ConnectionEvents extends ActivityEvents {
  batch(connection: string, size: number): void;
  circuit(connection: string, state: CircuitState, reason: ConnectorErrorKind | undefined): void;
}

/** What `/health` shows of a connection. Times are milliseconds since 1970. */
export interface ConnectionStatus extends ActivityFigures {
  readonly circuit: CircuitState;
  readonly restsUntil: number | undefined;
  /** Why the circuit is not closed. */
  readonly restsFor: ConnectorErrorKind | undefined;
  readonly quota: Quota | undefined;
  /** Standing problems, in the connector's words. */
  readonly notices: readonly string[];
}

/** More lookups than this do not wait in line for one CRM. */
const MAX_QUEUE = 2000;
const DEFAULT_BATCH = 100;
/** A connector that does not close within this is left to itself. Milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

export class Connection {
  readonly configuration: ConnectionConfiguration;
  /** How long a lookup may take; it outlives the deadline a little, to fill the cache. */
  timeoutMs: number;
  readonly #connector: Connector;
  readonly #notices: ReadonlyMap<string, string>;
  readonly #events: ConnectionEvents;
  readonly #redactor: Redactor;
  readonly #circuit: CircuitBreaker;
  readonly #policy: Policy;
  readonly #bulkhead: Bulkhead;
  readonly #batcher: Batcher<unknown>;
  readonly #activity: ConnectionStats;
  readonly #searches = new Set<AbortController>();

  constructor(
    configuration: ConnectionConfiguration,
    connector: Connector,
    options: {
      readonly notices: ReadonlyMap<string, string>;
      readonly timeoutMs: number;
      readonly clock: Clock;
      readonly events: ConnectionEvents;
      /** Knows the secrets of the connector's settings. */
      readonly redactor?: Redactor;
    },
  ) {
    this.configuration = configuration;
    this.timeoutMs = options.timeoutMs;
    this.#notices = options.notices;
    this.#connector = connector;
    this.#events = options.events;
    this.#redactor = options.redactor ?? new Redactor();
    const { name, limits } = configuration;
    this.#activity = new ConnectionStats(name, options.clock, options.events);
    this.#circuit = new CircuitBreaker(name, options.clock, (state, reason) =>
      options.events.circuit(name, state, reason),
    );
    this.#policy = new Policy({
      circuit: this.#circuit,
      clock: options.clock,
      limits,
      quota: () => this.#quota(),
    });
    this.#bulkhead = new Bulkhead(limits.concurrency);
    this.#batcher = new Batcher({
      maxBatch: connector.lookupMany === undefined ? 1 : (connector.maxBatch ?? DEFAULT_BATCH),
      maxWaiting: MAX_QUEUE,
      bulkhead: this.#bulkhead,
      call: (emails, signal, watched) => this.#ask(emails, signal, watched),
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
  lookup(email: string): Promise<PersonResult | undefined> {
    return this.#activity.lookup(async () => {
      const answer = await this.#queued(email);
      if (isNil(answer)) return undefined;
      const { profile, missing } = this.#parse(() => parsePerson(answer));
      return { profile: sortAndLimit(profile, this.configuration.limits), missing };
    });
  }

  /** Asks the CRM whose company has this e-mail domain; people go first. @throws {ConnectorError} */
  findCompany(domain: string): Promise<Company | undefined> {
    return this.#activity.lookup(async () => {
      const company = await this.#search((signal) => {
        const find = async (s: AbortSignal) => this.#connector.findCompany?.(domain, { signal: s });
        const call = () => this.#call(find, signal, { search: 'company' });
        return this.#bulkhead.runQueued<unknown>(call, () => this.#batcher.waiting, signal);
      });
      return isNil(company) ? undefined : this.#parse(() => parseCompany(company));
    });
  }

  /** Tries the connection as `check --live` does, whatever the circuit says. */
  async check(options: CallOptions): Promise<readonly CheckResult[]> {
    if (this.#connector.check === undefined) {
      return [{ level: 'warning', message: 'not tried: this connector has no check of its own' }];
    }
    try {
      const findings = await this.#connector.check(options);
      return findings.map(({ level, message }) => ({ level, message: this.#redact(message) }));
    } catch (thrown) {
      const error = toConnectorError(thrown);
      return [{ level: 'error', message: `${error.kind}: ${this.#redact(error.message)}` }];
    }
  }

  status(): ConnectionStatus {
    return {
      circuit: this.#circuit.state,
      restsUntil: this.#circuit.open?.until,
      restsFor: this.#circuit.open?.reason,
      ...this.#activity.snapshot(),
      quota: this.#quota(),
      notices: [...this.#notices.values()],
    };
  }

  /**
   * Waits for the lookups under way, at most `patience` milliseconds; then those are aborted, and the
   * connector is closed.
   */
  async close(timeoutMs: number): Promise<void> {
    await this.#activity.whenIdle(timeoutMs);
    this.#batcher.abortAll();
    for (const search of this.#searches) search.abort();
    await withTimeout(Promise.resolve(this.#connector.close?.()), CLOSE_TIMEOUT_MS);
  }

  #ask(
    emails: readonly string[],
    signal: AbortSignal,
    watched: readonly Traced[],
  ): Promise<ReadonlyMap<string, unknown>> {
    const facts: StepAttributes = { search: 'person', people: emails.length };
    for (const { watcher, waited } of watched) {
      addEvent(watcher, 'queue', { connection: this.configuration, ...facts }, { ms: waited });
    }
    const work = async (s: AbortSignal) => {
      this.#events.batch(this.name, emails.length);
      const [only] = emails;
      if (emails.length === 1 && only !== undefined) {
        return new Map([[only, await this.#connector.lookup(only, { signal: s })]]);
      }
      const answers: unknown = await this.#connector.lookupMany?.(emails, { signal: s });
      return validateBatch(answers, emails);
    };
    const joined = watched.slice(1).map(({ watcher }) => watcher);
    return this.#call(work, signal, facts, joined);
  }

  async #queued(email: string): Promise<unknown> {
    try {
      return await this.#batcher.lookup(email, this.timeoutMs);
    } catch (thrown) {
      if (thrown instanceof OverloadError) this.#activity.rejected(thrown);
      throw thrown;
    }
  }

  /** Runs one search for a company, which ends with the time limit or with the connection. */
  async #search<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const aborter = new AbortController();
    const late = () => aborter.abort(new DOMException('no answer in time', 'TimeoutError'));
    const timer = setTimeout(late, this.timeoutMs);
    this.#searches.add(aborter);
    try {
      return await work(aborter.signal);
    } finally {
      clearTimeout(timer);
      this.#searches.delete(aborter);
    }
  }

  /** @param joined who else waits for the same call. */
  async #call<T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    facts: StepAttributes,
    joined: readonly TraceContext[] = [],
  ): Promise<T> {
    const start = performance.now();
    const step = beginStep('connector', { connection: this.configuration, ...facts }, joined);
    try {
      const result = await runIn(step, () => this.#policy.call(work, signal));
      this.#activity.succeeded(performance.now() - start);
      step?.end();
      return result;
    } catch (thrown) {
      const error = toConnectorError(thrown);
      const skipped = error instanceof CircuitOpenError;
      step?.end(
        { error: error.kind, ...(skipped ? { skipped: 'circuit open' } : {}) },
        { reason: this.#redactor.redact(error.message, 'traffic') },
      );
      if (!skipped) this.#activity.failed(error);
      throw error;
    }
  }

  #redact(text: string): string {
    return this.#redactor.redact(text, 'settings');
  }

  /** Cleans an answer: one that does not fit is a failure like others, but not one of the whole CRM. */
  #parse<T>(clean: () => T): T {
    try {
      return clean();
    } catch (thrown) {
      const error = toConnectorError(thrown);
      this.#activity.failed(error);
      throw error;
    }
  }

  /** A connector that fails to tell its quota, or tells nonsense, is asked all the same. */
  #quota(): Quota | undefined {
    try {
      return parseQuota(this.#connector.quota?.());
    } catch {
      return undefined;
    }
  }
}
