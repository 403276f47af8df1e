/** The public application: one lookup route, liveness for load balancers, a sentence for everything else. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Configuration } from '../config/configuration.ts';
import { describeError } from '../observe/describe-error.ts';
import { contactHandler, type ContactOptions } from './contact.ts';
import type { InFlight } from './in-flight.ts';
import { requestId } from './request-id.ts';
import { sendSentence } from './send.ts';

export function createApp(options: ContactOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.set('query parser', false); // ours is more lenient
  configureApp(app, options.bridge.current.configuration);

  app.use(prepare(options.inFlight));
  app.all('/v1/:tenant/contact{/:key}', contactHandler(options));
  app.get('/healthz', (_request, response) => sendSentence(response, 200, 'ok'));
  app.all('/healthz', (_request, response) => {
    sendSentence(response, 405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' });
  });
  app.use((_request, response) => sendSentence(response, 404, 'There is nothing here.'));
  app.use(onError(options));
  return app;
}

/** Takes over what a reload may change about the application itself. */
export function configureApp(app: Express, { server }: Configuration): void {
  app.set('trust proxy', server.trustProxy);
}

/** What every answer carries, whatever comes of the request. */
function prepare(inFlight: InFlight): RequestHandler {
  const always = securityHeaders();
  return (request, response, next) => {
    response.setHeaders(always);
    response.setHeader('X-Request-Id', requestId(request.get('X-Request-Id')));
    // While draining, no answer invites a further request.
    if (inFlight.draining) response.setHeader('Connection', 'close');
    if (request.url.includes('%')) request.url = readable(request.url);
    next();
  };
}

/** The answers are text and JSON: nothing may be loaded, framed or run. */
const NOTHING = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

/** helmet gives all answers the same headers, so it is asked once. */
function securityHeaders(): Map<string, string> {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const protect = helmet({ contentSecurityPolicy: { useDefaults: false, directives: NOTHING } });
  protect(response.req, response, () => undefined);
  const headers = Object.entries(response.getHeaders());
  return new Map([
    ...headers.map(([name, value]) => [name, String(value)] as const),
    ['Cache-Control', 'no-store'],
  ]);
}

/** Express refuses broken percent-encoding; here it is taken literally, and no key looks like that. */
function readable(url: string): string {
  const [path = '', ...query] = url.split('?');
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return [path.replaceAll('%', '%25'), ...query].join('?');
  }
}

function onError({ log }: ContactOptions): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    log.error('a request failed inside the bridge', { ...describeError(error) });
    sendSentence(response, 500, 'Something went wrong here. The operator finds it in the log.');
  };
}
