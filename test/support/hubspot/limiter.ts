/** HubSpot's limits, as the emulator keeps them: rolling windows per token, a daily count per account. */

export type Tier = 'free' | 'professional' | 'increased' | 'oauth';

/** Requests per ten seconds, associations per ten seconds, requests per day. */
const tiers: Readonly<Record<Tier, { burst: number; associations: number; daily: number }>> = {
  free: { burst: 100, associations: 100, daily: 250_000 },
  professional: { burst: 190, associations: 150, daily: 625_000 },
  increased: { burst: 250, associations: 200, daily: 2_000_000 },
  oauth: { burst: 110, associations: 100, daily: Number.POSITIVE_INFINITY },
};

export type Kind = 'general' | 'associations' | 'search';
export type Policy = 'TEN_SECONDLY_ROLLING' | 'DAILY' | 'SECONDLY';

export class Limiter {
  readonly limits;
  dailyUsed = 0;
  readonly #now: () => number;
  readonly #windows = new Map<string, number[]>();

  /** @param now milliseconds. */
  constructor(tier: Tier, now: () => number) {
    this.limits = { ...tiers[tier] };
    this.#now = now;
  }

  /** Counts a request. @returns the policy that forbids it, or `undefined`. */
  take(token: string, kind: Kind): Policy | undefined {
    if (this.dailyUsed >= this.limits.daily) return 'DAILY';
    const window = this.#window(token, kind);
    const limit = { general: this.limits.burst, associations: this.limits.associations, search: 5 };
    if (window.length >= limit[kind])
      return kind === 'search' ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING';
    window.push(this.#now());
    this.dailyUsed += 1;
    return undefined;
  }

  headers(token: string): Readonly<Record<string, string>> {
    const remaining = this.limits.burst - this.#window(token, 'general').length;
    const daily = {
      'x-hubspot-ratelimit-daily': `${this.limits.daily}`,
      'x-hubspot-ratelimit-daily-remaining': `${this.limits.daily - this.dailyUsed}`,
    };
    return {
      'x-hubspot-ratelimit-max': `${this.limits.burst}`,
      'x-hubspot-ratelimit-remaining': `${Math.max(0, remaining)}`,
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
      ...(Number.isFinite(this.limits.daily) ? daily : {}),
    };
  }

  /** The search limit belongs to the account, the others to the token. */
  #window(token: string, kind: Kind): number[] {
    const key = kind === 'search' ? kind : `${kind} ${token}`;
    const past = this.#now() - (kind === 'search' ? 1_000 : 10_000);
    const window = (this.#windows.get(key) ?? []).filter((at) => at > past);
    this.#windows.set(key, window);
    return window;
  }
}
