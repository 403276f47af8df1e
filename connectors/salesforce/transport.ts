/**
 * jsforce's Transport over our own pool. Its own one ends the process when an answer is cut off, waits for
 * ever for the rest of a body, ignores NO_PROXY, and opens a connection per parallel request.
 */
import { PassThrough } from 'node:stream';
import { ConnectorError } from '../../src/connector/index.ts';
import type { Call, JsforcePool } from './http-pool.ts';
import type {
  JsforceRequest,
  JsforceResponse,
  Jsforce,
  StreamPromise,
  Transport,
} from './jsforce.ts';

/** What is known about an answer besides its body; jsforce's errors don't tell. */
export interface Reply {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
}

/** A Transport for one call. */
export interface CallTransport extends Transport {
  /** The latest complete answer. */
  readonly reply: Reply | undefined;
}

export type TransportFor = (call: Call) => CallTransport;

/** @returns makes a Transport for one call; what it throws is always a {@link ConnectorError}. */
export function transportOver(jsforce: Jsforce, pool: JsforcePool): TransportFor {
  class PooledTransport extends jsforce.Transport implements CallTransport {
    reply: Reply | undefined;
    readonly #call: Call;

    constructor(call: Call) {
      super();
      this.#call = call;
    }

    override httpRequest(request: JsforceRequest): StreamPromise<JsforceResponse> {
      const promise = this.#send(request);
      // jsforce asks for the stream at once, though nobody reads it.
      return jsforce.StreamPromise.create(() => ({ stream: new PassThrough(), promise }));
    }

    async #send(request: JsforceRequest): Promise<JsforceResponse> {
      const response = await pool.send(request, this.#call);
      this.reply = { status: response.statusCode, retryAfterMs: retryAfter(response) };
      refuseRedirect(response, request);
      return response;
    }
  }

  return (call) => new PooledTransport(call);
}

/** @throws {ConnectorError} Salesforce redirects when the address is not (or no more) the org's own. */
function refuseRedirect({ statusCode }: JsforceResponse, request: JsforceRequest): void {
  if (statusCode < 301 || statusCode > 308 || statusCode === 304) return;
  throw new ConnectorError(
    'bad_response',
    `${new URL(request.url).host} redirects elsewhere (HTTP ${statusCode}): set loginUrl to the org's present My Domain address`,
  );
}

/** Salesforce itself never sends Retry-After; what stands before it may. Seconds to milliseconds. */
function retryAfter({ headers }: JsforceResponse): number | undefined {
  const seconds = Number(headers['retry-after'] || NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
