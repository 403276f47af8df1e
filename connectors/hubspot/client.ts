/**
 * HubSpot's own client, with what it lacks: deadlines, pacing, dated paths, changing tokens, errors that
 * keep their status. One long-lived `Client` per connection, without its retry and its limiter, which sleep
 * for ten seconds and are shared by the whole process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../src/connector/index.ts';
import { understand } from './answer.ts';
import { crmOf, type Crm, type RequestContext, type ResponseContext } from './crm.ts';
import { HubSpotError, type Incoming } from './errors.ts';
import type { Budget, Pacing, Role } from './pacing.ts';
import { datedPath } from './paths.ts';
import type { Tokens } from './token.ts';
import type { Transport } from './transport.ts';

/** One request: what it is for and how long it may take. */
export interface Call {
  /** From a closed set, such as `batch/read contacts`; for metrics and messages. */
  readonly operation: string;
  readonly budget: Budget;
  readonly signal: AbortSignal;
  /** Whether it begins a lookup, continues one (the default), or is for labels. */
  readonly role?: Role;
}

export interface HubSpotClient {
  /** The parts of HubSpot's client in use; to be called within {@link HubSpotClient.call} only. */
  readonly crm: Crm;
  /**
   * Makes one request. A read whose reused connection was reset, or whose OAuth token had just expired, is
   * sent once more.
   * @param run one method of {@link HubSpotClient.crm}. Its result is not used: the client's models drop
   *   fields and have wrong types.
   * @returns the answer's JSON as HubSpot sent it.
   * @throws {HubSpotError}
   */
  call(call: Call, run: () => Promise<unknown>): Promise<unknown>;
  /** A GET that HubSpot's client has no method for. @returns the answer's JSON. @throws {HubSpotError} */
  get(call: Call, path: string): Promise<unknown>;
}

export interface ClientOptions {
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly tokens: Tokens;
  readonly transport: Transport;
  readonly pacing: Pacing;
  readonly clock: Clock;
  /** Milliseconds to midnight in the account's time zone, when it is known. */
  readonly untilMidnight: () => number | undefined;
}

/** What the middleware notes down about a request under way. */
interface Exchange extends Call {
  token?: string;
  sent?: boolean;
  json?: unknown;
}

export async function createClient(options: ClientOptions): Promise<HubSpotClient> {
  const { baseUrl, apiVersion, tokens, transport, pacing, clock } = options;
  /** HubSpot's client hands no options down to its requests: the exchange under way travels beside it. */
  const underWay = new AsyncLocalStorage<Exchange>();
  const { Client } = await import('@hubspot/api-client');
  const client = new Client({
    basePath: baseUrl,
    middleware: [
      {
        pre: async (context) => {
          const request = context as RequestContext;
          request.setHeaderParam('Authorization', await bearer(current()));
          request.setUrl(datedPath(request.getUrl(), apiVersion));
          return request;
        },
        post: async (context) => {
          const { httpStatusCode: status, headers, body } = context as ResponseContext;
          settle(current(), { status, headers, text: await body.text() });
          return context;
        },
      },
    ],
  });
  const crm = crmOf(client, (request) => send(current(), request));

  function current(): Exchange {
    const exchange = underWay.getStore();
    if (exchange === undefined) throw new Error('HubSpot called outside of call()');
    return exchange;
  }

  async function bearer(exchange: Exchange): Promise<string> {
    exchange.token = await tokens.get(exchange.signal);
    return `Bearer ${exchange.token}`;
  }

  function send(exchange: Exchange, request: Parameters<Transport['send']>[0]): Promise<Incoming> {
    exchange.sent = true;
    return transport.send(request, exchange.operation, exchange.signal);
  }

  /** Takes what an answer tells before anybody tries to parse it. @throws {HubSpotError} */
  function settle(exchange: Exchange, incoming: Incoming): void {
    pacing.learn(exchange.budget, incoming.headers);
    const refused = incoming.status === 401 && exchange.token !== undefined;
    exchange.json = understand(exchange.operation, incoming, {
      now: clock.now(),
      untilMidnightMs: options.untilMidnight(),
      replayable: refused && tokens.refuse(exchange.token ?? ''),
    });
  }

  async function once(call: Call, run: () => Promise<unknown>): Promise<unknown> {
    const slot = await pacing.enter(call.budget, call.signal, call.role);
    const exchange: Exchange = { ...call };
    try {
      await underWay.run(exchange, run);
      return exchange.json;
    } catch (error) {
      const failure = asFailure(error, call);
      pacing.heed(call.budget, failure);
      throw failure;
    } finally {
      slot.leave(exchange.sent ?? false);
    }
  }

  async function twiceAtMost(call: Call, run: () => Promise<unknown>): Promise<unknown> {
    try {
      return await once(call, run);
    } catch (error) {
      const again = error instanceof HubSpotError && error.replayable && !call.signal.aborted;
      if (!again) throw error;
      const role = call.role === 'background' ? call.role : 'continuation';
      return await once({ ...call, role }, run);
    }
  }

  return {
    crm,
    call: twiceAtMost,
    get: (call, path) =>
      twiceAtMost(call, async () => {
        const exchange = current();
        const headers = { accept: 'application/json', authorization: await bearer(exchange) };
        settle(exchange, await send(exchange, { method: 'GET', url: baseUrl + path, headers }));
      }),
  };
}

function asFailure(error: unknown, call: Call): HubSpotError {
  if (error instanceof HubSpotError) return error;
  if (call.signal.aborted)
    return new HubSpotError('timeout', `HubSpot, ${call.operation}: given up`, { cause: error });
  // The answer was JSON, but the client's own parser stumbled over its shape.
  return new HubSpotError('bad_response', `HubSpot, ${call.operation}: unexpected JSON`, {
    cause: error,
  });
}
