import { normalizeEmail } from '../../../model/email.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';
import { readPerson } from './person-body.ts';

/** Drops one person's cached answers, as `DELETE /cache/TENANT?email=` does, with the address in the body. */
export function forgetRoute(context: OpsContext): Route {
  return {
    path: '/console/api/forget',
    handlers: {
      POST: async (request, response) => {
        const person = await readPerson(context, request, response);
        if (person === undefined) return;
        const email = normalizeEmail(person.email);
        if (email === undefined) {
          sendJson(response, 400, { error: 'email is not an address' });
          return;
        }
        sendJson(response, 200, { dropped: await context.bridge.purge(person.tenant, email) });
      },
    },
  };
}
