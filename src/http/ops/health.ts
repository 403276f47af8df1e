import { describeHealth } from '../../bridge/health.ts';
import type { Route } from '../base-app.ts';
import { sendJson } from '../respond.ts';
import type { OpsContext } from './context.ts';

/** How the connections, the cache and the latest reload are. */
export function healthRoute(context: OpsContext): Route {
  return {
    path: '/health',
    handlers: {
      GET: (_request, response) => {
        const serving = context.serving();
        const health = describeHealth({ ...context, serving, uptime: context.uptime() });
        const headers = { 'Content-Type': 'application/health+json' };
        sendJson(response, serving ? 200 : 503, health, headers);
      },
    },
  };
}
