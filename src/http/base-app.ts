/** What the applications of both listeners have in common: headers, routes, 404, 405, and failures. */
import express, {
  type Express,
  type IRouter,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { describeError } from '../telemetry/describe-error.ts';
import type { Log } from '../telemetry/log.ts';
import { sendText } from './respond.ts';
import { requestIdOf, securityHeaders, type Protection } from './security-headers.ts';

/** A path with a handler for each of its methods; `GET` answers `HEAD` too, other methods get 405. */
export interface Route {
  readonly path: string;
  readonly handlers: Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', RequestHandler>>>;
}

export interface BaseAppOptions {
  readonly protection: Protection;
  readonly log: Log;
  /** The log's message when a request fails, such as `a request failed inside the bridge`. */
  readonly failure: string;
}

/** @param addRoutes adds what the application answers and what comes before. */
export function createBaseApp(
  { protection, log, failure }: BaseAppOptions,
  addRoutes: (app: Express) => void,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.set('query parser', false); // ours is more lenient
  const addHeaders = securityHeaders(protection);
  app.use((request, response, next) => {
    addHeaders(request, response);
    next();
  });
  addRoutes(app);
  app.use((_request, response) => sendText(response, 404, 'There is nothing here.'));
  const fail = failureAnswer(log, failure);
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    // The path cannot be decoded.
    if (error instanceof URIError && !response.headersSent) {
      sendText(response, 404, 'There is nothing here.');
    } else {
      fail(error, response, next);
    }
  });
  return app;
}

export function addRoute(app: IRouter, { path, handlers }: Route): void {
  const byMethod = new Map(
    Object.entries(handlers).flatMap(([method, handler]) =>
      (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((name) => [name, handler] as const),
    ),
  );
  const methods = [...byMethod.keys()];
  const refuse: RequestHandler = (_request, response) => {
    const list = new Intl.ListFormat('en-GB').format(methods);
    const sentence = `Only ${list} ${methods.length === 1 ? 'is' : 'are'} answered here.`;
    sendText(response, 405, sentence, { Allow: methods.join(', ') });
  };
  app.all(path, (request, response, next) => {
    const handler = byMethod.get(request.method) ?? refuse;
    return handler(request, response, next);
  });
}

/** @returns what answers by these routes, which are loaded with the first request that comes so far. */
export function routesOnDemand(load: () => Promise<readonly Route[]>): RequestHandler {
  const loadRouter = async () => {
    const router = express.Router({ caseSensitive: true });
    for (const route of await load()) addRoute(router, route);
    return router;
  };
  let loading: Promise<RequestHandler> | undefined;
  return async (request, response, next) => {
    loading ??= loadRouter().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    (await loading)(request, response, next);
  };
}

/**
 * @param failure the log's message.
 * @returns what logs and answers a request that has failed; it calls `end` when the answer has begun.
 */
export function failureAnswer(log: Log, failure: string) {
  return (error: unknown, response: Response, end: (error: unknown) => void): void => {
    const requestId = requestIdOf(response);
    log.error(failure, { requestId, ...describeError(error) });
    if (response.headersSent) end(error);
    else {
      const sentence = `The request failed. The operator finds request ${requestId} in the log.`;
      sendText(response, 500, sentence);
    }
  };
}
