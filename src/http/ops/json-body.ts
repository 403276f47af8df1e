/** The JSON that the console and programs post to the ops listener. */
import express, { type Request, type RequestHandler, type Response } from 'express';
import { sendJson } from '../respond.ts';

const MAX_BODY_BYTES = 10_000;

/** @returns the object in the body; `undefined` after an answer that says what is wrong with it. */
export async function readJsonBody(
  request: Request,
  response: Response,
  maxBytes = MAX_BODY_BYTES,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (request.is('application/json') === false) {
    sendJson(response, 415, { error: 'the body must be application/json' });
    return undefined;
  }
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const parse: RequestHandler = express.json({ limit: maxBytes, inflate: false });
  await parse(request, response, resolve);
  const error = await promise;
  if (error !== undefined) {
    const status = statusOf(error);
    sendJson(response, status, { error: sentenceFor(status, maxBytes) });
    return undefined;
  }
  const body: unknown = request.body;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Readonly<Record<string, unknown>>;
  }
  sendJson(response, 400, { error: sentenceFor(400, maxBytes) });
  return undefined;
}

type Status = 400 | 413 | 415;

function sentenceFor(status: Status, maxBytes: number): string {
  switch (status) {
    case 400:
      return 'the body must be a JSON object';
    case 413:
      return `the body must have at most ${maxBytes} bytes`;
    case 415:
      return 'the body must be plain JSON in UTF-8';
  }
}

function statusOf(error: unknown): Status {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return status === 413 || status === 415 ? status : 400;
}
