import { normalizeEmail } from '../../model/email.ts';
import type { Route } from '../base-app.ts';
import { sendJson } from '../respond.ts';
import { findTenant, type OpsContext } from './context.ts';

/** Drops a tenant's cached answers, or with `?email=` one person's. */
export function cacheRoute(context: OpsContext): Route {
  return {
    path: '/cache/:tenant',
    handlers: {
      DELETE: async (request, response) => {
        const tenant = findTenant(context, request.params['tenant'], response);
        if (tenant === undefined) return;
        const [, ...queries] = request.url.split('?');
        const parameters = [...new URLSearchParams(queries.join('&'))];
        // A misspelt one must not drop everybody, nor a second address be left.
        if (parameters.length > 1 || parameters.some(([name]) => name !== 'email')) {
          sendJson(response, 400, { error: 'there is one parameter, email, and it comes once' });
          return;
        }
        const [[, input] = []] = parameters;
        const email = input === undefined ? undefined : normalizeEmail(input);
        if (input !== undefined && email === undefined) {
          sendJson(response, 400, { error: 'email is not an address' });
          return;
        }
        sendJson(response, 200, { dropped: await context.bridge.purge(tenant, email) });
      },
    },
  };
}
