/**
 * What Prometheus scrapes (contract, section 8). Label values come from closed sets: names of the
 * configuration and words of this program; what a connector says is checked in `operations.ts`.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { ConnectorErrorKind, CrmRequest, Quota } from '../connector.ts';
import { createOperations, statusLabel } from './operations.ts';
import { rememberSeries } from './series.ts';

export interface Metrics {
  /** @param tenant its id, or `-` when there is none. @param outcome from a closed set. @param status HTTP. */
  request(tenant: string, outcome: string, status: number): void;
  /** @param seconds from the question to the answer, waiting included. */
  lookup(
    connection: string,
    result: 'found' | 'not_found' | ConnectorErrorKind,
    seconds: number,
  ): void;
  /** @param event from a closed set, such as `hit`, `stale`, `miss`. */
  cacheEvent(connection: string, event: string): void;
  /** Whatever a connector says; see `operations.ts` for what becomes of odd operations. */
  crmRequest(connection: string, operation: string, status: CrmRequest['status']): void;
  /** @param size addresses in one call to the CRM. */
  batch(connection: string, size: number): void;
  circuit(connection: string, state: keyof typeof circuitStates): void;
  quota(connection: string, quota: Pick<Quota, 'used' | 'limit'>): void;
  /** @param at milliseconds since 1970; shown only after a success, as the time of the latest one. */
  configReload(success: boolean, at: number): void;
  /** Drops the series of a connection that is gone, once nothing more is recorded for it. */
  forgetConnection(connection: string): void;
  forgetTenant(tenant: string): void;
  /** The exposition, together with Node's default metrics. */
  text(): Promise<string>;
  /** The media type of `text`. */
  readonly contentType: string;
}

const circuitStates = { closed: 0, half_open: 1, open: 2 } as const;

/** Seconds; dense where agents begin to notice the wait. */
const lookupBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7.5, 10,
];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Has a registry of its own: two in one process know nothing of each other. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'crm_bridge_requests_total',
    help: 'Requests to the lookup route by tenant, outcome and HTTP status.',
    labelNames: ['tenant', 'outcome', 'status'],
    registers,
  });
  const lookups = new Histogram({
    name: 'crm_bridge_lookup_seconds',
    help: 'Time from asking a connection for a person to its answer, by result.',
    labelNames: ['connection', 'result'],
    buckets: lookupBuckets,
    registers,
  });
  const cacheEvents = new Counter({
    name: 'crm_bridge_cache_events_total',
    help: 'What the cache did: hit, stale, miss, collapsed, refresh, refresh_failed.',
    labelNames: ['connection', 'event'],
    registers,
  });
  const crmRequests = new Counter({
    name: 'crm_bridge_crm_requests_total',
    help: 'Requests to the CRM by operation and by HTTP status or timeout, aborted, error.',
    labelNames: ['connection', 'operation', 'status'],
    registers,
  });
  const batches = new Histogram({
    name: 'crm_bridge_batch_size',
    help: 'People asked for in one call to the connector.',
    labelNames: ['connection'],
    buckets: batchBuckets,
    registers,
  });
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['connection'], registers });
  const circuit = gauge(
    'crm_bridge_circuit_state',
    'Circuit breaker: 0 closed, 1 half-open, 2 open.',
  );
  const quotaUsed = gauge('crm_bridge_quota_used', 'API calls that count against the quota.');
  const quotaLimit = gauge('crm_bridge_quota_limit', 'API calls the quota allows.');
  const reloadSuccess = new Gauge({
    name: 'crm_bridge_config_reload_success',
    help: 'Whether the latest load of the configuration succeeded: 1 or 0.',
    registers,
  });
  const reloadTime = new Gauge({
    name: 'crm_bridge_config_reload_timestamp_seconds',
    help: 'When the configuration was last loaded with success, in seconds since 1970.',
    registers,
  });

  const requestSeries = rememberSeries(requests);
  const lookupSeries = rememberSeries(lookups);
  const cacheSeries = rememberSeries(cacheEvents);
  const crmSeries = rememberSeries(crmRequests);
  const operations = createOperations();
  let collectsDefaults = false;

  return {
    request: (tenant, outcome, status) =>
      requests.inc(requestSeries.note({ tenant, outcome, status: String(status) })),
    lookup: (connection, result, seconds) =>
      lookups.observe(lookupSeries.note({ connection, result }), seconds),
    cacheEvent: (connection, event) => cacheEvents.inc(cacheSeries.note({ connection, event })),
    crmRequest(connection, name, status) {
      const operation = operations.label(connection, name);
      crmRequests.inc(crmSeries.note({ connection, operation, status: statusLabel(status) }));
    },
    batch: (connection, size) => batches.observe({ connection }, size),
    circuit: (connection, state) => circuit.set({ connection }, circuitStates[state]),
    quota(connection, { used, limit }) {
      if (!Number.isFinite(used) || !Number.isFinite(limit)) return;
      quotaUsed.set({ connection }, used);
      quotaLimit.set({ connection }, limit);
    },
    configReload(success, at) {
      reloadSuccess.set(success ? 1 : 0);
      if (success) reloadTime.set(at / 1000);
    },
    forgetConnection(connection) {
      for (const series of [lookupSeries, cacheSeries, crmSeries]) {
        series.forget('connection', connection);
      }
      for (const metric of [batches, circuit, quotaUsed, quotaLimit]) metric.remove({ connection });
      operations.forget(connection);
    },
    forgetTenant: (tenant) => requestSeries.forget('tenant', tenant),
    text() {
      // They cost a timer and an observer that cannot be stopped: only for those who scrape.
      if (!collectsDefaults) collectDefaultMetrics({ register: registry });
      collectsDefaults = true;
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
