/**
 * One access token for all calls of a connection. All who need a new one wait for the same request, and a
 * sign-in that cannot succeed is not repeated at the rate of the lookups: CRMs lock users and apps out for that.
 */
import { raceAbort } from './abort.ts';
import type { ConnectorContext } from './contract.ts';
import { ConnectorError } from './errors.ts';
import { withTimeout } from '../model/clock.ts';

export interface IssuedToken<T> {
  readonly token: T;
  /** Milliseconds the token is valid; left out when only its refusal ends it. */
  readonly lifetimeMs?: number;
}

export interface SharedSignInOptions<T> {
  readonly context: Pick<ConnectorContext, 'clock' | 'setNotice'>;
  /**
   * Requests a token. @param signal aborts when no call waits for it any more.
   * @throws {ConnectorError} `auth` or `misconfigured` when the sign-in is refused.
   */
  readonly signIn: (signal: AbortSignal) => Promise<IssuedToken<T>>;
  /** Completes a sign-in that no call waits for any more: aborting it could lose a refresh token that rotates. */
  readonly uncancellable?: boolean;
  /** After a refused sign-in, calls fail for so many milliseconds without another try; 10 s when left out. */
  readonly refusedBackoffMs?: number;
  /** Refused sign-ins, too, are limited to two at once and then one a minute; else only by the back-off above. */
  readonly limitsRefusals?: boolean;
  /**
   * The error while sign-ins are paused because the CRM issues tokens and then does not accept them.
   * @param retryAfterMs until the next sign-in.
   */
  readonly notAccepted: (retryAfterMs: number) => ConnectorError;
}

interface CurrentToken<T> {
  readonly token: T;
  renewAtMs: number;
  readonly expiresAtMs: number;
}

/** A token request that calls wait for. */
interface Attempt<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

const REFUSED_BACKOFF_MS = 10_000;
/** Sign-ins at once without one whose token was accepted; from then on one per interval. */
const MAX_UNVERIFIED = 2;
const UNVERIFIED_INTERVAL_MS = 60_000;
/** A token is renewed so long before it expires. */
const RENEW_EARLY_MS = 60_000;
/** A call waits no longer for a new token while the one before is still good. */
const RENEWAL_WAIT_MS = 1_000;
const NOTICE = 'sign-in';

export class SharedSignIn<T> {
  readonly #options: SharedSignInOptions<T>;
  #current: CurrentToken<T> | undefined;
  #attempt: Attempt<T> | undefined;
  #refusal: { readonly error: ConnectorError; readonly untilMs: number } | undefined;
  /** Sign-ins that count since a token was accepted, and when the latest was. */
  #unverified = 0;
  #signedInAtMs = -Infinity;
  /** When {@link SharedSignIn.renew} last asked for another token, or a token was last not renewed. */
  #renewedAtMs = -Infinity;

  constructor(options: SharedSignInOptions<T>) {
    this.#options = options;
  }

