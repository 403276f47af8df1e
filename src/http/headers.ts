/** The headers that all answers of a listener have in common. They leave together with an answer's own. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler, Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { requestId } from './request-id.ts';

export type Headers = Readonly<Record<string, string>>;

/** To be the first: without it no answer can be sent. @param protection for helmet. */
export function commonHeaders(protection: HelmetOptions): RequestHandler {
  const always = { ...protect(protection), 'Cache-Control': 'no-store' };
  return (request, response, next) => {
    const id = requestId(request.get('X-Request-Id'));
    const locals: Common = { requestId: id, headers: { ...always, 'X-Request-Id': id } };
    Object.assign(response.locals, locals);
    next();
  };
}

/** What {@link commonHeaders} found. */
export function commonOf(response: Response): Common {
  return response.locals as Common;
}

interface Common {
  readonly requestId: string;
  readonly headers: Headers;
}

/** helmet gives all answers the same headers, so it is asked once. */
function protect(options: HelmetOptions): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  helmet(options)(response.req, response, () => undefined);
  const headers = Object.keys(response.getHeaders());
  return Object.fromEntries(headers.map((name) => [name, String(response.getHeader(name))]));
}
