/** The one way out: status, headers and body leave together, with the length known. */
import type { Response } from 'express';
import { commonOf, type Headers } from './headers.ts';

export const TEXT = 'text/plain; charset=utf-8';
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Node leaves the body out by itself when the request was a HEAD. */
export function send(
  response: Response,
  status: number,
  body: string,
  headers: Headers & { readonly 'Content-Type': string },
): void {
  response.writeHead(status, {
    ...commonOf(response).headers,
    ...headers,
    'Content-Length': String(Buffer.byteLength(body)),
  });
  // As a string it leaves in one piece with the headers.
  response.end(body);
}

/** A sentence for whoever reads the answer of a refused request. */
export function sendSentence(
  response: Response,
  status: number,
  sentence: string,
  headers: Headers = {},
): void {
  send(response, status, `${sentence}\n`, { 'Content-Type': TEXT, ...headers });
}

export function sendJson(
  response: Response,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  send(response, status, `${JSON.stringify(value)}\n`, { 'Content-Type': JSON_TYPE, ...headers });
}
