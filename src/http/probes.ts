import type { Route } from './base-app.ts';
import { sendText } from './respond.ts';
import type { OpsContext } from './ops/context.ts';

/** Whether the process lives. */
export function livenessRoute(): Route {
  return {
    path: '/healthz',
    handlers: { GET: (_request, response) => sendText(response, 200, 'ok') },
  };
}

/** Whether requests should come here. */
export function readinessRoute({ serving }: OpsContext): Route {
  return {
    path: '/readyz',
    handlers: {
      GET: (_request, response) => {
        if (serving()) sendText(response, 200, 'ready');
        else sendText(response, 503, 'not ready');
      },
    },
  };
}
