/**
 * The one way out: status, headers and body leave together, with the length known. Under load, answers of
 * one turn of the event loop leave one after the other at its end: a write between two lookups wakes whoever
 * waits for it at the other end each time, which costs more than the lookup.
 */
import type { Response } from 'express';
import { commonHeaders, type Headers } from './security-headers.ts';

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
    ...commonHeaders(response),
    ...headers,
    'Content-Length': String(Buffer.byteLength(body)),
  });
  if (queued.push({ response, body }) === 1) setImmediate(flush);
}

/** What leaves at the end of this turn. */
let queued: { readonly response: Response; readonly body: string }[] = [];

function flush(): void {
  const leaving = queued;
  queued = [];
  // As strings the bodies leave in one piece with their headers.
  for (const { response, body } of leaving) response.end(body);
}

/** A sentence for whoever reads the answer of a refused request. */
export function sendText(
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
