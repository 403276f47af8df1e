import { debugLookup } from '../../bridge/debug-lookup.ts';
import type { Route } from '../base-app.ts';
import { parseQuery } from '../query.ts';
import { sendJson } from '../respond.ts';
import { findTenant, type OpsContext } from './context.ts';

/** One lookup with every step. */
export function debugLookupRoute(context: OpsContext): Route {
  return {
    path: '/debug/lookup',
    handlers: {
      GET: async (request, response) => {
        const query = parseQuery(request.url);
        const tenant = findTenant(context, query.get('tenant'), response);
        if (tenant === undefined) return;
        const email = query.get('email');
        if (email === undefined) {
          sendJson(response, 400, { error: 'the parameter email is missing' });
          return;
        }
        sendJson(response, 200, await debugLookup(context.bridge, tenant, email));
      },
    },
  };
}
