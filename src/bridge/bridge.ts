/** Everything that runs: a configuration with its open connections and tenants, and the cache they share. */
import { setMaxListeners } from 'node:events';
import { LookupCache } from '../cache/lookup-cache.ts';
import { SharedLevel } from '../cache/shared-level.ts';
import type { Configuration, TenantConfiguration } from '../config/configuration.ts';
import type { ConnectorContext } from '../connector/contract.ts';
import { resolvePerson, type LookupContext, type LookupResult } from '../lookup/resolve.ts';
import type { Deadline } from '../lookup/strategies.ts';
import type { Clock } from '../model/clock.ts';
import type { Email } from '../model/email.ts';
import { isPublicMailDomain } from '../model/public-mail-domains.ts';
import type { Log } from '../telemetry/log.ts';
import { RenderCache } from '../render/render-cache.ts';
import type { SharedRedis, SharedStatus } from '../redis/shared-redis.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Connection } from '../upstream/connection.ts';
import type { ConnectionEvents } from '../upstream/stats.ts';
import type { CreateLimiter } from '../limits/limiter.ts';
import { createMemoryLimiter } from '../limits/memory-limiter.ts';
import { createRedisLimiter } from '../limits/redis-limiter.ts';
import { SharedRests } from './shared-rests.ts';
import { answerRequest, type LookupAnswer, type LookupRequest } from './answer.ts';
import { redactingLog } from '../config/redactor.ts';
import { RefreshGrants } from './refresh-grants.ts';
import { lookupTimeouts, openConnections, openOne, type OpenOptions } from './open-connections.ts';
import { reopen } from './reopen.ts';
import { RetiredConnections } from './retired-connections.ts';
import { initSeries, recordEvents } from './record-events.ts';
import { createSnapshot, type Snapshot } from './snapshot.ts';
import type { Tenant } from './tenant.ts';

export interface BridgeOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly watchFile: ConnectorContext['watchFile'];
  /** Whether a connection that cannot be opened now is a problem, whatever the reason. */
  readonly requireOpen?: boolean;
  /** Whether to begin without connections that open slowly: they are used once they are open. */
  readonly openLate?: boolean;
  /** What several processes share. */
  readonly shared?: SharedRedis | undefined;
  /** For a command beside them, which shares refresh tokens alone; called when there is one. */
  readonly openGrantStore?: () => SharedRedis | undefined;
}

