/** The public application: the lookup route, and liveness for load balancers. */
import type { Express, RequestHandler } from 'express';
import type { Configuration } from '../config/configuration.ts';
import { addRoute, createBaseApp } from './base-app.ts';
import { contactHandler, type ContactOptions } from './contact-route.ts';
import type { InFlight } from './in-flight.ts';
import { livenessRoute } from './probes.ts';

/** The answers are text and JSON: nothing may be loaded, framed or run. */
const DENY_ALL_CSP = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

export function createApp(options: ContactOptions): Express {
  const base = {
    protection: { contentSecurityPolicy: { useDefaults: false, directives: DENY_ALL_CSP } },
    log: options.log,
    failure: 'a request failed inside the bridge',
  };
  return createBaseApp(base, (app) => {
    configureApp(app, options.bridge.current.configuration);
    app.use(normalizeUrl(options.inFlight));
    app.all('/v1/:tenant/contact{/:key}', contactHandler(options));
    addRoute(app, livenessRoute());
  });
}

/** Takes over what a reload may change about the application itself. */
export function configureApp(app: Express, { server }: Configuration): void {
  app.set('trust proxy', server.trustProxy);
}

function normalizeUrl(inFlight: InFlight): RequestHandler {
  return (request, response, next) => {
    // While draining, no answer invites a further request.
    if (inFlight.draining) response.shouldKeepAlive = false;
    // Express refuses broken percent-encoding. Here it is taken literally; no key looks like that.
    const [path = ''] = request.url.split('?', 1);
    if (path.includes('%') && !isDecodable(path)) {
      request.url = path.replaceAll('%', '%25') + request.url.slice(path.length);
    }
    next();
  };
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
