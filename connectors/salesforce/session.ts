/**
 * The REST API with one access token for all calls. Salesforce does not say how long a token lives, so it is kept
 * until a 401; then one sign-in serves all calls, and each is sent once more.
 */
import {
  ConnectorError,
  SharedSignIn,
  type ConnectorContext,
  type Quota,
} from '../../src/connector/index.ts';
import { apiError, firstError, SessionExpired, subrequestError } from './errors.ts';
import type { Connection, Jsforce, TransportFor } from './jsforce.ts';
import type { Token } from './sign-in.ts';

export interface SessionOptions {
  readonly jsforce: Jsforce;
  readonly transportFor: TransportFor;
  readonly apiVersion: string;
  readonly context: Pick<ConnectorContext, 'clock' | 'setNotice'>;
  readonly signIn: (signal: AbortSignal) => Promise<Token>;
  /** Completes a sign-in that no call waits for any more. */
  readonly uncancellable: boolean;
}

/** One REST request, relative to `/services/data/vXX.X` unless it starts with `/services`. */
export interface ApiRequest {
  /** From a closed set, for metrics. */
  readonly operation: string;
  readonly path: string;
  /** A POST with this as JSON; a GET when left out. */
  readonly body?: object;
}

export interface ApiResponse {
  /** Parsed JSON of any shape; the text when it was not JSON. */
  readonly body: unknown;
  /** The origin of the org that answered, for links. */
  readonly instanceUrl: string;
}

/** One GET of a composite request. */
export interface Subrequest {
  /** Letters and digits; names the result. */
  readonly name: string;
  /** Relative to `/services/data/vXX.X`, percent-encoded. */
  readonly path: string;
}

export type SubrequestResult =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false;
      readonly error: ConnectorError;
      readonly code: string;
      /** Salesforce's text: only for parsing, since it quotes the statement. */
      readonly message: string;
    };

export interface CompositeResponse {
  readonly results: ReadonlyMap<string, SubrequestResult>;
  readonly instanceUrl: string;
}

export class Session {
  readonly apiVersion: string;
  readonly #transportFor: TransportFor;
  readonly #signIn: SharedSignIn<Connection>;
  #quota: Quota | undefined;

  constructor(options: SessionOptions) {
    const { jsforce, apiVersion, context, signIn, uncancellable } = options;
    this.apiVersion = apiVersion;
    this.#transportFor = options.transportFor;
    this.#signIn = new SharedSignIn({
      context,
      uncancellable,
      notAccepted,
      signIn: async (signal) => {
        const { accessToken, instanceUrl } = await signIn(signal);
        // With `oauth2`, `refreshFn` or `refreshToken` jsforce would sign in by itself after each 401, without a
        // limit (jsforce pull request 1833).
        const token = new jsforce.Connection({
          instanceUrl,
          loginUrl: instanceUrl,
          accessToken,
          version: apiVersion,
          callOptions: { client: 'crm-bridge' },
        });
        return { token };
      },
    });
  }

  /** From the latest `Sforce-Limit-Info` header. */
  get quota(): Quota | undefined {
    return this.#quota;
  }

  /** @throws {ConnectorError} */
  async request(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        return await this.#send(request, signal);
      } catch (error) {
        if (!(error instanceof SessionExpired)) throw error;
      }
    }
    throw notAccepted();
  }

  /**
   * Sends up to 25 GETs, of which 5 may be queries, in one POST: one round trip and one call of the org's quota.
   * Salesforce answers 200 even when subrequests fail, so each has its own result.
   * https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html
   * @throws {ConnectorError} also when the quota is spent in a subrequest, or one has no result.
   */
  async composite(
    subrequests: readonly Subrequest[],
    signal: AbortSignal,
  ): Promise<CompositeResponse> {
    const compositeRequest = subrequests.map(({ name, path }) => ({
      method: 'GET',
      url: `/services/data/v${this.apiVersion}${path}`,
      referenceId: name,
    }));
    const content = { allOrNone: false, compositeRequest };
    const { body, instanceUrl } = await this.request(
      { operation: 'composite', path: '/composite', body: content },
      signal,
    );
    const { compositeResponse: responses } = Object(body) as { compositeResponse?: unknown };
    if (!Array.isArray(responses)) throw invalidResponse();
    const results = subrequests.map(({ name }) => [name, resultOf(name, responses)] as const);
    return { results: new Map(results), instanceUrl };
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    const { operation, path, body: content } = request;
    const connection = await this.#signIn.get(signal);
    const transport = this.#transportFor({ operation, signal, idempotent: true });
    try {
      const body: unknown = await (content === undefined
        ? connection.requestGet(path, { transport })
        : connection.requestPost(path, content, { transport }));
      this.#signIn.accept(connection);
      return { body, instanceUrl: connection.instanceUrl };
    } catch (thrown) {
      const error = apiError(thrown, transport.response);
      if (error instanceof SessionExpired) this.#signIn.invalidate(connection);
      else if (error.kind === 'auth') this.#signIn.invalidate(connection, error);
      throw error;
    } finally {
      const { apiUsage } = connection.limitInfo;
      if (apiUsage !== undefined && apiUsage.limit > 0) this.#quota = { ...apiUsage };
    }
  }
}

function notAccepted(): ConnectorError {
  return new ConnectorError(
    'auth',
    'Salesforce issued an access token but did not accept it: check that the Run-As user has ' +
      '"API Enabled" and that no IP range or session policy blocks the bridge',
  );
}

interface RawResult {
  readonly referenceId?: unknown;
  readonly httpStatusCode?: unknown;
  readonly body?: unknown;
}

function resultOf(name: string, responses: readonly unknown[]): SubrequestResult {
  const results = responses.map((response) => Object(response) as RawResult);
  // When Salesforce refuses the request as a whole, the error is in a result without a name.
  const result =
    results.find(({ referenceId }) => referenceId === name) ??
    results.find(({ referenceId }) => referenceId === null);
  const status = result?.httpStatusCode;
  if (result === undefined || typeof status !== 'number') throw invalidResponse();
  if (status === 200) return { ok: true, body: result.body };
  const { code, message } = firstError(result.body);
  const error = subrequestError(name, code, status, message);
  if (error.kind === 'quota' || error.kind === 'rate_limited') throw error;
  return { ok: false, error, code, message };
}

function invalidResponse(): ConnectorError {
  const message = 'Salesforce, composite: the response does not hold what was requested';
  return new ConnectorError('bad_response', message);
}
