/**
 * Keeps one connection within HubSpot's limits, so that no request gets a 429. Three budgets: the burst limit
 * (100, 190 or 250 requests per rolling ten seconds), associations (exempt from it, with a separate limit)
 * and search (5 a second per account). The smallest tier is assumed until HubSpot reports its limit.
 * Source: docs/developer-tooling/platform/usage-guidelines.
 */
import type { ConnectorErrorKind, Quota } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import { SlidingWindow, TokenBucket, type Permit, type Time } from './throttles.ts';

const budgets = ['general', 'associations', 'search'] as const;
export type Budget = (typeof budgets)[number];

/** What a request is for, as far as its turn depends on it: `background` leaves half of the budget to lookups. */
export type Role = 'initial' | 'continuation' | 'background';

/** Requests per ten seconds of the free tier. */
const SMALLEST_TIER = 100;
const BURST_WINDOW_MS = 10_000;
/** Of the account's 5 a second: the rest is for its other programs. */
const SEARCHES_PER_SECOND = 4;
/** The share of a budget that background work may use. */
const BACKGROUND_SHARE = 0.5;
/** The pause when HubSpot does not say how long, and the account's midnight is unknown. */
const DEFAULT_PAUSE_MS = 60_000;

export class RateLimiter {
  readonly #time: Time;
  readonly #windows: Readonly<Record<Budget, SlidingWindow>>;
  readonly #bucket: TokenBucket;
  readonly #pauses = new Map<Budget, { until: number; kind: ConnectorErrorKind }>();
  #daily: Quota | undefined;

  /** @param maxWaiting how many lookups may wait for their turn; see {@link TokenBucket}. */
  constructor(time: Time, maxWaiting: number) {
    this.#time = time;
    this.#bucket = new TokenBucket(time, SMALLEST_TIER, BURST_WINDOW_MS, maxWaiting);
    this.#windows = {
      general: new SlidingWindow(time, SMALLEST_TIER, BURST_WINDOW_MS),
      associations: new SlidingWindow(time, SMALLEST_TIER, BURST_WINDOW_MS),
      search: new SlidingWindow(time, SEARCHES_PER_SECOND, 1_000),
    };
  }

  /**
   * Waits until a request may be sent.
   * @throws {HubSpotError} `rate_limited` when its turn does not come before the signal aborts, or the kind
   *   and the remaining time of a pause that HubSpot asked for.
   */
  async acquire(budget: Budget, signal: AbortSignal, role: Role = 'continuation'): Promise<Permit> {
    this.#assertNotPaused(budget);
    const window = this.#windows[budget];
    try {
      if (budget === 'general' && role === 'continuation') this.#bucket.consume();
      if (role === 'initial') await this.#bucket.acquire(signal);
      const permit = await window.acquire(signal, role === 'background' ? BACKGROUND_SHARE : 1);
      this.#assertNotPaused(budget, permit);
      return permit;
    } catch (cause) {
      if (cause instanceof HubSpotError) throw cause;
      const bucketMs = role === 'initial' ? this.#bucket.waitMs() : 0;
      const retryAfterMs = Math.max(window.waitMs(), bucketMs);
      if (retryAfterMs === 0) throw new HubSpotError('timeout', 'HubSpot: no time left', { cause });
      throw new HubSpotError('rate_limited', `HubSpot: the limit of ${budget} calls is used up`, {
        cause,
        retryAfterMs,
      });
    }
  }

  /** Takes the limits from a response. Search reports none; associations have other limits. */
  updateFromHeaders(budget: Budget, headers: Readonly<Record<string, string>>): void {
    const read = (name: string): number | undefined => {
      const value = Number(headers[`x-hubspot-ratelimit-${name}`] ?? NaN);
      return Number.isFinite(value) && value >= 0 ? value : undefined;
    };
    const [dailyLimit, dailyRemaining] = [read('daily'), read('daily-remaining')];
    if (dailyLimit !== undefined && dailyLimit > 0 && dailyRemaining !== undefined)
      this.#daily = { used: Math.max(0, dailyLimit - dailyRemaining), limit: dailyLimit };
    const [limit, remaining] = [read('max'), read('remaining')];
    if (budget !== 'general' || limit === undefined || limit < 1) return;
    const { general, associations } = this.#windows;
    general.limit = limit;
    general.windowMs = read('interval-milliseconds') ?? general.windowMs;
    associations.limit = limit >= 250 ? 200 : limit >= 190 ? 150 : SMALLEST_TIER;
    this.#bucket.resize(general.limit, general.windowMs);
    if (remaining !== undefined) general.syncUsed(limit - remaining);
  }

  /** Pauses the budget (after 477 and DAILY: all budgets) for the time the error names. */
  onLimited(budget: Budget, error: HubSpotError): void {
    const { kind, status, retryAfterMs = DEFAULT_PAUSE_MS } = error;
    if (status === undefined || (kind !== 'rate_limited' && kind !== 'quota')) return;
    const pause = { until: this.#time.now() + retryAfterMs, kind };
    const paused = kind === 'quota' || status === 477 ? budgets : [budget];
    for (const each of paused) this.#pauses.set(each, pause);
  }

  /** The day's calls of the whole account; HubSpot does not report them to OAuth apps. */
  quota(resetsAt: number | undefined): Quota | undefined {
    return this.#daily && { ...this.#daily, ...(resetsAt === undefined ? {} : { resetsAt }) };
  }

  #assertNotPaused(budget: Budget, permit?: Permit): void {
    const pause = this.#pauses.get(budget);
    const leftMs = (pause?.until ?? 0) - this.#time.now();
    if (pause === undefined || leftMs <= 0) return;
    permit?.release(false);
    throw new HubSpotError(pause.kind, 'HubSpot asked not to be called for a while', {
      retryAfterMs: Math.ceil(leftMs),
    });
  }
}
