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
    const tenant = findTenant(context, tenantId, response);
    if (tenant === undefined) return;
    if (typeof email === 'string') {
      sendJson(response, 200, await debugLookup(context.bridge, tenant, email));
    } else {
      sendJson(response, 400, { error: 'the parameter email is missing' });
    }
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
