/**
 * When a connection may be called. One mechanism serves every reason to leave a CRM alone: too many
 * failures, a 429, a spent quota, a refused sign-in. Each opens the circuit until a moment; then one call
 * probes, and its result closes the circuit or opens it again.
 */
import type { Clock } from '../model/clock.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import { CircuitOpenError } from './errors.ts';

export type CircuitState = 'closed' | 'half_open' | 'open';

/** Handed out for each call; exactly one of its functions is to be called at its end. */
export interface Permit {
  succeed(): void;
  fail(kind: ConnectorErrorKind, retryAfterMs: number | undefined): void;
}

/** Out of the latest {@link WINDOW} calls, so many failures open the circuit. */
const TOLERATED = 5;
const WINDOW = 10;
/** How long an open circuit rests (contract, section 8). */
const OPEN_MS = 10_000;
/** A spent quota is probed about once a minute (contract, section 7). */
const QUOTA_REST = 60_000;
/** No CRM is left alone longer than a day, whatever it asks for. */
const LONGEST_REST = 24 * 60 * 60_000;

/** Until when the CRM is left alone (milliseconds since 1970), and why. */
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

  constructor(
    name: string,
    clock: Clock,
    onChange: (state: CircuitState, reason: ConnectorErrorKind | undefined) => void,
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get state(): CircuitState {
    if (this.#open === undefined) return 'closed';
    return this.#probing || this.#clock.now() >= this.#open.until ? 'half_open' : 'open';
  }

  /** Why the circuit is not closed, and until when it rests. */
  get open(): OpenState | undefined {
    return this.#open;
  }

  /**
   * Asks to call the CRM.
   * @throws {CircuitOpenError} of the kind that opened the circuit, while it rests or another call probes.
   */
  acquire(): Permit {
    const probed = this.#open;
    if (probed !== undefined) {
      const left = probed.until - this.#clock.now();
      if (left > 0 || this.#probing) {
        throw new CircuitOpenError(this.#name, probed.reason, Math.max(0, left));
      }
      this.#probing = true;
      this.#onChange('half_open', probed.reason);
    }
    return {
      succeed: () => this.#succeed(probed),
      fail: (kind, retryAfterMs) =>
        // Settings that do not fit say nothing against the CRM: it has answered.
        kind === 'misconfigured' ? this.#succeed(probed) : this.#fail(probed, kind, retryAfterMs),
    };
  }

  /** Leaves the CRM alone for a reason seen before a call was made, such as a nearly spent quota. */
  trip(reason: ConnectorErrorKind, ms: number): void {
    const until = this.#clock.now() + Math.min(ms, LONGEST_REST);
    if (this.#open !== undefined && this.#open.until >= until) return;
    this.#open = { until, reason };
    this.#recent = [];
    this.#onChange('open', reason);
  }

  /** @param probed the rest that the call was to end; `undefined` for a call while the circuit was closed. */
  #succeed(probed: OpenState | undefined): void {
    this.#count(false);
    if (probed === undefined) return;
    this.#probing = false;
    // Another call may have brought a rest of its own since then, such as a 429.
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
    const asked = retryAfterMs !== undefined && retryAfterMs >= 0 ? retryAfterMs : undefined;
    const tooMany = this.#count(true);
    if (probed === undefined && !tooMany && !tripsImmediately(kind) && !asked) return;
    this.trip(kind, asked ?? (kind === 'quota' ? QUOTA_REST : OPEN_MS));
  }

  /** @returns whether this failure is one too many. */
  #count(failed: boolean): boolean {
    this.#recent = [...this.#recent.slice(1 - WINDOW), failed];
    return failed && this.#recent.filter(Boolean).length >= TOLERATED;
  }
}

/** Kinds with which the CRM itself says that it wants no more calls. */
function tripsImmediately(kind: ConnectorErrorKind): boolean {
  return kind === 'rate_limited' || kind === 'quota' || kind === 'auth';
}
