/**
 * What Prometheus scrapes. Label values come from closed sets: names of the
 * configuration and words of this program; `labels.ts` checks what a connector passes.
 */
import { collectDefaultMetrics, Registry } from '@prometheus-io/client';
import type { CrmRequest, Quota } from '../connector/contract.ts';
import { CONNECTOR_ERROR_KINDS, type ConnectorErrorKind } from '../connector/errors.ts';
import { CACHE_EVENTS, type CacheEvent } from '../model/outcome.ts';
import { limitOperations, statusLabel, trackCounts, trackLabels } from './labels.ts';
import { metricFamilies } from './metric-families.ts';
import { createSharedMetrics } from './shared-metrics.ts';
import type { SharedEvents } from '../model/shared-events.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** How a lookup in one connection ended. */
export type LookupLabel = 'found' | 'not_found' | ConnectorErrorKind;

const CIRCUIT_STATES = { closed: 0, half_open: 1, open: 2 } as const;

const RESULTS: readonly LookupLabel[] = ['found', 'not_found', ...CONNECTOR_ERROR_KINDS];
/** Without `unavailable`, whose status is a setting. */
const OUTCOMES = [
  ['found', 200],
  ['not_found', 200],
  ['no_email', 200],
  ['rate_limited', 429],
  ['bad_request', 400],
] as const;
/** Outcomes of requests without a valid key. */
const ANONYMOUS_OUTCOMES = [
  ['unauthorized', 401],
  ['rate_limited', 429],
] as const;

/** Has its own registry, so that two in one process share nothing. */
export function createMetrics() {
  const registry = new Registry();
  const families = metricFamilies(registry);
  const requests = trackCounts(families.requests);
  const lookups = trackLabels(families.lookups);
  const cacheEvents = trackCounts(families.cacheEvents);
  const crmRequests = trackCounts(families.crmRequests);
  const operations = limitOperations();
  const initialized = { connections: new Set<string>(), tenants: new Set<string>() };
  let collectsDefaults = false;
  let shared: SharedEvents | undefined;

  const countRequest = (tenant: string, outcome: string, status: number, by = 1) =>
    requests.add({ tenant, outcome, status: String(status) }, by);
  for (const [outcome, status] of ANONYMOUS_OUTCOMES) countRequest('-', outcome, status, 0);

  return {
    /** Starts a connection's series at 0: Prometheus sees an increase only after it has seen a value. */
    initConnection(connection: string): void {
      if (initialized.connections.has(connection)) return;
      initialized.connections.add(connection);
      for (const result of RESULTS) {
        families.lookups.zero(lookups.track({ connection, result }));
      }
      for (const event of CACHE_EVENTS) {
        cacheEvents.add({ connection, event }, 0);
      }
      families.batches.zero({ connection });
    },
    /** Starts a tenant's series at 0. @param unavailableStatus the HTTP status of its `unavailable` answers. */
    initTenant(tenant: string, unavailableStatus: number): void {
      for (const [outcome, status] of OUTCOMES) countRequest(tenant, outcome, status, 0);
      countRequest(tenant, 'unavailable', unavailableStatus, 0);
      if (initialized.tenants.has(tenant)) return;
      initialized.tenants.add(tenant);
      families.requestSeconds.zero({ tenant });
    },
    /** @param tenant its id, or `-` without a valid key. @param outcome from a closed set. @param status HTTP. */
    request(tenant: string, outcome: string, status: number): void {
      countRequest(tenant, outcome, status);
    },
    /** Records a request that was answered with a lookup. @param seconds from the request to the answer. */
    answered(tenant: string, seconds: number): void {
      families.requestSeconds.observe({ tenant }, seconds);
    },
    /** @param seconds from asking the connection to its answer, queueing included. */
    lookup(connection: string, result: LookupLabel, seconds: number): void {
      families.lookups.observe(lookups.track({ connection, result }), seconds);
    },
    cacheEvent(connection: string, event: CacheEvent): void {
      cacheEvents.add({ connection, event });
    },
    /** @param stats sizes in bytes. */
    cache(stats: {
      readonly entries: number;
      readonly maxEntries: number;
      readonly size: number;
      readonly maxSize: number;
    }): void {
      families.cacheEntries.set(stats.entries);
      families.cacheMaxEntries.set(stats.maxEntries);
      families.cacheBytes.set(stats.size);
      families.cacheMaxBytes.set(stats.maxSize);
    },
    crmRequest(connection: string, name: string, code: CrmRequest['status']): void {
      const operation = operations.label(connection, name);
      const status = statusLabel(code);
      crmRequests.add({ connection, operation, status });
    },
    /** @param size people in one call to the connector. */
    batch(connection: string, size: number): void {
      families.batches.observe({ connection }, size);
    },
    circuit(connection: string, state: keyof typeof CIRCUIT_STATES): void {
      families.circuit.set({ connection }, CIRCUIT_STATES[state]);
    },
    /** Ignores figures that are not finite. */
    quota(connection: string, { used, limit }: Pick<Quota, 'used' | 'limit'>): void {
      if (!Number.isFinite(used) || !Number.isFinite(limit)) return;
      families.quotaUsed.set({ connection }, used);
      families.quotaLimit.set({ connection }, limit);
    },
    /** @param count standing problems that the connector has reported. */
    notices(connection: string, count: number): void {
      families.notices.set({ connection }, count);
    },
    /** @param at milliseconds since 1970; shown only after a success, as the time of the latest one. */
    configReload(success: boolean, at: number): void {
      families.reloadSuccess.set(success ? 1 : 0);
      if (success) families.reloadTime.set(at / 1000);
    },
    logLineDropped(): void {
      families.logLinesDropped.inc();
    },
    /** For a process with a shared store. */
    shared: (): SharedEvents => (shared ??= createSharedMetrics(registry)),
    /** @param version of the bridge. */
    build(version: string): void {
      families.build.set({ version }, 1);
    },
    /** Removes the series of a connection. Call it when nothing more is recorded for the connection. */
    removeConnection(connection: string): void {
      initialized.connections.delete(connection);
      for (const labels of [lookups, cacheEvents, crmRequests]) {
        labels.remove('connection', connection);
      }
      const { batches, circuit, quotaUsed, quotaLimit, notices } = families;
      for (const metric of [batches, circuit, quotaUsed, quotaLimit, notices]) {
        metric.remove({ connection });
      }
      operations.remove(connection);
    },
    removeTenant(tenant: string): void {
      initialized.tenants.delete(tenant);
      requests.remove('tenant', tenant);
      families.requestSeconds.remove({ tenant });
    },
    /** The exposition, together with Node's default metrics. */
    text(): Promise<string> {
      // They cost a timer and an observer that cannot be stopped, so only a scrape starts them.
      if (!collectsDefaults) collectDefaultMetrics({ register: registry });
      collectsDefaults = true;
      for (const counts of [requests, cacheEvents, crmRequests]) counts.flush();
      return registry.metrics();
    },
    /** The media type of `text`. */
    contentType: registry.contentType,
  };
}
