/** One open connection to a CRM account: queue, concurrency, timeouts, circuit breaker, checked results. */
import { randomUUID } from 'node:crypto';
import type { ConnectionConfiguration } from '../config/configuration.ts';
import { Redactor } from '../config/redactor.ts';
import type {
  CallOptions,
  CheckResult,
  Connector,
  LookupOptions,
  OnPartial,
  Quota,
} from '../connector/contract.ts';
import type { ConnectorError } from '../connector/errors.ts';
import {
  NotAttemptedError,
  WrongPersonError,
  type ConnectorErrorKind,
} from '../connector/errors.ts';
import { raceAbort } from '../connector/abort.ts';
import { withTimeout, type Clock } from '../model/clock.ts';
import type { Company, Profile, RecordKey } from '../model/profile.ts';
import { sortAndLimit } from '../model/sort.ts';
import type { StepAttributes } from '../telemetry/span-attributes.ts';
import { addEvent, beginStep, runIn, type TraceContext, activeTrace } from '../telemetry/spans.ts';
import { currentTrace } from '../telemetry/trace.ts';
import { Batcher, type Traced } from './batcher.ts';
import { Bulkhead } from './bulkhead.ts';
import { CircuitBreaker, type CircuitState } from './circuit-breaker.ts';
import {
  CircuitOpenError,
  ContractError,
  OverloadError,
  toConnectorError,
  UnclassifiedError,
} from './errors.ts';
import { LateParts } from './late-parts.ts';
import { parseFoundCompany, parsePerson } from './parse-person.ts';
import { Policy } from './policy.ts';
import { companyOddities, personOddities, type RecordOddities } from './record-oddities.ts';
import { ConnectionStats, type ConnectionEvents, type StatsSnapshot } from './stats.ts';
import { isNil, parseCheck, parseQuota, validateBatch } from './validate-output.ts';

/** A person that one connection knows. */
export interface PersonResult {
  readonly profile: Profile;
  /** The records of `profile.others`. */
  readonly otherKeys?: readonly RecordKey[];
  /** Sections the connector could not get. */
  readonly missing: readonly string[];
  /** Not to be cached: labels are still loading. */
  readonly provisional?: boolean;
}

/** What `/health` shows of a connection. Times are milliseconds since 1970. */
export interface ConnectionStatus extends StatsSnapshot {
  readonly circuit: CircuitState;
  /** Until when the circuit is not closed, and why. */
  readonly openUntil: number | undefined;
  readonly openReason: ConnectorErrorKind | undefined;
  readonly quota: Quota | undefined;
  /** Standing problems, in the connector's words. */
  readonly notices: readonly string[];
  /** Why the connector could not be opened yet. */
  readonly openError: string | undefined;
}

/** The most lookups that may wait for one CRM. */
const MAX_QUEUE = 2000;
const DEFAULT_BATCH = 100;
/** The bridge waits no longer for a connector to close. */
const CLOSE_TIMEOUT_MS = 1000;

