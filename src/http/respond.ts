/** How all answers are sent: status, headers and body together, with the length known. `setHeader` for each took 4 % of a cached answer's time. */
import type { Response } from 'express';
import { commonHeadersOf } from './security-headers.ts';

export const TEXT = 'text/plain; charset=utf-8';
export const JSON_TYPE = 'application/json; charset=utf-8';

export type Headers = Readonly<Record<string, string>>;

/** Node leaves the body out by itself when the request was a HEAD. */
export function send(
  response: Response,
  status: number,
  body: string | Uint8Array,
  headers: Headers & { readonly 'Content-Type': string },
): void {
  response.writeHead(status, {
    ...commonHeadersOf(response),
    ...headers,
    'Content-Length': String(Buffer.byteLength(body)),
  });
  response.end(body);
}

/** A sentence for people, such as the reason of a refusal. */
export function sendText(
  response: Response,
  status: number,
  sentence: string,
  headers: Headers = {},
): void {
  send(response, status, `${sentence}\n`, { 'Content-Type': TEXT, ...headers });
}

/** Indented: operators read it with curl and in a browser. */
export function sendJson(
  response: Response,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  send(response, status, `${JSON.stringify(value, null, 2)}\n`, {
    'Content-Type': JSON_TYPE,
    ...headers,
  });
}
