import { ConnectionOpenError } from '../../bridge/open-connections.ts';
import { formatProblem } from '../../config/problem.ts';
import type { Route } from '../base-app.ts';
import { sendJson } from '../respond.ts';
import type { OpsContext } from './context.ts';

/** Closes a connection's circuit by hand, whatever it waits for. */
export function resumeRoute({ bridge }: OpsContext): Route {
  return {
    path: '/connections/:name/resume',
    handlers: {
      POST: async (request, response) => {
        try {
          const resumed = await bridge.resume(String(request.params['name']));
          if (resumed) sendJson(response, 200, { resumed });
          else sendJson(response, 404, { error: 'unknown connection' });
        } catch (error) {
          if (!(error instanceof ConnectionOpenError)) throw error;
          const problems = error.problems.map((problem) => formatProblem(problem));
          sendJson(response, 422, { resumed: false, problems });
        }
      },
    },
  };
}
