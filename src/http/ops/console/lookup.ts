import { debugLookup } from '../../../bridge/debug-lookup.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';
import { readPerson } from './person-body.ts';

/** One lookup with every step; `"pastCache": true` asks the CRM whatever is cached. */
export function lookupRoute(context: OpsContext): Route {
  return {
    path: '/console/api/lookup',
    handlers: {
      POST: async (request, response) => {
        const person = await readPerson(context, request, response);
        if (person === undefined) return;
        const { tenant, email, body } = person;
        const pastCache = body['pastCache'] === true;
        const answer = await debugLookup(context.bridge, tenant, email, { pastCache });
        const { lineSeparator, timeZone, locale } = tenant.configuration;
        sendJson(response, 200, { ...answer, lineSeparator, timeZone, locale });
      },
    },
  };
}
