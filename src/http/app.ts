/** The public application: one lookup route, liveness for load balancers, a sentence for everything else. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Configuration } from '../config/configuration.ts';
import { describeError } from '../observe/describe-error.ts';
import { contactHandler, UNAUTHORIZED, type ContactOptions } from './contact.ts';
import { requestId } from './request-id.ts';
import { sendSentence } from './send.ts';

export function createApp(options: ContactOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false); // ours is more lenient
  configureApp(app, options.bridge.current.configuration);

  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: NOTHING } }));
  app.use(identify);
  app.get('/healthz', (_request, response) => sendSentence(response, 200, 'ok'));
  app.all('/healthz', (_request, response) => {
    sendSentence(response, 405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' });
  });
  app.all('/v1/:tenant/contact{/:key}', contactHandler(options));
  app.use((_request, response) => sendSentence(response, 404, 'There is nothing here.'));
  app.use(onError(options));
  return app;
}

/** Takes over what a reload may change about the application itself. */
export function configureApp(app: Express, { server }: Configuration): void {
  app.set('trust proxy', server.trustProxy);
}

/** The answers are text and JSON: nothing may be loaded, framed or run. */
const NOTHING = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

const identify: RequestHandler = (request, response, next) => {
  response.setHeader('X-Request-Id', requestId(request.get('X-Request-Id')));
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** Express refuses a path with broken percent-encoding: no key looks like that. */
function onError({ log }: ContactOptions): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof URIError) {
      if (/^\/v1\/[^/]*\/contact/i.test(request.path)) sendSentence(response, 401, UNAUTHORIZED);
      else sendSentence(response, 404, 'There is nothing here.');
      return;
    }
    log.error('a request failed inside the bridge', { ...describeError(error) });
    sendSentence(response, 500, 'Something went wrong here. The operator finds it in the log.');
  };
}