  /**
   * @returns the token in use, or a new one. While it cannot be renewed, the old one serves until it expires, and
   *   renewing is tried once a minute.
   * @throws {ConnectorError} `timeout` when `signal` aborts first; what `signIn` threw, also during its back-off.
   */
  async get(signal: AbortSignal): Promise<T> {
    expectTimeLeft(signal);
    const now = this.#now();
    const current = this.#current;
    if (current === undefined || now >= current.expiresAtMs) return await this.#wait(signal);
    if (now < current.renewAtMs) return current.token;
    try {
      const renewed = await withTimeout(this.#wait(signal), RENEWAL_WAIT_MS);
      if (renewed !== undefined) return renewed;
      this.#postponeRenewal(current);
    } catch (error) {
      if (current !== this.#current) throw error;
    }
    return current.token;
  }

  /** To be called when the CRM has accepted a token: a later refusal means that it expired. */
  accept(token: T): void {
    if (token !== this.#current?.token || this.#unverified === 0) return;
    this.#unverified = 0;
    this.#options.context.setNotice(NOTICE, undefined);
  }

  /**
   * To be called when the CRM refuses a token: the next {@link get} signs in. A token that another call has
   * replaced meanwhile changes nothing.
   * @param error for the notice; left out for a token that may have expired.
   */
  invalidate(token: T, error?: ConnectorError): void {
    if (token !== this.#current?.token) return;
    this.#current = undefined;
    const shown = error ?? (this.#unverified > 0 ? this.#options.notAccepted(0) : undefined);
    if (shown !== undefined) this.#options.context.setNotice(NOTICE, shown.message);
  }

  /**
   * To be called when the CRM refuses a token for one kind of call and accepts it for others: it may have expired
   * in between, or calls of that kind are not permitted. So a new one is requested once a minute at most, and
   * the token serves until it is there.
   * @returns whether {@link SharedSignIn.get} gives another token now, with which the call may succeed.
   * @throws {ConnectorError} as {@link SharedSignIn.get}.
   */
  async renew(token: T, signal: AbortSignal): Promise<boolean> {
    const current = this.#current;
    if (token !== current?.token) return true;
    const now = this.#now();
    if (now - this.#renewedAtMs >= UNVERIFIED_INTERVAL_MS) {
      this.#renewedAtMs = now;
      current.renewAtMs = Math.min(current.renewAtMs, now);
    }
    const next = await this.get(signal);
    expectTimeLeft(signal);
    return next !== token;
  }

  /** The token still works, so calls neither wait for another one nor request it each. */
  #postponeRenewal(current: CurrentToken<T>): void {
    if (current !== this.#current) return;
    this.#renewedAtMs = this.#now();
    current.renewAtMs = this.#renewedAtMs + UNVERIFIED_INTERVAL_MS;
  }

  async #wait(signal: AbortSignal): Promise<T> {
    if (this.#attempt === undefined || this.#attempt.abort.signal.aborted)
      this.#attempt = this.#start();
    const attempt = this.#attempt;
    attempt.waiting += 1;
    // While the event is dispatched, so that the next call does not wait for what is about to end.
    const leave = () => {
      attempt.waiting -= 1;
      if (attempt.waiting === 0 && this.#options.uncancellable !== true)
        attempt.abort.abort(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await raceAbort(attempt.result, signal);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** @throws {ConnectorError} during a back-off. */
  #start(): Attempt<T> {
    const now = this.#now();
    if (this.#refusal !== undefined && now < this.#refusal.untilMs) throw this.#refusal.error;
    const pauseMs = this.#signedInAtMs + UNVERIFIED_INTERVAL_MS - now;
    if (this.#unverified >= MAX_UNVERIFIED && pauseMs > 0) throw this.#options.notAccepted(pauseMs);
    const abort = new AbortController();
    const result = this.#signIn(abort.signal).finally(() => {
      if (this.#attempt === attempt) this.#attempt = undefined;
    });
    // The calls that wait get the error; without any, it must not end the process.
    result.catch(() => undefined);
    const attempt = { result, abort, waiting: 0 };
    return attempt;
  }

  async #signIn(signal: AbortSignal): Promise<T> {
    const before = this.#current;
    try {
      const { token, lifetimeMs = Infinity } = await this.#options.signIn(signal);
      const now = this.#now();
      this.#refusal = undefined;
      this.#unverified += 1;
      this.#signedInAtMs = now;
      this.#current = {
        token,
        renewAtMs: now + Math.max(lifetimeMs - RENEW_EARLY_MS, lifetimeMs / 2),
        expiresAtMs: now + lifetimeMs,
      };
      return token;
    } catch (error) {
      if (before !== undefined) this.#postponeRenewal(before);
      this.#noteRefusal(error);
      throw error;
    }
  }

  #noteRefusal(error: unknown): void {
    if (!(error instanceof ConnectorError)) return;
    if (error.kind !== 'auth' && error.kind !== 'misconfigured') return;
    const { refusedBackoffMs = REFUSED_BACKOFF_MS, context, limitsRefusals } = this.#options;
    if (limitsRefusals === true) {
      this.#unverified += 1;
      this.#signedInAtMs = this.#now();
    }
    this.#refusal = { error, untilMs: this.#now() + refusedBackoffMs };
    context.setNotice(NOTICE, error.message);
  }

  #now(): number {
    return this.#options.context.clock.monotonic();
  }
}

/** @throws {ConnectorError} */
function expectTimeLeft(signal: AbortSignal): void {
  if (signal.aborted) throw new ConnectorError('timeout', 'no time left for the request');
}
