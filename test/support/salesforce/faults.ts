/** What can go wrong between Salesforce and its callers. */
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { delay, times } from '../fault-request.ts';

export const FAULT_KINDS = [
  /** Never answers. */
  'hang',
  /** Sends the headers and half of the body, then nothing. */
  'stall',
  /** Sends half of the body, then cuts the connection. */
  'truncate',
  /** Cuts the connection before any answer. */
  'reset',
  /** The right answer with `Connection: close`. */
  'connection-close',
  /** The maintenance page, status 503. */
  'maintenance',
  /** A page with status 200, as from a proxy that wants a sign-in. */
  'html200',
  /** Status 200, JSON that ends in the middle. */
  'broken-json',
  /** Status 200, JSON of another form. */
  'wrong-shape',
  /** The right answer but for the addresses in it, as from a cache that confuses callers. */
  'other-person',
  /** 20 MB of JSON. */
  'huge',
  /** 20 MB of JSON in a few kilobytes of gzip. */
  'gzip-bomb',
  /** Says gzip and sends something else. */
  'broken-gzip',
  'redirect',
  'status-401',
  /** 401 INVALID_AUTH_HEADER. */
  'refused-header',
  /** 403 as a page, without a code. */
  'status-403',
  'status-420',
  'status-429',
  'status-500',
  /** 503 with the code SERVER_UNAVAILABLE. */
  'status-503',
  /** 403 REQUEST_LIMIT_EXCEEDED. */
  'request-limit',
  /** 403 API_DISABLED_FOR_ORG. */
  'api-disabled',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  /** `token`, `composite`, `describe`, `query`, … or `*`. */
  readonly on: string;
  readonly kind: FaultKind;
  /** How many requests it hits; for ever when left out. */
  readonly times?: number;
  /** Milliseconds before it happens. */
  readonly delay?: number;
}

/** The requests a fault can be for. */
export const FAULT_TARGETS = ['token', 'composite', 'describe', 'query', 'versions', '*'] as const;

/** What `POST /__faults` takes. */
export const FAULT = z.strictObject({
  on: z.enum(FAULT_TARGETS),
  kind: z.enum(FAULT_KINDS),
  times,
  delay,
});

export class Faults {
  /** Decides about each request that no fault of `add` hits. */
  draw: ((operation: string) => FaultKind | undefined) | undefined;
  #faults: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Infinity });
  }

  clear(): void {
    this.#faults = [];
    this.draw = undefined;
  }

  /** The fault for this request, if there is one. */
  take(operation: string): Fault | undefined {
    const entry = this.#faults.find(
      ({ fault, left }) => left > 0 && (fault.on === '*' || fault.on === operation),
    );
    if (entry !== undefined) {
      entry.left -= 1;
      return entry.fault;
    }
    const kind = this.draw?.(operation);
    return kind === undefined ? undefined : { on: operation, kind };
  }
}

/** An answer ready to be sent. */
export interface Payload {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const JSON_TYPE = 'application/json;charset=UTF-8';
const MAINTENANCE =
  "<html>\n<body>\n<center><b>We are down for maintenance.</b>\nSorry for the inconvenience. We'll be back shortly.</center>\n</body>\n</html>\n";
const HUGE_BYTES = 20_000_000;

/**
 * @param payload what would have been sent.
 * @returns what is sent instead, or `undefined` when the fault has dealt with the connection itself.
 */
export function play(
  kind: FaultKind,
  payload: Payload,
  response: ServerResponse,
): Payload | undefined {
  switch (kind) {
    case 'hang':
      return undefined;
    case 'reset':
      response.socket?.resetAndDestroy();
      return undefined;
    case 'stall':
    case 'truncate': {
      response.writeHead(payload.status, {
        ...payload.headers,
        'content-length': payload.body.length,
      });
      const half = payload.body.subarray(0, Math.ceil(payload.body.length / 2));
      response.write(half, () => {
        if (kind === 'truncate') response.socket?.destroy();
      });
      return undefined;
    }
    case 'connection-close':
      return { ...payload, headers: { ...payload.headers, connection: 'close' } };
    case 'maintenance':
      return page(503);
    case 'html200':
      return page(200);
    case 'broken-json':
      return json(200, payload.body.toString().slice(0, 40) + '{"');
    case 'wrong-shape':
      return json(200, '{"compositeResponse":{"records":"none"},"access_token":17}');
    case 'other-person':
      return {
        ...payload,
        body: Buffer.from(
          payload.body.toString().replace(/"Email":"[^"]*"/g, '"Email":"someone@else.example"'),
        ),
      };
    case 'huge':
      return json(200, huge());
    case 'gzip-bomb':
      return {
        ...json(200, huge()),
        headers: { 'content-type': JSON_TYPE, 'x-emulator-gzip': 'always' },
      };
    case 'broken-gzip':
      return {
        ...json(200, 'this is not gzip'),
        headers: { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' },
      };
    case 'redirect':
      return { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: Buffer.alloc(0) };
    case 'refused-header':
      return error(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
    case 'status-401':
      return error(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    case 'status-403':
      return page(403);
    case 'status-420':
      return page(420);
    case 'status-429':
      return { ...page(429), headers: { 'content-type': 'text/html', 'retry-after': '7' } };
    case 'status-500':
      return error(500, 'UNKNOWN_EXCEPTION', 'An unexpected error occurred.');
    case 'status-503':
      return error(503, 'SERVER_UNAVAILABLE', 'Server is too busy');
    case 'request-limit':
      return error(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    case 'api-disabled':
      return error(
        403,
        'API_DISABLED_FOR_ORG',
        'The REST API is not enabled for this Organization.',
      );
  }
}

function page(status: number): Payload {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: Buffer.from(MAINTENANCE),
  };
}

function error(status: number, errorCode: string, message: string): Payload {
  return json(status, JSON.stringify([{ message, errorCode }]));
}

function json(status: number, text: string): Payload {
  return { status, headers: { 'content-type': JSON_TYPE }, body: Buffer.from(text) };
}

function huge(): string {
  return `{"compositeResponse":"${'x'.repeat(HUGE_BYTES)}"}`;
}
