/** The public application: one lookup route, liveness for load balancers, a sentence for everything else. */
import express, { type Express, type RequestHandler } from 'express';
import type { Configuration } from '../config/configuration.ts';
import { contactHandler, type ContactOptions } from './contact-route.ts';
import { securityHeaders } from './security-headers.ts';
import type { InFlight } from './in-flight.ts';
import { errorHandler } from './error-handler.ts';
import { sendText } from './respond.ts';

export function createApp(options: ContactOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.set('query parser', false); // ours is more lenient
  configureApp(app, options.bridge.current.configuration);

  app.use(
    securityHeaders({ contentSecurityPolicy: { useDefaults: false, directives: DENY_ALL_CSP } }),
  );
  app.use(normalizeUrl(options.inFlight));
  app.all('/v1/:tenant/contact{/:key}', contactHandler(options));
  app.get('/healthz', (_request, response) => sendText(response, 200, 'ok'));
  app.all('/healthz', (_request, response) => {
    sendText(response, 405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' });
  });
  app.use((_request, response) => sendText(response, 404, 'There is nothing here.'));
  app.use(errorHandler(options.log, 'a request failed inside the bridge'));
  return app;
}

/** Takes over what a reload may change about the application itself. */
export function configureApp(app: Express, { server }: Configuration): void {
  app.set('trust proxy', server.trustProxy);
}

/** The answers are text and JSON: nothing may be loaded, framed or run. */
const DENY_ALL_CSP = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

function normalizeUrl(inFlight: InFlight): RequestHandler {
  return (request, response, next) => {
    // While draining, no answer invites a further request.
    if (inFlight.draining) response.shouldKeepAlive = false;
    // Express refuses broken percent-encoding; here it is taken literally, and no key looks like that.
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
