/** HTTP to Salesforce, in the terms of jsforce. */
import { openHttpPool, type ConnectorContext } from '../../src/connector/index.ts';
import type { JsforceRequest, JsforceResponse } from './jsforce.ts';

/** One call to Salesforce. */
export interface Call {
  /** From a closed set, for metrics: `token`, `composite`, … */
  readonly operation: string;
  readonly signal: AbortSignal;
  /** It only reads: it is sent again when the idle connection it was given turns out to be dead. */
  readonly idempotent: boolean;
}

export interface JsforcePool {
  /** Follows no redirect. @throws {ConnectorError} */
  send(request: JsforceRequest, call: Call): Promise<JsforceResponse>;
  /** Ends all connections; calls under way fail. */
  close(): Promise<void>;
}

/** What Salesforce's edge calls a request; its support finds it by that. */
const REQUEST_ID = 'x-sfdc-request-id';

export async function openPool(
  context: Pick<ConnectorContext, 'clock' | 'limits' | 'recordRequest'>,
): Promise<JsforcePool> {
  const pool = await openHttpPool(context, { correlationHeader: REQUEST_ID });
  return {
    async send({ method, url, headers, body }, call) {
      const text = typeof body === 'string' ? body : undefined;
      const answer = await pool.send({ method, url, headers, body: text, ...call });
      return { statusCode: answer.status, headers: { ...answer.headers }, body: answer.text };
    },
    close: () => pool.close(),
  };
}
