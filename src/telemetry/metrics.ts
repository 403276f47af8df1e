/**
 * What Prometheus scrapes (contract, section 2). Label values come from closed sets: names of the
 * configuration and words of this program; what a connector says is checked in `operations.ts`.
 */
import { collectDefaultMetrics, Registry } from '@prometheus-io/client';
import type { CrmRequest, Quota } from '../connector/contract.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import type { CacheEvent } from '../model/outcome.ts';
import { metricFamilies } from './metric-families.ts';
import { createOperations, statusLabel } from './operation-label.ts';
import { trackLabels } from './label-registry.ts';

/** How a lookup in one connection ended. */
export type LookupLabel = 'found' | 'not_found' | ConnectorErrorKind;

export interface Metrics {
  /** Begins a connection's series at 0: Prometheus sees an increase only after it has seen a value. */
  initConnection(connection: string): void;
  /** The same for a tenant. @param unavailableStatus the HTTP status of its `unavailable` answers. */
  initTenant(tenant: string, unavailableStatus: number): void;
  /** @param tenant its id, or `-` when there is none. @param outcome from a closed set. @param status HTTP. */
  request(tenant: string, outcome: string, status: number): void;
  /** A request was answered with a lookup. @param seconds from the request to the answer. */
  answered(tenant: string, seconds: number): void;
  /** @param seconds from the question to the answer, waiting included. */
  lookup(connection: string, result: LookupLabel, seconds: number): void;
  cacheEvent(connection: string, event: CacheEvent): void;
  cache(stats: { readonly entries: number; readonly maxEntries: number }): void;
  /** Whatever a connector says; see `operations.ts` for what becomes of odd operations. */
  crmRequest(connection: string, operation: string, status: CrmRequest['status']): void;
  /** @param size addresses in one call to the CRM. */
  batch(connection: string, size: number): void;
  circuit(connection: string, state: keyof typeof circuitStates): void;
  quota(connection: string, quota: Pick<Quota, 'used' | 'limit'>): void;
  /** @param count standing problems that the connector has told. */
  notices(connection: string, count: number): void;
  /** @param at milliseconds since 1970; shown only after a success, as the time of the latest one. */
  configReload(success: boolean, at: number): void;
  /** @param version of the bridge. */
  build(version: string): void;
  /** Drops the series of a connection that is gone, once nothing more is recorded for it. */
  removeConnection(connection: string): void;
  removeTenant(tenant: string): void;
  /** The exposition, together with Node's default metrics. */
  text(): Promise<string>;
  /** The media type of `text`. */
  readonly contentType: string;
}

const circuitStates = { closed: 0, half_open: 1, open: 2 } as const;

/** All of them: the compiler would miss one that is left out. */
const RESULTS: Readonly<Record<LookupLabel, true>> = {
  found: true,
  not_found: true,
  timeout: true,
  unavailable: true,
  rate_limited: true,
  quota: true,
  auth: true,
  bad_response: true,
  misconfigured: true,
};
const CACHE_EVENTS: Readonly<Record<CacheEvent, true>> = {
  hit: true,
  stale: true,
  miss: true,
  collapsed: true,
  refresh: true,
  refresh_failed: true,
};
/** Beside `unavailable`, whose status is a setting. */
const OUTCOMES = [
  ['found', 200],
  ['not_found', 200],
  ['no_email', 200],
  ['rate_limited', 429],
  ['bad_request', 400],
] as const;
/** Outcomes of requests that showed no key of a tenant. */
const ANONYMOUS_OUTCOMES = [
  ['unauthorized', 401],
  ['rate_limited', 429],
] as const;

/** Has a registry of its own: two in one process know nothing of each other. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const families = metricFamilies(registry);
  const requests = trackLabels(families.requests);
  const lookups = trackLabels(families.lookups);
  const cacheEvents = trackLabels(families.cacheEvents);
  const crmRequests = trackLabels(families.crmRequests);
  const operations = createOperations();
  const initialized = { connections: new Set<string>(), tenants: new Set<string>() };
  let collectsDefaults = false;

  const count = (tenant: string, outcome: string, status: number, by: number) =>
    families.requests.inc(requests.note({ tenant, outcome, status: String(status) }), by);
  for (const [outcome, status] of ANONYMOUS_OUTCOMES) count('-', outcome, status, 0);

  return {
    initConnection(connection) {
      if (initialized.connections.has(connection)) return;
      initialized.connections.add(connection);
      for (const result of Object.keys(RESULTS)) {
        families.lookups.zero(lookups.note({ connection, result }));
      }
      for (const event of Object.keys(CACHE_EVENTS)) {
        families.cacheEvents.inc(cacheEvents.note({ connection, event }), 0);
      }
      families.batches.zero({ connection });
    },
    initTenant(tenant, unavailableStatus) {
      for (const [outcome, status] of OUTCOMES) count(tenant, outcome, status, 0);
      count(tenant, 'unavailable', unavailableStatus, 0);
      if (initialized.tenants.has(tenant)) return;
      initialized.tenants.add(tenant);
      families.requestSeconds.zero({ tenant });
    },
    request: (tenant, outcome, status) => count(tenant, outcome, status, 1),
    answered: (tenant, seconds) => families.requestSeconds.observe({ tenant }, seconds),
    lookup: (connection, result, seconds) =>
      families.lookups.observe(lookups.note({ connection, result }), seconds),
    cacheEvent: (connection, event) =>
      families.cacheEvents.inc(cacheEvents.note({ connection, event })),
    cache({ entries, maxEntries }) {
      families.cacheEntries.set(entries);
      families.cacheMaxEntries.set(maxEntries);
    },
    crmRequest(connection, name, status) {
      const operation = operations.label(connection, name);
      families.crmRequests.inc(
        crmRequests.note({ connection, operation, status: statusLabel(status) }),
      );
    },
    batch: (connection, size) => families.batches.observe({ connection }, size),
    circuit: (connection, state) => families.circuit.set({ connection }, circuitStates[state]),
    quota(connection, { used, limit }) {
      if (!Number.isFinite(used) || !Number.isFinite(limit)) return;
      families.quotaUsed.set({ connection }, used);
      families.quotaLimit.set({ connection }, limit);
    },
    notices: (connection, count) => families.notices.set({ connection }, count),
    configReload(success, at) {
      families.reloadSuccess.set(success ? 1 : 0);
      if (success) families.reloadTime.set(at / 1000);
    },
    build: (version) => families.build.set({ version }, 1),
    removeConnection(connection) {
      initialized.connections.delete(connection);
      for (const series of [lookups, cacheEvents, crmRequests]) {
        series.forget('connection', connection);
      }
      const { batches, circuit, quotaUsed, quotaLimit, notices } = families;
      for (const metric of [batches, circuit, quotaUsed, quotaLimit, notices]) {
        metric.remove({ connection });
      }
      operations.forget(connection);
    },
    removeTenant(tenant) {
      initialized.tenants.delete(tenant);
      requests.forget('tenant', tenant);
      families.requestSeconds.remove({ tenant });
    },
    text() {
      // They cost a timer and an observer that cannot be stopped: only for those who scrape.
      if (!collectsDefaults) collectDefaultMetrics({ register: registry });
      collectsDefaults = true;
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
