import { checkConnections, type ConnectionFinding } from '../../../bridge/live-check.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';

/** What `crm-bridge check --live` finds. Who asks meanwhile gets the findings of the check that runs. */
export function liveCheckRoute({ bridge }: OpsContext): Route {
  let running: Promise<readonly ConnectionFinding[]> | undefined;
  return {
    path: '/console/api/check',
    handlers: {
      POST: async (_request, response) => {
        running ??= checkConnections(bridge).finally(() => (running = undefined));
        sendJson(response, 200, { findings: await running });
      },
    },
  };
}
