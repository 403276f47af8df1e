/**
 * Sends requests to HubSpot with what its client lacks: time limits, pacing, tokens that change, errors that keep
 * their status. Its retry and its limiter are not used: they sleep for ten seconds.
 */
import {
  ConnectorError,
  StaleSocketError,
  type Clock,
  type HttpPool,
} from '../../src/connector/index.ts';
import type { AccessTokens } from './access-token.ts';
import { HubSpotError, parseJsonResponse } from './errors.ts';
import { loadHubSpotApi, type HubSpotApi } from './hubspot-api.ts';
import type { Budget, RateLimiter } from './rate-limiter.ts';

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
 * @throws {ConnectorError} a {@link HubSpotError} when there was a response.
 */
export type HubSpotClient = (
  call: Call,
  run: (api: HubSpotApi) => Promise<unknown>,
) => Promise<unknown>;

export interface ClientOptions {
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly pool: HttpPool;
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly rateLimiter: RateLimiter;
  /** The next midnight in the account's time zone, when it is known; milliseconds since 1970. */
  readonly midnight: () => number | undefined;
}

export async function createClient(options: ClientOptions): Promise<HubSpotClient> {
  const { tokens, pool, rateLimiter, clock } = options;
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
        // The generated code would lose the status of a broken body, so the response is read here.
        async send(request) {
          isSent = true;
          // It is repeated below, where the rate limiter counts that.
          const response = await pool.send({ ...request, operation, signal, idempotent: false });
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
      if (error instanceof HubSpotError) rateLimiter.onLimited(budget, error);
      if (error instanceof ConnectorError) throw error;
      // What is left is thrown by the generated code.
      const [kind, what] = signal.aborted
        ? (['timeout', 'no time left'] as const)
        : (['bad_response', 'the client could not use the response'] as const);
      throw new ConnectorError(kind, `HubSpot, ${operation}: ${what}`, { cause: error });
    } finally {
      slot.release(isSent);
    }
  };

  return async (call, run) => {
    try {
      return await sendOnce(call, run);
    } catch (error) {
      if (call.signal.aborted || !isRetryable(error)) throw error;
      return await sendOnce(call, run);
    }
  };
}

function isRetryable(error: unknown): boolean {
  if (error instanceof HubSpotError) return error.response.retryable === true;
  return error instanceof Error && error.cause instanceof StaleSocketError;
}
