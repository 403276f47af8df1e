/** The public listener: lookups, and liveness for load balancers. */
import type { Express, Request, Response } from 'express';
import type { Configuration } from '../config/configuration.ts';
import { addRoute, createBaseApp, failureAnswer } from './base-app.ts';
import { parseContactPath, type ContactPath } from './contact-path.ts';
import { contactHandler, type ContactOptions } from './contact-route.ts';
import { livenessRoute } from './probes.ts';
import { finalHandler } from './raw-response.ts';
import { securityHeaders } from './security-headers.ts';

/** The answers are text and JSON: nothing may be loaded, framed or run. */
const PROTECTION = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
};
const FAILURE = 'a request failed inside the bridge';

/** All but lookups. */
export function createApp({ log, bridge, inFlight }: ContactOptions): Express {
  return createBaseApp({ protection: PROTECTION, log, failure: FAILURE }, (app) => {
    configureApp(app, bridge.current.configuration);
    // While draining, no answer invites a further request.
    app.use((_request, response, next) => {
      if (inFlight.draining) response.shouldKeepAlive = false;
      next();
    });
    addRoute(app, livenessRoute());
  });
}

/** Takes over what a reload may change about the application itself. */
export function configureApp(app: Express, { server }: Configuration): void {
  app.set('trust proxy', server.trustProxy);
}

/**
 * Lookups do not pass through Express' router: it takes an eighth of the CPU time of a cached one.
 * @returns what answers a lookup; it returns false for other requests.
 */
export function createLookupListener(options: ContactOptions) {
  const addHeaders = securityHeaders(PROTECTION);
  const contact = contactHandler(options);
  const fail = failureAnswer(options.log, FAILURE);
  const answer = async (request: Request, response: Response, path: ContactPath) => {
    try {
      await contact(request, response, path);
    } catch (error) {
      fail(error, response, () => finalHandler(response));
    }
  };
  return (request: Request, response: Response): boolean => {
    const path = parseContactPath(request.url);
    if (path === undefined) return false;
    addHeaders(request, response);
    void answer(request, response, path);
    return true;
  };
}
