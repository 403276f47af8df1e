import { describeHealth } from '../../../bridge/health.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';

/** What the page asks for again and again: tenants, connections, figures of the last minutes. */
export function overviewRoute(context: OpsContext): Route {
  return {
    path: '/console/api/overview',
    handlers: {
      GET: (_request, response) => {
        const serving = context.serving();
        const health = describeHealth({ ...context, serving, uptime: context.uptime() });
        const tenants = [...context.bridge.current.tenants.values()].map(({ configuration }) => {
          const { id, name, locale, timeZone } = configuration;
          return { id, name, locale, timeZone };
        });
        sendJson(response, 200, { ...health, tenants });
      },
    },
  };
}
