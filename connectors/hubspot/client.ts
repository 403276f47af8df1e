/**
 * Sends requests to HubSpot with what its client lacks: time limits, pacing, changing tokens, errors
 * that keep their status. Its retry and its limiter are not used: they sleep for ten seconds.
 */
import {
  type Clock,
  type ConnectorContext,
  ConnectorError,
  StaleSocketError,
  openHttpPool,
} from '../../src/connector/index.ts';
import type { AccessTokens } from './access-token.ts';
import { HubSpotError } from './errors.ts';
import { loadHubSpotApi, type HubSpotApi, type OutgoingRequest } from './hubspot-api.ts';
import type { Budget, RateLimiter } from './rate-limiter.ts';
import { parseJsonResponse } from './responses.ts';

/** One request: what it is for and how long it may take. */
export interface Call {
  /** From a closed set, such as `batch/read contacts`; for metrics and messages. */
  readonly operation: string;
  readonly budget: Budget;
  readonly signal: AbortSignal;
  /** For labels, not for a lookup. */
  readonly isBackground?: boolean;
  /** How many requests the pacing of lookups counts for it; 0 when left out. */
  readonly weight?: number;
}

/**
 * Makes one request. A read whose reused connection was reset, or whose OAuth token had just expired, is sent
 * once more.
 * @param run calls one method of the API. Its result is not used.
 * @returns the response's JSON as HubSpot sent it.
 * @throws {ConnectorError} nearly always a {@link HubSpotError}.
 */
export type HubSpotClient = (
  call: Call,
  run: (api: HubSpotApi) => Promise<unknown>,
) => Promise<unknown>;

export interface ClientOptions {
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly tokens: AccessTokens;
  readonly transport: Transport;
  readonly rateLimiter: RateLimiter;
  readonly clock: Clock;
  /** The next midnight in the account's time zone, when it is known; milliseconds since 1970. */
  readonly midnight: () => number | undefined;
}

export async function createClient(options: ClientOptions): Promise<HubSpotClient> {
  const { tokens, transport, rateLimiter, clock } = options;
  const apiFor = await loadHubSpotApi(options.baseUrl, options.apiVersion);

  const sendOnce: HubSpotClient = async (call, run) => {
    const { operation, budget, signal } = call;
    const slot = await rateLimiter.acquire(budget, signal, call);
    let token = '';
    let isSent = false;
    let json: unknown;
    try {
      const api = apiFor({
        async authorization() {
          token = await tokens.get(signal);
          return `Bearer ${token}`;
        },
        // Reads the response before the generated code does: that would lose the status of a broken body.
        async send(request) {
          isSent = true;
          const response = await transport.send(request, operation, signal);
          rateLimiter.updateFromHeaders(budget, response.headers);
          json = parseJsonResponse(operation, response, {
            now: clock.now(),
            midnight: options.midnight(),
            canRenewToken: response.status === 401 && tokens.invalidate(token),
          });
          tokens.accept(token);
          return response;
        },
      });
      await run(api);
      return json;
    } catch (error) {
      const failure = toHubSpotError(error, call);
      if (failure instanceof HubSpotError) rateLimiter.onLimited(budget, failure);
      throw failure;
    } finally {
      slot.release(isSent);
    }
  };

  return async (call, run) => {
    try {
      return await sendOnce(call, run);
    } catch (error) {
      const isRetryable = error instanceof HubSpotError && error.retryable && !call.signal.aborted;
      if (!isRetryable) throw error;
      return await sendOnce(call, run);
    }
  };
}

function toHubSpotError(error: unknown, call: Call): ConnectorError {
  if (error instanceof ConnectorError) return error;
  if (call.signal.aborted)
    return new HubSpotError('timeout', `HubSpot, ${call.operation}: no time left`, {
      cause: error,
    });
  // The response was JSON, but the generated code could not read its shape.
  return new HubSpotError('bad_response', `HubSpot, ${call.operation}: unexpected JSON`, {
    cause: error,
  });
}

export type Transport = Awaited<ReturnType<typeof openTransport>>;

export async function openTransport(
  context: Pick<ConnectorContext, 'clock' | 'limits' | 'recordRequest'>,
) {
  // HubSpot's support finds a request by this id.
  const pool = await openHttpPool(context, { correlationHeader: 'x-hubspot-correlation-id' });
  return {
    /**
     * @param operation from a closed set, for metrics.
     * @returns the response, whatever its status; redirects are not followed.
     * @throws {HubSpotError} `timeout` when the signal aborts, `unavailable` when the connection fails
     *   (`retryable` when it was an idle one), `bad_response` for one that is too large or broken.
     */
    async send(request: OutgoingRequest, operation: string, signal: AbortSignal) {
      try {
        // The client above repeats it, through the rate limiter.
        return await pool.send({ ...request, operation, signal, idempotent: false });
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error;
        throw new HubSpotError(error.kind, `HubSpot: ${error.message}`, {
          cause: error,
          retryable: error.cause instanceof StaleSocketError,
        });
      }
    },
    /** Ends all connections; requests in flight fail. */
    close: () => pool.close(),
  };
}
