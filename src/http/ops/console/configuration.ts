import { redactedView } from '../../../config/redacted-view.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';

/** The configuration in use, with its defaults and without its secrets. */
export function configurationRoute({ bridge }: OpsContext): Route {
  return {
    path: '/console/api/configuration',
    handlers: {
      GET: (_request, response) =>
        sendJson(response, 200, redactedView(bridge.current.configuration)),
    },
  };
}