export class Connection {
  readonly configuration: ConnectionConfiguration;
  /** How long a lookup may take; it outlives the deadline a little, to fill the cache. */
  timeoutMs: number;
  /** Set while this takes the place of a connection that could not be opened, and fails every lookup. */
  openError: ConnectorError | undefined;
  readonly #connector: Connector;
  readonly #notices: ReadonlyMap<string, string>;
  readonly #events: ConnectionEvents;
  readonly #redactor: Redactor;
  readonly #circuit: CircuitBreaker;
  readonly #policy: Policy;
  readonly #bulkhead: Bulkhead;
  readonly #batcher: Batcher<unknown>;
  readonly #lateParts: LateParts;
  readonly #stats: ConnectionStats;
  readonly #closing = new AbortController();

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
    this.#stats = new ConnectionStats(name, options.clock, options.events);
    this.#circuit = new CircuitBreaker(
      name,
      options.clock,
      (state, reason) => options.events.circuit(name, state, reason),
      (reason, ms) => options.events.rest?.(configuration, reason, ms),
    );
    this.#policy = new Policy({
      circuit: this.#circuit,
      clock: options.clock,
      limits,
      quota: () => this.#quota(),
    });
    this.#lateParts = new LateParts(name, options.clock);
    this.#bulkhead = new Bulkhead(limits.concurrency);
    this.#batcher = new Batcher({
      maxBatch: connector.lookupMany === undefined ? 1 : (connector.maxBatch ?? DEFAULT_BATCH),
      maxQueue: MAX_QUEUE,
      bulkhead: this.#bulkhead,
      pauseMs: () => this.#pauseMs(),
      call: (...call) => this.#callBatch(...call),
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
   * @param onPartial is called once it is known whether the CRM knows the address, but not all of the person; what it
   *   gets throws for an invalid record.
   * @returns the person, or `undefined` when the CRM does not know the address.
   * @throws {ConnectorError}
   */
  lookup(
    email: string,
    onPartial?: (read: () => PersonResult | undefined) => void,
  ): Promise<PersonResult | undefined> {
    return this.#stats.lookup(async () => {
      const record = await this.#queued(email, (read) => onPartial?.(() => this.#personOf(read())));
      this.#traceOddities(personOddities, record);
      return this.#parse(() => this.#personOf(record));
    });
  }

  /** @throws {ConnectorError} the record itself, when it is one. */
  #personOf(record: unknown): PersonResult | undefined {
    if (isNil(record)) return undefined;
    if (record instanceof Error) throw record;
    const { profile, ...rest } = parsePerson(record);
    return { profile: sortAndLimit(profile, this.configuration.limits), ...rest };
  }

  /** The company with this e-mail domain; lookups of people have priority. @throws {ConnectorError} */
  findCompany(
    domain: string,
  ): Promise<{ readonly company: Company; readonly provisional: boolean } | undefined> {
    return this.#stats.lookup(async () => {
      const timeout = AbortSignal.timeout(this.timeoutMs);
      const signal = AbortSignal.any([timeout, this.#closing.signal]);
      const find = async (s: AbortSignal) => this.#connector.findCompany?.(domain, { signal: s });
      const call = () => this.#call<unknown>(find, signal, { search: 'company' });
      const record = await this.#bulkhead.runQueued(call, () => this.#batcher.hasQueue, signal);
      this.#traceOddities(companyOddities, record);
      return isNil(record) ? undefined : this.#parse(() => parseFoundCompany(record));
    });
  }

  /** Waits for what the connector loads in the background, at most until the signal aborts; never rejects. */
  async ready(options: CallOptions): Promise<void> {
    const ready = async () => this.#connector.ready?.(options);
    await raceAbort(ready(), options.signal).catch(() => undefined);
  }

  /** For a connector without a check. */
  async #checkByLookup(options: CallOptions): Promise<readonly CheckResult[]> {
    const said = 'no check in this connector; asked for a made-up address instead';
    const madeUp = () => `${randomUUID()}@crm-bridge-check.invalid`;
    const person = await this.#connector.lookup(madeUp(), options);
    const one: CheckResult = isNil(person)
      ? { level: 'ok', message: `${said}, which is unknown` }
      : { level: 'error', message: `${said}, it answered with a person` };
    if (this.#connector.lookupMany === undefined) return [one];
    const people = await this.#ask([madeUp(), madeUp()], options);
    const many: CheckResult = [...people.values()].every(isNil)
      ? { level: 'ok', message: 'asked for two made-up addresses at once, which are unknown' }
      : {
          level: 'error',
          message: 'asked for two made-up addresses at once, it answered with a person',
        };
    return [one, many];
  }

  /** Checks the connection for `check --live`, also while the circuit is open. */
  async check(options: CallOptions): Promise<readonly CheckResult[]> {
    try {
      const results = await (this.#connector.check?.(options) ?? this.#checkByLookup(options));
      return parseCheck(results).map(({ level, message }) => ({
        level,
        message: this.#redact(message),
      }));
    } catch (thrown) {
      const error = toConnectorError(thrown);
      return [{ level: 'error', message: `${error.kind}: ${this.#redact(error.message)}` }];
    }
  }

  /** Another process has met a reason not to call the CRM for so many milliseconds. */
  rest(reason: ConnectorErrorKind, ms: number): void {
    this.#circuit.rest(reason, ms);
  }

  status(): ConnectionStatus {
    return {
      circuit: this.#circuit.state,
      openUntil: this.#circuit.open?.until,
      openReason: this.#circuit.open?.reason,
      ...this.#stats.snapshot(),
      quota: this.#quota(),
      notices: [...this.#notices.values()],
      openError: this.openError && this.#redact(this.openError.message),
    };
  }

  /**
   * Waits for the lookups in flight, at most `timeoutMs`; then those are aborted, and the connector is closed.
   */
  async close(timeoutMs: number): Promise<void> {
    await this.#stats.whenIdle(timeoutMs);
    this.#batcher.abortAll();
    this.#closing.abort();
    await withTimeout(Promise.resolve(this.#connector.close?.()), CLOSE_TIMEOUT_MS);
  }

  #callBatch(
    emails: readonly string[],
    signal: AbortSignal,
    traced: readonly Traced[],
    onPartial: OnPartial<unknown>,
  ): Promise<ReadonlyMap<string, unknown>> {
    const attributes: StepAttributes = { search: 'person', people: emails.length };
    for (const { trace, waitedMs } of traced) {
      const queued = { connection: this.configuration, ...attributes };
      addEvent(trace, 'queue', queued, { ms: waitedMs });
    }
    const { timeoutMs } = this;
    const work = (end: AbortSignal) => {
      this.#events.batch(this.name, emails.length);
      const call = { emails, timeoutMs, signal: end, onPartial };
      return this.#lateParts.call((options) => this.#ask(emails, options), call);
    };
    const followers = traced.slice(1).map(({ trace }) => trace);
    return this.#call(work, signal, attributes, followers);
  }

  async #ask(
    emails: readonly string[],
    options: LookupOptions,
  ): Promise<ReadonlyMap<string, unknown>> {
    const [only] = emails;
    if (emails.length === 1 && only !== undefined) {
      return new Map([[only, await this.#lookupOne(only, options)]]);
    }
    return validateBatch(await this.#connector.lookupMany?.(emails, options), emails);
  }

  /** @returns a record of another person as its error: the call itself has not failed. */
  async #lookupOne(email: string, options: LookupOptions): Promise<unknown> {
    try {
      return await this.#connector.lookup(email, options);
    } catch (thrown) {
      if (thrown instanceof WrongPersonError) return thrown;
      throw thrown;
    }
  }

  async #queued(email: string, onPartial: (read: () => unknown) => void): Promise<unknown> {
    try {
      return await this.#batcher.lookup(email, this.timeoutMs, onPartial);
    } catch (thrown) {
      if (thrown instanceof OverloadError) this.#stats.notAttempted(thrown, thrown.message);
      throw thrown;
    }
  }

  /** @param followers the traces of further lookups in the same call. */
  async #call<T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    attributes: StepAttributes,
    followers: readonly TraceContext[] = [],
  ): Promise<T> {
    const start = performance.now();
    const step = beginStep(
      'connector',
      { connection: this.configuration, ...attributes },
      followers,
    );
    try {
      const result = await runIn(step, () => this.#policy.call(work, signal));
      this.#stats.succeeded(performance.now() - start);
      step?.end();
      return result;
    } catch (thrown) {
      const error = toConnectorError(thrown);
      const skipped = error instanceof CircuitOpenError;
      step?.end(
        { error: error.kind, ...(skipped ? { skipped: 'circuit open' } : {}) },
        { reason: this.#redactor.redact(error.message, 'traffic') },
      );
      if (!skipped) this.#failed(error);
      throw error;
    }
  }

  /** Only the words of the bridge and of built-in connectors are shown where no operator has asked: others may quote the CRM. */
  #failed(error: ConnectorError): void {
    const isShown = this.configuration.isBuiltin && !(error instanceof UnclassifiedError);
    const message = isShown ? error.message : undefined;
    const said = error instanceof ContractError ? error.rule : message;
    const reason = said && this.#redactor.redact(said, 'traffic');
    if (error instanceof NotAttemptedError) this.#stats.notAttempted(error, reason);
    else this.#stats.failed(error, reason);
  }

  #redact(text: string): string {
    return this.#redactor.redact(text, 'settings');
  }

  /** Only where an operator has asked for this one person. */
  #traceOddities(find: (record: unknown) => RecordOddities | undefined, record: unknown): void {
    const trace = currentTrace();
    const found = trace && find(record);
    if (found === undefined) return;
    const details = Object.entries<string>({ ...found }).map(([key, text]) => {
      return [key, this.#redactor.redact(text, 'traffic')] as const;
    });
    trace?.add({ ...Object.fromEntries(details), step: 'record', connection: this.name });
  }

  /** An invalid record is a failure like others, but it does not open the circuit. */
  #parse<T>(parse: () => T): T {
    try {
      return parse();
    } catch (thrown) {
      const error = toConnectorError(thrown);
      const reason = this.#redactor.redact(error.message, 'traffic');
      const trace = activeTrace();
      if (trace !== undefined) addEvent(trace, 'record', { error: error.kind }, { reason });
      this.#failed(error);
      throw error;
    }
  }

  /** A connector whose pause fails or is invalid is called without regard to it. */
  #pauseMs(): number {
    // With the circuit open a lookup fails at once, or probes.
    if (this.#circuit.open !== undefined) return 0;
    try {
      const ms: unknown = this.#connector.pauseMs?.();
      return typeof ms === 'number' && ms > 0 ? ms : 0;
    } catch {
      return 0;
    }
  }

  /** A connector whose quota fails or is invalid is called without regard to it. */
  #quota(): Quota | undefined {
    try {
      return parseQuota(this.#connector.quota?.());
    } catch {
      return undefined;
    }
  }
}
