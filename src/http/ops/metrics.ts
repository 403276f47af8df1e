import type { Bridge } from '../../bridge/bridge.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Route } from '../base-app.ts';
import { send } from '../respond.ts';
import type { OpsContext } from './context.ts';

/** The figures for Prometheus. */
export function metricsRoute({ bridge, metrics, version }: OpsContext): Route {
  metrics.build(version);
  let rendering: Promise<string> | undefined;
  const render = async () => {
    collectGauges(bridge, metrics);
    return metrics.text();
  };
  return {
    path: '/metrics',
    handlers: {
      GET: async (_request, response) => {
        // With hundreds of tenants it takes tens of milliseconds: all who wait share one.
        rendering ??= render().finally(() => (rendering = undefined));
        send(response, 200, await rendering, { 'Content-Type': metrics.contentType });
      },
    },
  };
}

/** Sets the figures that are only read when they are asked for. */
function collectGauges(bridge: Bridge, metrics: Metrics): void {
  for (const connection of bridge.current.connections.values()) {
    const { circuit, quota, notices } = connection.status();
    metrics.circuit(connection.name, circuit);
    metrics.notices(connection.name, notices.length);
    if (quota !== undefined) metrics.quota(connection.name, quota);
  }
  metrics.cache(bridge.cacheStats());
}
