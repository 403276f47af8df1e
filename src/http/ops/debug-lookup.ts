import type { Response } from 'express';
import { debugLookup } from '../../bridge/debug-lookup.ts';
import type { Route } from '../base-app.ts';
import { parseQuery } from '../query.ts';
import { sendJson } from '../respond.ts';
import { findTenant, type OpsContext } from './context.ts';
import { readJsonBody } from './json-body.ts';

/** One lookup with every step; with POST the address is in no URL. */
export function debugLookupRoute(context: OpsContext): Route {
  async function answer(tenantId: unknown, email: unknown, response: Response): Promise<void> {
    const missing = Object.entries({ tenant: tenantId, email })
      .filter(([, value]) => typeof value !== 'string')
      .map(([name]) => name);
    if (missing.length > 0) {
      const what = missing.length === 1 ? 'parameter' : 'parameters';
      const are = missing.length === 1 ? 'is' : 'are';
      const error = `the ${what} ${missing.join(' and ')} ${are} missing`;
      sendJson(response, 400, { error });
      return;
    }
    const tenant = findTenant(context, tenantId, response);
    if (tenant === undefined) return;
    sendJson(response, 200, await debugLookup(context.bridge, tenant, String(email)));
  }
  return {
    path: '/debug/lookup',
    handlers: {
      GET: (request, response) => {
        const query = parseQuery(request.url);
        return answer(query.get('tenant'), query.get('email'), response);
      },
      POST: async (request, response) => {
        const body = await readJsonBody(request, response);
        if (body !== undefined) await answer(body['tenant'], body['email'], response);
      },
    },
  };
}
