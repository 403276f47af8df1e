/** Records what connections report: in the log, the metrics and the trace. */
import type { Configuration } from '../config/configuration.ts';
import type { OpenOptions } from './open-connections.ts';
import { describeError } from '../telemetry/describe-error.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { recordRequestSpan } from '../telemetry/spans.ts';

/** Counters of what has not happened yet are 0, not absent. */
export function initSeries({ connections, tenants }: Configuration, metrics: Metrics): void {
  for (const name of connections.keys()) metrics.initConnection(name);
  for (const { id, unavailableStatus } of tenants.values()) {
    metrics.initTenant(id, unavailableStatus);
  }
}

export function recordEvents(to: {
  readonly log: Log;
  readonly metrics: Metrics;
}): Pick<OpenOptions, 'events' | 'onRequest'> {
  const { log, metrics } = to;
  return {
    events: {
      lookup: (connection, result, seconds) => metrics.lookup(connection, result, seconds),
      batch: (connection, size) => metrics.batch(connection, size),
      circuit: (connection, state, reason) => {
        metrics.circuit(connection, state);
        if (state === 'closed') log.info('circuit', { connection, state });
        else log.warn('circuit', { connection, state, reason });
      },
      failure: (connection, error, reason) => {
        log.warn('a call to the CRM failed', { connection, reason, ...describeError(error) });
      },
    },
    onRequest: (connection, request) => {
      metrics.crmRequest(connection.name, request.operation, request.status);
      recordRequestSpan(connection, request);
    },
  };
}
