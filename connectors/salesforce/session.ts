/**
 * One access token for all who ask. Salesforce does not tell how long a token lives, so it is kept until a
 * 401; then one sign-in serves everybody, and after an expiry each call is tried once more. A token that was
 * never accepted does not lead to sign-in after sign-in: 3,600 within an hour lock the user out.
 */
import {
  type Clock,
  type ConnectorContext,
  ConnectorError,
  type Quota,
} from '../../src/connector/index.ts';
import { apiError, SessionExpired } from './errors.ts';
import type { Connection, Jsforce } from './jsforce.ts';
import { SharedTask } from './shared-task.ts';
import type { Token } from './sign-in.ts';
import type { TransportFor } from './transport.ts';

export interface SessionOptions {
  readonly jsforce: Jsforce;
  readonly transportFor: TransportFor;
  readonly apiVersion: string;
  readonly clock: Clock;
  readonly notice: ConnectorContext['setNotice'];
  readonly signIn: (signal: AbortSignal) => Promise<Token>;
  /** A sign-in that must not be cut short even when nobody waits for it any more. */
  readonly keepSignIn: boolean;
}

/** One REST request, relative to `/services/data/vXX.X` unless it starts with `/services`. */
export interface ApiRequest {
  /** From a closed set, for metrics. */
  readonly operation: string;
  readonly path: string;
  /** A POST with this as JSON; a GET when left out. */
  readonly body?: object;
}

export interface ApiAnswer {
  /** Parsed JSON. Anything may stand in it; a text when it was none. */
  readonly body: unknown;
  /** The origin of the org that answered, for links. */
  readonly instanceUrl: string;
}

/** After a refused sign-in nobody tries again for so long (contract, section 8). */
const REFUSAL_REST = 10_000;
/** After two tokens in a row that the API did not take, one sign-in per so long (contract, section 8). */
const SIGN_IN_EVERY = 60_000;
const FREE_SIGN_INS = 2;

export class Session {
  readonly #options: SessionOptions;
  #connection: Connection | undefined;
  #signIn: SharedTask<Connection> | undefined;
  #refusal: { readonly error: ConnectorError; readonly until: number } | undefined;
  /** Sign-ins since the API last accepted a token, and when the latest was. */
  #unproven = 0;
  #signedInAt = -Infinity;
  #quota: Quota | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** From the latest `Sforce-Limit-Info` header. */
  get quota(): Quota | undefined {
    return this.#quota;
  }

  /** @throws {ConnectorError} */
  async request(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const first = await this.#connect(signal);
    try {
      return await this.#send(first, request, signal);
    } catch (error) {
      if (!(error instanceof SessionExpired)) throw error;
    }
    const second = await this.#connect(signal);
    try {
      return await this.#send(second, request, signal);
    } catch (error) {
      if (!(error instanceof SessionExpired)) throw error;
      const refused = notAccepted();
      this.#options.notice('sign-in', refused.message);
      throw refused;
    }
  }

  async #send(
    connection: Connection,
    request: ApiRequest,
    signal: AbortSignal,
  ): Promise<ApiAnswer> {
    const { operation, path, body: content } = request;
    const transport = this.#options.transportFor({ operation, signal, idempotent: true });
    try {
      const body: unknown = await (content === undefined
        ? connection.requestGet(path, { transport })
        : connection.requestPost(path, content, { transport }));
      if (connection === this.#connection) this.#noteAccepted();
      return { body, instanceUrl: connection.instanceUrl };
    } catch (thrown) {
      const error = apiError(thrown, transport.reply);
      // Another call may have signed in anew meanwhile; its token is not to blame.
      if (connection === this.#connection) this.#noteRejected(error);
      throw error;
    } finally {
      const { apiUsage } = connection.limitInfo;
      if (apiUsage !== undefined && apiUsage.limit > 0) this.#quota = { ...apiUsage };
    }
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    if (signal.aborted) throw new ConnectorError('timeout', 'too late to ask Salesforce');
    if (this.#connection !== undefined) return this.#connection;
    if (this.#signIn === undefined || this.#signIn.abandoned) this.#signIn = this.#startSignIn();
    return await this.#signIn.join(signal);
  }

  /** @throws {ConnectorError} `auth` while sign-ins rest. */
  #startSignIn(): SharedTask<Connection> {
    const now = this.#options.clock.now();
    if (this.#refusal !== undefined && now < this.#refusal.until) throw this.#refusal.error;
    if (this.#unproven >= FREE_SIGN_INS && now - this.#signedInAt < SIGN_IN_EVERY) {
      throw notAccepted();
    }
    const task: SharedTask<Connection> = new SharedTask(async (signal) => {
      try {
        const token = await this.#options.signIn(signal);
        this.#refusal = undefined;
        this.#unproven += 1;
        this.#signedInAt = this.#options.clock.now();
        this.#connection = this.#open(token);
        return this.#connection;
      } catch (error) {
        this.#noteRefusal(error);
        throw error;
      } finally {
        if (this.#signIn === task) this.#signIn = undefined;
      }
    }, this.#options.keepSignIn);
    return task;
  }

  /**
   * Without `oauth2`, `refreshFn` and `refreshToken`: with any of them jsforce signs in by itself after a
   * 401, again and again without a limit (jsforce pull request 1833).
   */
  #open(token: Token): Connection {
    return new this.#options.jsforce.Connection({
      instanceUrl: token.instanceUrl,
      loginUrl: token.instanceUrl,
      accessToken: token.accessToken,
      version: this.#options.apiVersion,
      callOptions: { client: 'crm-bridge' },
    });
  }

  #noteAccepted(): void {
    if (this.#unproven === 0) return;
    this.#unproven = 0;
    this.#options.notice('sign-in', undefined);
  }

  /** A token that was not accepted is not sent again, whatever the reason. */
  #noteRejected(error: Error): void {
    const isRefused = error instanceof ConnectorError && error.kind === 'auth';
    if (!isRefused && !(error instanceof SessionExpired)) return;
    this.#connection = undefined;
    if (isRefused) this.#options.notice('sign-in', error.message);
  }

  #noteRefusal(error: unknown): void {
    if (!(error instanceof ConnectorError)) return;
    if (error.kind !== 'auth' && error.kind !== 'misconfigured') return;
    this.#refusal = { error, until: this.#options.clock.now() + REFUSAL_REST };
    this.#options.notice('sign-in', error.message);
  }
}

function notAccepted(): ConnectorError {
  return new ConnectorError(
    'auth',
    'Salesforce gave an access token and then did not accept it: check that the Run-As user has ' +
      '"API Enabled" and that no IP range or session policy shuts the bridge out',
  );
}
