/**
 * HTTP to HubSpot. Its own client has no time-out and takes no AbortSignal
 * (HubSpot/hubspot-api-nodejs#387), and its default fetch drops idle connections after four seconds.
 */
import {
  type ConnectorContext,
  ConnectorError,
  StaleSocketError,
  openHttpPool,
} from '../../src/connector/index.ts';
import { HubSpotError, type Incoming } from './errors.ts';

export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Transport {
  /**
   * @param operation from a closed set, for metrics.
   * @returns the answer, whatever its status; redirects are not followed.
   * @throws {HubSpotError} `timeout` when the signal aborts, `unavailable` when the connection fails
   *   (`replayable` when it was an idle one), `bad_response` for an answer that is too large or broken.
   */
  send(request: Outgoing, operation: string, signal: AbortSignal): Promise<Incoming>;
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>;
}

/** What HubSpot calls a request; its support finds it by that. */
const REQUEST_ID = 'x-hubspot-correlation-id';

export async function createTransport(
  context: Pick<ConnectorContext, 'clock' | 'limits' | 'recordRequest'>,
): Promise<Transport> {
  const pool = await openHttpPool(context, { correlationHeader: REQUEST_ID });
  return {
    async send(request, operation, signal) {
      try {
        // Its client repeats it in its turn.
        return await pool.send({ ...request, operation, signal, idempotent: false });
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error;
        throw new HubSpotError(error.kind, `HubSpot: ${error.message}`, {
          cause: error,
          replayable: error.cause instanceof StaleSocketError,
        });
      }
    },
    close: () => pool.close(),
  };
}
