/**
 * Express makes Node's requests and responses its own by changing their prototypes, each time. V8 then
 * forgets what it knows of their shape, for the rest of the request. Of these classes they come into being
 * with the prototypes that Express would give them, so it finds nothing to change.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express, Request, Response } from 'express';

/** @returns the classes for Node's server; from now on they are those of the application too. */
export function bornExpress(app: Express) {
  class BornRequest extends IncomingMessage {}
  class BornResponse extends ServerResponse {}
  Object.setPrototypeOf(BornRequest.prototype, app.request);
  Object.setPrototypeOf(BornResponse.prototype, app.response);
  app.request = BornRequest.prototype as Request;
  app.response = BornResponse.prototype as unknown as Response;
  return { IncomingMessage: BornRequest, ServerResponse: BornResponse };
}
