/** The running whole: a configuration with its open connections and tenants, and the cache they share. */
import { setMaxListeners } from 'node:events';
import {
  NO_EMAIL,
  profileOf,
  templateContextFor,
  type LookupAnswer,
  type LookupRequest,
  type LookupResult,
} from './answer.ts';
import type { Configuration, TenantConfiguration } from '../config/configuration.ts';
import type { ConnectorContext } from '../connector/contract.ts';
import type { Clock } from '../model/clock.ts';
import { normalizeEmail, type Email } from '../model/email.ts';
import { createKeyStore, type KeyStore } from '../auth/key-store.ts';
import { LookupCache } from '../cache/lookup-cache.ts';
import { MemoryStore } from '../cache/memory-store.ts';
import type { Connection } from '../upstream/connection.ts';
import { resolvePerson, type PersonResolution } from '../lookup/resolve.ts';
import type { Deadline } from '../lookup/strategies.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { initSeries, recordEvents } from './record-events.ts';
import { beginStep } from '../telemetry/spans.ts';
import { currentTrace, type NewStep } from '../telemetry/trace.ts';
import { openConnections, lookupTimeouts, type OpenOptions } from './open-connections.ts';
import { createTenant, type Tenant } from './tenant.ts';

export interface BridgeOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly watchFile: ConnectorContext['watchFile'];
}

/** Everything that a reload swaps in one step; requests in flight keep the one they began with. */
export interface Snapshot {
  readonly configuration: Configuration;
  /** Milliseconds since 1970. */
  readonly loadedAt: number;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly keys: KeyStore;
}

