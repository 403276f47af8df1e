/** The application for those who operate the bridge; never exposed to the internet. */
import type { Express } from 'express';
import type { Log } from '../../telemetry/log.ts';
import type { FailedAuthLimiter } from '../authenticate.ts';
import { addRoute, createBaseApp, routesOnDemand } from '../base-app.ts';
import { cacheRoute } from './cache.ts';
import type { OpsContext } from './context.ts';
import { debugLookupRoute } from './debug-lookup.ts';
import { guardOps } from './guard.ts';
import { healthRoute } from './health.ts';
import { metricsRoute } from './metrics.ts';
import { livenessRoute, readinessRoute } from '../probes.ts';
import { reloadRoute } from './reload.ts';
import { resumeRoute } from './resume.ts';

/** A new route is a line here, or in `console/routes.ts`; all are behind the guard. */
const ROUTES = [
  livenessRoute,
  readinessRoute,
  healthRoute,
  metricsRoute,
  reloadRoute,
  cacheRoute,
  debugLookupRoute,
  resumeRoute,
] as const;

interface OpsAppOptions extends OpsContext {
  readonly log: Log;
  /** Counts wrong keys of this listener. */
  readonly wrongKeys: FailedAuthLimiter;
}

export function createOpsApp(context: OpsAppOptions): Express {
  const base = {
    protection: { strictTransportSecurity: false },
    log: context.log,
    failure: 'an ops request failed inside the bridge',
  } as const;
  return createBaseApp(base, (app) => {
    app.use(guardOps(context.bridge, context.wrongKeys));
    for (const route of ROUTES) addRoute(app, route(context));
    app.use(
      routesOnDemand(async () => (await import('./console/routes.ts')).consoleRoutes(context)),
    );
  });
}
