import type { Route } from '../base-app.ts';
import { sendJson } from '../respond.ts';
import type { OpsContext } from './context.ts';

/** Reads the configuration again; on a problem the running one stays. */
export function reloadRoute({ reloader }: OpsContext): Route {
  return {
    path: '/-/reload',
    handlers: {
      POST: async (_request, response) => {
        const { problems, warnings } = await reloader.reload();
        const reloaded = problems.length === 0;
        sendJson(response, reloaded ? 200 : 422, { reloaded, problems, warnings });
      },
    },
  };
}