/** Kept of the deadline for rendering and sending: at most so many milliseconds, at most a tenth. */
const RESPONSE_MARGIN_MS = 200;
const SWEEP_INTERVAL_MS = 60_000;
/** No request takes longer. Milliseconds. */
const MAX_REQUEST_MS = 120_000;

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #cache: MemoryStore;
  readonly #answers: LookupCache;
  readonly #stopWaiting = new AbortController();
  readonly #sweeper: NodeJS.Timeout;
  readonly #retired = new Map<Connection, NodeJS.Timeout>();
  #current: Snapshot;

  /** @throws {OpenError} when a connector cannot be opened. */
  static async open(configuration: Configuration, options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(configuration, options);
    try {
      await bridge.replace(configuration);
      return bridge;
    } catch (error) {
      clearInterval(bridge.#sweeper);
      throw error;
    }
  }

  private constructor(configuration: Configuration, options: BridgeOptions) {
    this.#options = options;
    this.#cache = new MemoryStore(configuration.cache, options.clock);
    this.#answers = new LookupCache(this.#cache, options.clock, (connection, event) =>
      options.metrics.cacheEvent(connection, event),
    );
    this.#current = {
      configuration,
      loadedAt: options.clock.now(),
      connections: new Map(),
      tenants: new Map(),
      keys: createKeyStore([]),
    };
    this.#sweeper = setInterval(() => this.#answers.sweep(), SWEEP_INTERVAL_MS).unref();
    setMaxListeners(0, this.#stopWaiting.signal);
  }

  /** The configuration that answers now. */
  get current(): Snapshot {
    return this.#current;
  }

  /**
   * Opens what is new, then swaps in one step and closes what is no longer used once its lookups are done.
   * @throws {OpenError} when a connector cannot be opened; everything then stays as it was.
   */
  async replace(configuration: Configuration): Promise<void> {
    const previous = this.#current;
    const connections = await openConnections(
      configuration,
      previous.connections,
      this.#openOptions(),
    );
    const { clock } = this.#options;
    const tenants = [...configuration.tenants.values()].map((tenant) => {
      const before = previous.tenants.get(tenant.id);
      return [tenant.id, createTenant(tenant, connections, before, clock)] as const;
    });
    const limitOf = lookupTimeouts(configuration);
    for (const connection of connections.values()) connection.timeLimit = limitOf(connection.name);
    this.#cache.configure(configuration.cache);
    initSeries(configuration, this.#options.metrics);
    this.#current = {
      configuration,
      loadedAt: this.#options.clock.now(),
      connections,
      tenants: new Map(tenants),
      keys: createKeyStore(configuration.tenants.values()),
    };
    for (const connection of previous.connections.values()) {
      if (connections.get(connection.name) !== connection) this.#retire(connection);
    }
    const removedIds = [...previous.tenants.keys()].filter((id) => !configuration.tenants.has(id));
    if (removedIds.length > 0) this.#removeTenantMetrics(removedIds);
  }

  /**
   * One lookup, whole. @param tenant of some generation, usually the current one.
   * @returns by the tenant's deadline, whatever the CRMs do; never throws for what they do.
   */
  async answer(tenant: Tenant, request: LookupRequest): Promise<LookupAnswer> {
    const { configuration } = tenant;
    const start = performance.now();
    const email = normalizeEmail(request.email);
    const ignored = email !== undefined && tenant.ignores(email);
    currentTrace()?.add({ step: 'normalise', address: email?.normalized ?? null, ignored });
    const result = email === undefined || ignored ? NO_EMAIL : await this.#resolve(tenant, email);
    const resolved = performance.now();
    currentTrace()?.add(answerStep(result));
    const step = beginStep('render', {});
    const view = templateContextFor(
      result,
      request,
      email,
      configuration,
      this.#options.clock.now(),
    );
    const memoKey = result.profile ?? result.company ?? undefined;
    const { text, failure } = configuration.templates.render(view, configuration, memoKey);
    const rendered = performance.now();
    step?.end({ outcome: result.outcome }, { failedAt: failure });
    if (failure !== undefined) {
      this.#options.log.warn('template failed, the built-in text was used', {
        tenant: configuration.id,
        at: failure,
      });
    }
    return {
      outcome: result.outcome,
      text,
      profile: profileOf(result),
      source: result.source,
      cache: result.cache,
      crmMs: resolved - start,
      renderMs: rendered - resolved,
      normalizedEmail: email?.normalized,
    };
  }

  /** What an agent is told when the bridge itself failed. */
  fallbackAnswer(): LookupAnswer {
    return {
      ...NO_EMAIL,
      outcome: 'unavailable',
      text: 'CRM data is not available right now. Please look the visitor up by hand.',
      profile: {},
      crmMs: 0,
      renderMs: 0,
      normalizedEmail: undefined,
    };
  }

  /** Drops a tenant's cached answers, or one person's. @returns how many; tenants share connections. */
  purge(tenant: Tenant, email?: Email): number {
    const { connections } = tenant.plan;
    const retired = [...this.#retired.keys()].filter(({ name }) =>
      connections.some((connection) => connection.name === name),
    );
    return [...connections, ...retired]
      .map((connection) =>
        email === undefined
          ? this.#answers.dropConnection(connection)
          : this.#answers.dropPerson(connection, email.normalized),
      )
      .reduce((sum, dropped) => sum + dropped, 0);
  }

  cacheStats(): ReturnType<MemoryStore['stats']> {
    return this.#cache.stats();
  }

  /** From now on nobody waits any longer for a CRM: what is not there is missing. */
  stopWaiting(): void {
    this.#stopWaiting.abort();
  }

  /** Ends everything. @param timeoutMs milliseconds for lookups under way. */
  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#sweeper);
    const open = [...this.#current.connections.values(), ...this.#retired.keys()];
    await Promise.allSettled(
      open.map((connection) => this.#closeConnection(connection, timeoutMs)),
    );
  }

  #resolve(tenant: Tenant, email: Email): Promise<PersonResolution> {
    const { plan, unknownLookups: strangers, configuration } = tenant;
    const now = () => this.#options.clock.now();
    const deadline = this.#deadline(configuration);
    return resolvePerson(plan, email, this.#answers, deadline, now, strangers);
  }

  #deadline({ deadline }: TenantConfiguration): Deadline {
    const until = performance.now() + deadline - Math.min(RESPONSE_MARGIN_MS, deadline / 10);
    return { left: () => until - performance.now(), signal: this.#stopWaiting.signal };
  }

  /** Requests that began before the swap are still counted. */
  #removeTenantMetrics(ids: readonly string[]): void {
    const forget = () => {
      for (const id of ids) {
        if (!this.#current.tenants.has(id)) this.#options.metrics.removeTenant(id);
      }
    };
    setTimeout(forget, MAX_REQUEST_MS).unref();
  }

  /** Requests that began before the swap may still come to this connection; then it is closed. */
  #retire(connection: Connection): void {
    const { timeLimit } = connection;
    const end = () =>
      void this.#closeConnection(connection, timeLimit).then(() => this.#dropRetired(connection));
    this.#retired.set(connection, setTimeout(end, timeLimit).unref());
  }

  async #closeConnection(connection: Connection, patience: number): Promise<void> {
    clearTimeout(this.#retired.get(connection));
    this.#retired.delete(connection);
    try {
      await connection.close(patience);
    } catch {
      this.#options.log.warn('a connection did not close cleanly', { connection: connection.name });
    }
  }

  /** What a connection that is gone has said is of no use any more. */
  #dropRetired(connection: Connection): void {
    this.#answers.dropConnection(connection);
    const { name } = connection;
    if (!this.#current.connections.has(name)) this.#options.metrics.removeConnection(name);
  }

  #openOptions(): OpenOptions {
    return {
      ...this.#options,
      ...recordEvents(this.#options),
      onInvalidate: (name) => {
        const connection = this.#current.connections.get(name);
        if (connection !== undefined) this.#answers.dropConnection(connection);
      },
    };
  }
}

/** What came of asking the connections, and which of them the answer is from. */
function answerStep({ outcome, source }: LookupResult): NewStep {
  const { connection, stale, ageSeconds, missing } = source;
  return {
    step: 'answer',
    outcome,
    from: connection ?? undefined,
    stale,
    ageSeconds: ageSeconds ?? undefined,
    missing: missing.length === 0 ? undefined : missing.join(', '),
  };
}
