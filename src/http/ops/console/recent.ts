import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';

/** The last 100 requests, without anything about the visitors. */
export function recentRoute({ recent }: OpsContext): Route {
  return {
    path: '/console/api/recent',
    handlers: {
      GET: (_request, response) => sendJson(response, 200, { requests: recent.list() }),
    },
  };
}
