/**
 * The parts of jsforce the connector uses, over the HTTP pool of the bridge. No other file names jsforce's files.
 * Importing them one by one avoids its SOAP, Bulk, Metadata and Streaming APIs (a third of the load time).
 * jsforce.test.ts guards every member, so that an upgrade that moves one fails there.
 */
import { PassThrough } from 'node:stream';
import type { Connection } from 'jsforce/lib/connection.js';
import type { OAuth2 } from 'jsforce/lib/oauth2.js';
import type { Transport } from 'jsforce/lib/transport.js';
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/common.js';
import type { StreamPromise } from 'jsforce/lib/util/promise.js';
import {
  ConnectorError,
  retryAfterMs,
  type Clock,
  type HttpPool,
} from '../../src/connector/index.ts';

export type { Connection };
export type { HttpRequest as JsforceRequest, HttpResponse as JsforceResponse };

export interface Jsforce {
  readonly Connection: typeof Connection;
  readonly OAuth2: typeof OAuth2;
  readonly StreamPromise: typeof StreamPromise;
  readonly Transport: typeof Transport;
}

export async function loadJsforce(): Promise<Jsforce> {
  const [{ Connection }, { OAuth2 }, { Transport }, { StreamPromise }] = await Promise.all([
    import('jsforce/lib/connection.js'),
    import('jsforce/lib/oauth2.js'),
    import('jsforce/lib/transport.js'),
    import('jsforce/lib/util/promise.js'),
  ]);
  return { Connection, OAuth2, StreamPromise, Transport };
}

/** One call to Salesforce. */
export interface Call {
  /** From a closed set, for metrics: `token`, `composite`, … */
  readonly operation: string;
  readonly signal: AbortSignal;
  /** It only reads, so it is sent again when its idle connection turns out to be dead. */
  readonly idempotent: boolean;
}

/** What jsforce's errors lack about a response. */
export interface ResponseInfo {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

/** A Transport for one call. */
export interface CallTransport extends Transport {
  /** Of the latest complete response. */
  readonly response: ResponseInfo | undefined;
}

export type TransportFor = (call: Call) => CallTransport;

/**
 * Replaces jsforce's Transport, which ends the process when a response is cut off, waits without end for the rest
 * of a body, ignores NO_PROXY, and opens a connection for each parallel request.
 * @returns makes a Transport for one call; it throws only {@link ConnectorError}.
 */
export function transportOver(jsforce: Jsforce, pool: HttpPool, clock: Clock): TransportFor {
  class PooledTransport extends jsforce.Transport implements CallTransport {
    response: ResponseInfo | undefined;
    readonly #call: Call;

    constructor(call: Call) {
      super();
      this.#call = call;
    }

    override httpRequest(request: HttpRequest): StreamPromise<HttpResponse> {
      const promise = this.#send(request);
      // jsforce takes the stream at once, but reads it only in calls that are not used here.
      return jsforce.StreamPromise.create(() => ({ stream: new PassThrough(), promise }));
    }

    async #send({ method, url, headers: sent, body: content }: HttpRequest): Promise<HttpResponse> {
      const text = typeof content === 'string' ? content : undefined;
      const response = await pool.send({ method, url, headers: sent, body: text, ...this.#call });
      const { status, headers, isJson } = response;
      this.response = { status, retryAfterMs: retryAfterMs(headers['retry-after'], clock.now()) };
      throwIfRedirect(status, url);
      // jsforce would parse XML and CSV too, whose cost has no bound.
      const [type, body] = isJson ? ['application/json', response.text] : ['text/plain', ''];
      return { statusCode: status, headers: { ...headers, 'content-type': type }, body };
    }
  }

  return (call) => new PooledTransport(call);
}

/** @throws {ConnectorError} Salesforce redirects when the address is not (or no longer) that of the org. */
function throwIfRedirect(status: number, url: string): void {
  if (status < 301 || status > 308 || status === 304) return;
  throw new ConnectorError(
    'bad_response',
    `${new URL(url).host} redirects elsewhere (HTTP ${status}): set loginUrl to the current My Domain address of the org`,
  );
}