/** Reserved for rendering and sending: 200 ms, at most a tenth of the deadline. */
const RESPONSE_MARGIN_MS = 200;
const SWEEP_INTERVAL_MS = 60_000;
/** No request takes longer. */
const MAX_REQUEST_MS = 120_000;

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #cache: LookupCache;
  readonly #texts = new RenderCache();
  readonly #surroundings: Parameters<typeof createSnapshot>[3];
  readonly #rests: SharedRests | undefined;
  readonly #grants: RefreshGrants;
  readonly #stopWaiting = new AbortController();
  readonly #sweeper: NodeJS.Timeout;
  readonly #retired: RetiredConnections;
  #stopReopening: readonly (() => void)[] = [];
  readonly #stillOpening = new WeakMap<Connection, Promise<Connection>>();
  #current: Snapshot;
  /** Swaps happen one after the other. */
  #swapping: Promise<unknown> = Promise.resolve();

  /** @throws {ConnectionOpenError} when a connector cannot be opened. */
  static async open(configuration: Configuration, options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(configuration, options);
    try {
      await bridge.replace(configuration);
      return bridge;
    } catch (error) {
      clearInterval(bridge.#sweeper);
      options.shared?.close();
      throw error;
    }
  }

  private constructor(configuration: Configuration, options: BridgeOptions) {
    const { clock, metrics, shared } = options;
    this.#options = options;
    this.#retired = new RetiredConnections(options.log, (connection) => this.#forget(connection));
    this.#cache = new LookupCache(
      configuration.cache,
      clock,
      (connection, event) => metrics.cacheEvent(connection, event),
      shared && new SharedLevel(shared),
    );
    this.createLimiter =
      shared === undefined
        ? (_name, limit) => createMemoryLimiter(limit)
        : (name, limit) => createRedisLimiter(shared, name, limit);
    this.#surroundings = { clock, createLimiter: this.createLimiter };
    this.#rests = shared && new SharedRests(shared, () => this.#current.connections);
    this.#grants = new RefreshGrants(clock, () => shared ?? options.openGrantStore?.());
    const none = { ...configuration, tenants: new Map() };
    this.#current = createSnapshot(none, new Map(), undefined, this.#surroundings);
    this.#sweeper = setInterval(() => this.#cache.sweep(), SWEEP_INTERVAL_MS).unref();
    setMaxListeners(0, this.#stopWaiting.signal);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Of this process, or over all that share a Redis. */
  readonly createLimiter: CreateLimiter;

  /** The snapshot that answers now. */
  get current(): Snapshot {
    return this.#current;
  }

  /**
   * Opens what is new, then swaps in one step and closes what is no longer used once its lookups are done.
   * @throws {ConnectionOpenError} when a connector cannot be opened; everything then stays as it was.
   */
  replace(configuration: Configuration): Promise<void> {
    return this.#inTurn(() => this.#swap(configuration, this.#current.connections));
  }

  /**
   * Closes the circuit of a connection, whatever it waits for: opens the connection newly, since connectors
   * wait, too. Its cached entries stay. @returns false when there is no such connection.
   * @throws {ConnectionOpenError} when it cannot be opened; everything then stays as it was.
   */
  resume(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const { configuration, connections, loadedAt } = this.#current;
      const connection = connections.get(name);
      if (connection === undefined) return false;
      await this.#rests?.clear(connection.configuration);
      const others = new Map(connections);
      others.delete(name);
      await this.#swap(configuration, others);
      this.#current = { ...this.#current, loadedAt };
      this.#cache.forgetFailures(connection.configuration);
      this.#options.log.info('connection resumed by hand', { connection: name });
      return true;
    });
  }

  /** @param reusable the connections that stay open if their settings are the same. */
  async #swap(
    configuration: Configuration,
    reusable: ReadonlyMap<string, Connection>,
  ): Promise<void> {
    const previous = this.#current;
    const { metrics } = this.#options;
    const connections = await openConnections(configuration, reusable, this.#openOptions());
    const timeoutOf = lookupTimeouts(configuration);
    for (const connection of connections.values()) {
      connection.timeoutMs = timeoutOf(connection.name);
    }
    this.#cache.configure(configuration.cache);
    initSeries(configuration, metrics);
    // A connection may have been opened in the background since.
    const replaced = [...this.#current.connections.values()];
    this.#current = createSnapshot(configuration, connections, this.#current, this.#surroundings);
    for (const connection of connections.values()) {
      if (!replaced.includes(connection)) void this.#rests?.load(connection);
    }
    for (const connection of replaced) {
      if (connections.get(connection.name) !== connection) this.#retired.add(connection);
    }
    this.#reopen();
    const removedIds = [...previous.tenants.keys()].filter((id) => !configuration.tenants.has(id));
    if (removedIds.length > 0) this.#removeTenantMetrics(removedIds);
  }

  /**
   * One lookup, whole. @param tenant of any snapshot, usually the current one.
   * @param options `pastCache` asks the CRM whatever is cached.
   * @returns by the tenant's deadline; never throws for a failing CRM.
   */
  answer(
    tenant: Tenant,
    request: LookupRequest,
    options: Pick<LookupContext, 'pastCache'> = {},
  ): Promise<LookupAnswer> {
    const { clock, log } = this.#options;
    const lookup = (email: Email) => this.#lookup(tenant, email, options);
    return answerRequest(tenant, request, { clock, log, texts: this.#texts, lookup });
  }

  /** Drops a tenant's cached entries, or one person's. @returns how many; tenants share connections. */
  async purge(tenant: Tenant, email?: Email): Promise<number> {
    const { connections } = tenant.plan;
    const names = new Set(connections.map(({ name }) => name));
    const retired = this.#retired.list().filter(({ name }) => names.has(name));
    const identities = [...connections, ...retired].map(({ configuration }) => configuration);
    if (email !== undefined) return this.#cache.dropPerson(identities, email.normalized);
    const dropped = await Promise.all(
      identities.map((identity) => this.#cache.dropConnection(identity)),
    );
    return dropped.reduce((sum, entries) => sum + entries, 0);
  }

  cacheStats(): ReturnType<LookupCache['stats']> {
    return this.#cache.stats();
  }

  /** @returns `undefined` for a process with its memory alone. */
  sharedStatus(): SharedStatus | undefined {
    return this.#options.shared?.status();
  }

  /** From now on no request waits for a CRM: lookups without a result yet are reported as missing. */
  stopWaiting(): void {
    this.#stopWaiting.abort();
  }

  /** Ends everything. @param timeoutMs for lookups in flight. */
  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#sweeper);
    for (const stop of this.#stopReopening) stop();
    await this.#grants.close();
    await this.#retired.closeWith(this.#current.connections.values(), timeoutMs);
    await this.#cache.close();
    this.#options.shared?.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#swapping.then(work);
    this.#swapping = result.catch(() => undefined);
    return result;
  }

  #lookup(
    { plan, configuration }: Tenant,
    email: Email,
    options: Pick<LookupContext, 'pastCache'>,
  ): Promise<LookupResult> {
    const { pastCache } = options;
    const deadline = this.#deadline(configuration);
    return resolvePerson(plan, email, { cache: this.#cache, deadline, pastCache });
  }

  #deadline({ deadline }: TenantConfiguration): Deadline {
    const until = performance.now() + deadline - Math.min(RESPONSE_MARGIN_MS, deadline / 10);
    return { left: () => until - performance.now(), signal: this.#stopWaiting.signal };
  }

  /** Requests that began before the swap are still counted. */
  #removeTenantMetrics(ids: readonly string[]): void {
    const remove = () => {
      for (const id of ids) {
        if (!this.#current.tenants.has(id)) this.#options.metrics.removeTenant(id);
      }
    };
    setTimeout(remove, MAX_REQUEST_MS).unref();
  }

  /** Restarts the background reopening for connections that are not open. */
  #reopen(): void {
    for (const stop of this.#stopReopening) stop();
    const { configuration, connections } = this.#current;
    const unopened = [...connections.values()].filter(({ openError }) => openError !== undefined);
    this.#stopReopening = unopened.map((connection) =>
      reopen(connection, {
        log: redactingLog(this.#options.log, configuration.redactor),
        open: () => openOne(connection.configuration, this.#openOptions(), configuration.redactor),
        opening: this.#stillOpening.get(connection),
        onOpened: (opened) => this.#use(opened, connection),
      }),
    );
  }

  #use(opened: Connection, unopened: Connection): void {
    const { metrics } = this.#options;
    const { configuration, connections, loadedAt } = this.#current;
    opened.timeoutMs = unopened.timeoutMs;
    const next = new Map(connections).set(opened.name, opened);
    this.#current = {
      ...createSnapshot(configuration, next, this.#current, this.#surroundings),
      loadedAt,
    };
    metrics.circuit(opened.name, 'closed');
    void this.#rests?.load(opened);
    this.#retired.add(unopened);
  }

  /** Drops what a closed connection has left, unless a connection of that name and settings is open again. */
  #forget({ name, configuration }: Connection): void {
    const current = this.#current.connections.get(name);
    if (current === undefined) this.#options.metrics.removeConnection(name);
    if (current?.configuration.fingerprint !== configuration.fingerprint) {
      void this.#cache.releaseConnection(configuration);
    }
  }

  #openOptions(): OpenOptions {
    const { events, onRequest } = recordEvents(this.#options);
    const rest: ConnectionEvents['rest'] = (connection, reason, ms) =>
      void this.#rests?.share(connection, reason, ms);
    const onStillOpening: OpenOptions['onStillOpening'] = (unopened, opening) =>
      void this.#stillOpening.set(unopened, opening);
    return {
      ...this.#options,
      events: { ...events, rest },
      onRequest,
      ...(this.#options.openLate === true ? { onStillOpening } : {}),
      isPublicMailDomain: (domain) =>
        isPublicMailDomain(domain, this.#current.configuration.publicMailDomains),
      refreshGrant: (configured, newest) => this.#grants.of(configured, newest),
      onInvalidate: (configuration) => void this.#cache.dropConnection(configuration),
    };
  }
}
