/** The headers that all answers of a listener have in common. They leave together with an answer's own. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Express, Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { requestId } from './request-id.ts';

export type Headers = Readonly<Record<string, string>>;

/** Without it the application can send no answer. @param protection for helmet. */
export function giveCommonHeaders(app: Express, protection: Protection): void {
  app.locals['headers'] = { ...protect(protection), 'Cache-Control': 'no-store' };
}

type Protection = Pick<HelmetOptions, 'contentSecurityPolicy'> & {
  readonly strictTransportSecurity?: false;
};

/** What an answer has in common with others. */
export function commonHeaders(response: Response): Headers {
  const always = response.app.locals['headers'] as Headers;
  return { ...always, 'X-Request-Id': requestIdOf(response) };
}

/** Of the request that is answered: its own, or one that is made when first asked for. */
export function requestIdOf(response: Response): string {
  const locals = response.locals as { requestId?: string };
  return (locals.requestId ??= requestId(response.req.get('X-Request-Id')));
}

/** What only says how a browser is to show a page; nothing here is one. */
const FOR_PAGES = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;

/** helmet gives all answers the same headers, so it is asked once. */
function protect(options: Protection): Headers {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  helmet({ ...FOR_PAGES, ...options })(response.req, response, () => undefined);
  const headers = Object.keys(response.getHeaders());
  return Object.fromEntries(headers.map((name) => [name, String(response.getHeader(name))]));
}
