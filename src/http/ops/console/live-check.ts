import { checkConnection } from '../../../bridge/live-check.ts';
import type { CheckResult } from '../../../connector/contract.ts';
import type { Route } from '../../base-app.ts';
import { sendJson } from '../../respond.ts';
import type { OpsContext } from '../context.ts';

/**
 * What `crm-bridge check --live` finds at one connection. A second request meanwhile gets the findings of the check
 * that runs.
 */
export function liveCheckRoute({ bridge }: OpsContext): Route {
  const running = new Map<string, Promise<readonly CheckResult[]>>();
  return {
    path: '/console/api/check/:connection',
    handlers: {
      POST: async (request, response) => {
        const name = String(request.params['connection']);
        const connection = bridge.current.connections.get(name);
        if (connection === undefined) {
          sendJson(response, 404, { error: 'unknown connection' });
          return;
        }
        const findings =
          running.get(name) ?? checkConnection(connection).finally(() => running.delete(name));
        running.set(name, findings);
        sendJson(response, 200, { findings: await findings });
      },
    },
  };
}
