/**
 * How many people whom nobody knows may be looked up: whoever guesses addresses must not spend the CRM's quota.
 * Lookups under way count as if nobody knew them, so that guessing many at once gets no further.
 */
import type { Clock } from '../model/clock.ts';

export class UnknownLookupLimiter {
  readonly #most: number;
  readonly #per: number;
  readonly #clock: Clock;
  #count = 0;
  #pending = 0;
  #windowEnds = 0;

  /** @param most in `per` milliseconds, counted from the first one. */
  constructor({ most, per }: { readonly most: number; readonly per: number }, clock: Clock) {
    this.#most = most;
    this.#per = per;
    this.#clock = clock;
  }

  /** @returns whether a CRM may be asked for somebody; if so, `leave` is to be called when it has answered. */
  acquire(): boolean {
    if (this.#clock.now() >= this.#windowEnds) this.#count = 0;
    if (this.#count + this.#pending >= this.#most) return false;
    this.#pending += 1;
    return true;
  }

  /** @param asStranger a CRM was asked, and nobody knows the person. */
  release(asStranger: boolean): void {
    this.#pending -= 1;
    if (!asStranger) return;
    if (this.#count === 0) this.#windowEnds = this.#clock.now() + this.#per;
    this.#count += 1;
  }
}
