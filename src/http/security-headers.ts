/** The headers that all answers of a listener have in common. */
import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import type { Request, Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { http } from './node-http.ts';

type CommonHeaders = Readonly<Record<string, string>> & { readonly 'X-Request-Id': string };

/** @param options for helmet. @returns what keeps a request's headers for {@link commonHeadersOf}. */
export function securityHeaders(options: Protection) {
  const always = { ...helmetHeaders(options), 'Cache-Control': 'no-store' };
  return (request: Request, response: Identified): void => {
    const id = requestId(request.headers['x-request-id']);
    response[COMMON_HEADERS] = { ...always, 'X-Request-Id': id };
  };
}

/** @returns the headers that every answer must have. */
export function commonHeadersOf(response: Identified): CommonHeaders {
  return response[COMMON_HEADERS] as CommonHeaders;
}
const COMMON_HEADERS = Symbol('common headers');

type Identified = Response & { [COMMON_HEADERS]?: CommonHeaders };

/** Helmet gives all answers the same headers, so it is asked once. */
function helmetHeaders(options: Protection): Record<string, string> {
  const response = new http.ServerResponse(new http.IncomingMessage(new Socket()));
  helmet({ ...NOT_FOR_PAGES, ...options })(response.req, response, () => undefined);
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [
      capitalized(name),
      String(value),
    ]),
  );
}

/** As answers name the headers that they replace, for none may come twice: `Content-Security-Policy`. */
function capitalized(name: string): string {
  return name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

export type Protection = Pick<HelmetOptions, 'contentSecurityPolicy'> & {
  readonly strictTransportSecurity?: false;
};

/** @returns the `X-Request-Id` of an answer. */
export function requestIdOf(response: Response): string {
  return commonHeadersOf(response)['X-Request-Id'];
}

/** @param incoming the header `X-Request-Id`. @returns it when it is safe to log and echo, else a new UUID. */
export function requestId(incoming: string | string[] | undefined): string {
  const isSafe =
    typeof incoming === 'string' &&
    SAFE_ID.test(incoming) &&
    !PERSONAL.some((form) => form.test(incoming));
  return isSafe ? incoming : randomUUID();
}
const SAFE_ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const OCTET = '(?:25[0-5]|2[0-4]\\d|[01]?\\d{1,2})';
/** What a proxy may make ids of and logs must not hold, as far as the characters of {@link SAFE_ID} can spell it. */
const PERSONAL = [
  // IPv4, such as 203.0.113.7 or ip-203-0-113-7.
  new RegExp(`(?<!\\d)${OCTET}([.-])${OCTET}\\1${OCTET}\\1${OCTET}(?!\\d)`),
  // IPv6, in full or shortened, such as 2001:db8::7 or 2001-db8--7; the first group of those in use has two digits or more.
  /(?<![a-z\d])[\da-f]{1,4}([_:-])(?:[\da-f]{1,4}\1){6}[\da-f]{1,4}(?![a-z\d])/i,
  /(?<![a-z\d])(?:[\da-f]{2,4}(?::[\da-f]{1,4})*::(?:[\da-f]{1,4})?|::[\da-f]{1,4})(?![a-z\d])/i,
  /(?<![a-z\d])(?:[\da-f]{1,4}-)+-(?:[\da-f]{1,4}(?:-|(?![a-z\d])))+/i,
  // An e-mail or a URL.
  /[_.:-]at[_.:-][a-z\d-]+\.[a-z]{2}|(?:https?|mailto):|www\./i,
];

/** What only says how a browser is to show a page. */
const NOT_FOR_PAGES = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const;
