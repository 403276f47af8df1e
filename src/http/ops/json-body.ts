/** The JSON that the console and programs post to the ops listener. */
import type { Request, Response } from 'express';
import { findExcess } from '../../connector/json-bounds.ts';
import { sendJson } from '../respond.ts';

const MAX_BODY_BYTES = 10_000;

/** @returns the object in the body; `undefined` after an answer that says what is wrong with it. */
export async function readJsonBody(
  request: Request,
  response: Response,
  maxBytes = MAX_BODY_BYTES,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const body = await read(request, maxBytes);
  if (!('error' in body)) return body.value;
  sendJson(response, body.status, { error: body.error });
  return undefined;
}

type Body =
  | { readonly value: Readonly<Record<string, unknown>> }
  | { readonly status: 400 | 413 | 415; readonly error: string };

async function read(request: Request, maxBytes: number): Promise<Body> {
  if (request.is('application/json') === false) {
    return { status: 415, error: 'the body must be application/json' };
  }
  if (!isPlainUtf8(request)) return { status: 415, error: 'the body must be plain JSON in UTF-8' };
  const bytes = await readBytes(request, maxBytes);
  if (bytes === undefined) {
    return { status: 413, error: `the body must have at most ${maxBytes} bytes` };
  }
  const what = findExcess(bytes);
  if (what !== undefined) return { status: 400, error: `the body has too many ${what}` };
  const value = parse(bytes.toString());
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { value: value as Readonly<Record<string, unknown>> }
    : { status: 400, error: 'the body must be a JSON object' };
}

function isPlainUtf8({ headers }: Request): boolean {
  const [, charset = 'utf-8'] =
    /;\s*charset="?([^";\s]*)/i.exec(headers['content-type'] ?? '') ?? [];
  const encoding = headers['content-encoding'] ?? 'identity';
  return /^utf-?8$/i.test(charset) && /^identity$/i.test(encoding);
}

/** @returns `undefined` for more than so many bytes: at once, however much there is still to come. */
async function readBytes(request: Request, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // The answer still has to go out on the connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      length += bytes.length;
      if (length > maxBytes) return undefined;
      chunks.push(bytes);
    }
  } catch {
    return Buffer.alloc(0); // The client has gone.
  }
  return Buffer.concat(chunks);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
