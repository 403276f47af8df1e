/** The application for those who operate the bridge; never exposed to the internet (contract, section 2). */
import type { Express, RequestHandler } from 'express';
import { keysEqual, readKey } from '../../auth/key-store.ts';
import type { Bridge } from '../../bridge/bridge.ts';
import type { Log } from '../../telemetry/log.ts';
import { addRoute, createBaseApp } from '../base-app.ts';
import { sendText } from '../respond.ts';
import { cacheRoute } from './cache.ts';
import type { OpsContext } from './context.ts';
import { debugLookupRoute } from './debug-lookup.ts';
import { healthRoute } from './health.ts';
import { metricsRoute } from './metrics.ts';
import { livenessRoute, readinessRoute } from './probes.ts';
import { reloadRoute } from './reload.ts';

/** A new route is a line here; all are behind the key. */
const ROUTES = [
  livenessRoute,
  readinessRoute,
  healthRoute,
  metricsRoute,
  reloadRoute,
  cacheRoute,
  debugLookupRoute,
] as const;

export function createOpsApp(context: OpsContext & { readonly log: Log }): Express {
  const base = {
    protection: { strictTransportSecurity: false },
    log: context.log,
    failure: 'an ops request failed inside the bridge',
  } as const;
  return createBaseApp(base, (app) => {
    app.use(requireOpsKey(context.bridge));
    for (const route of ROUTES) addRoute(app, route(context));
  });
}

function requireOpsKey(bridge: Bridge): RequestHandler {
  return (request, response, next) => {
    const { key } = bridge.current.configuration.ops;
    const shown = readKey({ authorization: request.headers.authorization });
    if (key === undefined || (shown !== undefined && keysEqual(key, shown))) {
      next();
      return;
    }
    sendText(response, 401, 'The ops key is needed: Authorization: Bearer …', {
      'WWW-Authenticate': 'Bearer',
    });
  };
}
