import { describeHealth, statusOf } from '../../../bridge/health.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';

/** What the page asks for every few seconds: tenants, connections, the last reload, figures of the last minutes. */
export function overviewRoute(context: OpsContext): Route {
  return {
    path: '/console/api/overview',
    handlers: {
      GET: (_request, response) => sendJson(response, 200, describeOverview(context)),
    },
  };
}

function describeOverview(context: OpsContext) {
  const { bridge, reloader, activity } = context;
  const { tenants, connections } = bridge.current;
  const serving = context.serving();
  const health = describeHealth({ ...context, serving, uptime: context.uptime() });
  const { lastError } = reloader;
  return {
    ...health,
    configuration: {
      ...health.configuration,
      problems: lastError?.problems ?? [],
    },
    tenants: [...tenants.values()].map(({ configuration: { id, name, locale, timeZone } }) => ({
      ...{ id, name, locale, timeZone, ...health.tenants[id] },
      lastRequest: activity.lastRequest(id),
    })),
    connections: [...connections.values()].map((connection) => {
      const { name, configuration } = connection;
      const { quotaReserve } = configuration.limits;
      const { reasons } = statusOf(connection.status(), quotaReserve);
      return { name, ...health.connections[name], reasons, quotaReserve };
    }),
    activity: activity.report(),
  };
}
