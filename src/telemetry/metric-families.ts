/**
 * The metric families: names, help, labels, buckets. docs/operations.md explains each one,
 * which a test checks.
 */
import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';

/** Dense where agents begin to notice the wait. */
const WAIT_BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7.5, 10,
];
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Registers all of them. Those without labels start at 0. */
export function metricFamilies(registry: Registry) {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const connectionGauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['connection'], registers });
  return {
    requests: new Counter({
      name: 'crm_bridge_requests_total',
      help: 'Requests to the lookup route by tenant, outcome and HTTP status.',
      labelNames: ['tenant', 'outcome', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'crm_bridge_request_seconds',
      help: 'Time from a request to its answer, for requests answered with a lookup: what agents wait.',
      labelNames: ['tenant'],
      buckets: WAIT_BUCKETS_SECONDS,
      registers,
    }),
    lookups: new Histogram({
      name: 'crm_bridge_lookup_seconds',
      help: 'Time from asking a connection for a person or company to its answer, by result.',
      labelNames: ['connection', 'result'],
      buckets: WAIT_BUCKETS_SECONDS,
      registers,
    }),
    cacheEvents: new Counter({
      name: 'crm_bridge_cache_events_total',
      help: 'Cache events: hit, stale, miss, collapsed, refresh, refresh_failed.',
      labelNames: ['connection', 'event'],
      registers,
    }),
    cacheEntries: gauge('crm_bridge_cache_entries', 'Answers in the cache.'),
    cacheMaxEntries: gauge('crm_bridge_cache_max_entries', 'Answers the cache can hold.'),
    cacheBytes: gauge('crm_bridge_cache_bytes', 'Memory that the answers in the cache take.'),
    cacheMaxBytes: gauge('crm_bridge_cache_max_bytes', 'Memory that answers may take.'),
    crmRequests: new Counter({
      name: 'crm_bridge_crm_requests_total',
      help: 'Requests to the CRM by operation and by HTTP status or ok, timeout, aborted, error.',
      labelNames: ['connection', 'operation', 'status'],
      registers,
    }),
    batches: new Histogram({
      name: 'crm_bridge_batch_size',
      help: 'People asked for in one call to the connector.',
      labelNames: ['connection'],
      buckets: BATCH_BUCKETS,
      registers,
    }),
    circuit: connectionGauge(
      'crm_bridge_circuit_state',
      'Circuit breaker: 0 closed, 1 half-open, 2 open.',
    ),
    quotaUsed: connectionGauge('crm_bridge_quota_used', 'API calls used of the quota.'),
    quotaLimit: connectionGauge('crm_bridge_quota_limit', 'API calls the quota allows.'),
    reloadSuccess: gauge(
      'crm_bridge_config_reload_success',
      'Whether the latest load of the configuration succeeded: 1 or 0.',
    ),
    reloadTime: gauge(
      'crm_bridge_config_reload_timestamp_seconds',
      'When the configuration was last loaded with success, in seconds since 1970.',
    ),
    notices: connectionGauge(
      'crm_bridge_connection_notices',
      'Standing problems of a connection; /health has the sentences.',
    ),
    logLinesDropped: new Counter({
      name: 'crm_bridge_log_lines_dropped_total',
      help: 'Log lines dropped because standard output is not read fast enough.',
      registers,
    }),
    build: new Gauge({
      name: 'crm_bridge_build_info',
      help: 'Always 1; the label is the version of the bridge.',
      labelNames: ['version'],
      registers,
    }),
  };
}
