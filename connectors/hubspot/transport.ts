/**
 * HTTP to HubSpot. Its own client has no time-out and takes no AbortSignal
 * (HubSpot/hubspot-api-nodejs#387), and its default fetch drops idle connections after four seconds.
 */
import {
  ConnectorError,
  DeadConnection,
  openHttpPool,
  type ConnectorContext,
} from '../../src/connector.ts';
import { HubSpotError, type Incoming } from './errors.ts';

export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Transport {
  /**
   * @returns the answer, whatever its status; redirects are not followed.
   * @throws {HubSpotError} `timeout` when the signal aborts, `unavailable` when the connection fails
   *   (`replayable` when it was an idle one), `bad_response` for an answer that is too large or broken.
   */
  send(request: Outgoing, signal: AbortSignal): Promise<Incoming>;
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>;
}

export async function createTransport({
  clock,
  limits,
}: Pick<ConnectorContext, 'clock' | 'limits'>): Promise<Transport> {
  // The client observes: it knows what a request was for, and repeats it in its turn.
  const pool = await openHttpPool({ clock, limits, observe: () => undefined });
  return {
    async send(request, signal) {
      try {
        return await pool.send({ ...request, operation: 'HubSpot', signal, repeatable: false });
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error;
        throw new HubSpotError(error.kind, `HubSpot: ${error.message}`, {
          cause: error,
          replayable: error.cause instanceof DeadConnection,
        });
      }
    },
    close: () => pool.close(),
  };
}
