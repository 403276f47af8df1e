/**
 * When a connection may be called. One mechanism serves every reason not to call a CRM: too many failures, a
 * 429, a spent quota, a refused sign-in. Each opens the circuit for a time; then one call probes, and its
 * result closes the circuit or opens it again.
 */
import type { Clock } from '../model/clock.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import { CircuitOpenError } from './errors.ts';

export type CircuitState = 'closed' | 'half_open' | 'open';

/** Acquired for each call; exactly one of its functions is to be called at the end. */
export interface CircuitPermit {
  succeed(): void;
  fail(kind: ConnectorErrorKind, retryAfterMs: number | undefined): void;
  /** The CRM was not asked: nothing changes, and the next call may probe. */
  skip(): void;
}

/** Of the latest {@link WINDOW_SIZE} calls, this many failures open the circuit, unless another number is given. */
const FAILURE_THRESHOLD = 5;
const WINDOW_SIZE = 10;
/** How long the circuit is open before a call probes. */
const OPEN_MS = 10_000;
/** A spent quota is probed about once a minute. */
export const QUOTA_OPEN_MS = 60_000;
/** A day, even if the CRM asks for more. */
const MAX_OPEN_MS = 24 * 60 * 60_000;

/** Why the circuit is open, and until when by the monotonic clock. */
interface OpenState {
  readonly until: number;
  readonly reason: ConnectorErrorKind;
}

export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #name: string;
  readonly #onChange: (state: CircuitState, reason: ConnectorErrorKind | undefined) => void;
  /** Results of the latest calls, `true` for a failure. */
  #recent: boolean[] = [];
  #open: OpenState | undefined;
  #probing = false;
  readonly #onRest: (reason: ConnectorErrorKind, ms: number) => void;
  readonly #threshold: number;

  /** @param onRest the CRM itself asks for no more calls, for so many milliseconds. */
  constructor(
    name: string,
    clock: Clock,
    onChange: (state: CircuitState, reason: ConnectorErrorKind | undefined) => void,
    onRest: (reason: ConnectorErrorKind, ms: number) => void = () => undefined,
    threshold = FAILURE_THRESHOLD,
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#onRest = onRest;
    this.#threshold = threshold;
  }

  get state(): CircuitState {
    if (this.#open === undefined) return 'closed';
    return this.#probing || this.#clock.monotonic() >= this.#open.until ? 'half_open' : 'open';
  }

  /** Why the circuit is not closed, and until when: milliseconds since 1970, by what the wall clock shows now. */
  get open(): OpenState | undefined {
    if (this.#open === undefined) return undefined;
    const { until, reason } = this.#open;
    return { until: Math.round(this.#clock.now() + until - this.#clock.monotonic()), reason };
  }

  /**
   * Asks for a permit to call the CRM.
   * @throws {CircuitOpenError} of the kind that opened the circuit, until its time is over or another call probes.
   */
  acquire(): CircuitPermit {
    const probed = this.#open;
    if (probed !== undefined) {
      const left = probed.until - this.#clock.monotonic();
      if (left > 0 || this.#probing) {
        throw new CircuitOpenError(this.#name, probed.reason, Math.max(0, left));
      }
      this.#probing = true;
      this.#onChange('half_open', probed.reason);
    }
    return {
      succeed: () => this.#succeed(probed),
      skip: () => {
        if (probed !== undefined) this.#probing = false;
      },
      fail: (kind, retryAfterMs) =>
        // Invalid settings are no reason not to call the CRM: it has answered.
        kind === 'misconfigured' ? this.#succeed(probed) : this.#fail(probed, kind, retryAfterMs),
    };
  }

  /** Opens the circuit for a reason found before a call, such as a nearly spent quota. */
  trip(reason: ConnectorErrorKind, ms: number): void {
    if (this.rest(reason, ms) && tripsImmediately(reason)) this.#onRest(reason, ms);
  }

  /** Opens the circuit for a reason that another process has met. @returns whether it is open for longer than before. */
  rest(reason: ConnectorErrorKind, ms: number): boolean {
    const until = this.#clock.monotonic() + Math.min(ms, MAX_OPEN_MS);
    if (this.#open !== undefined && this.#open.until >= until) return false;
    this.#open = { until, reason };
    this.#recent = [];
    this.#onChange('open', reason);
    return true;
  }

  /** @param probed the state that the call was to end; `undefined` for a call with the circuit closed. */
  #succeed(probed: OpenState | undefined): void {
    this.#count(false);
    if (probed === undefined) return;
    this.#probing = false;
    // Another call may have tripped the circuit again since then, with a 429 for example.
    if (this.#open !== probed) return;
    this.#open = undefined;
    this.#recent = [];
    this.#onChange('closed', undefined);
  }

  #fail(
    probed: OpenState | undefined,
    kind: ConnectorErrorKind,
    retryAfterMs: number | undefined,
  ): void {
    if (probed !== undefined) this.#probing = false;
    // A time that is over (0, or a date by a clock that is behind) allows nothing: as if the CRM had not said any.
    const retryMs = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : undefined;
    const tooMany = this.#count(true);
    if (probed === undefined && !tooMany && !tripsImmediately(kind) && !retryMs) return;
    this.trip(kind, retryMs ?? (kind === 'quota' ? QUOTA_OPEN_MS : OPEN_MS));
  }

  /** @returns whether this failure reaches the threshold. */
  #count(failed: boolean): boolean {
    this.#recent = [...this.#recent.slice(1 - WINDOW_SIZE), failed];
    return failed && this.#recent.filter(Boolean).length >= this.#threshold;
  }
}

/** Kinds with which the CRM itself asks for no more calls. */
function tripsImmediately(kind: ConnectorErrorKind): boolean {
  return kind === 'rate_limited' || kind === 'quota' || kind === 'auth';
}
