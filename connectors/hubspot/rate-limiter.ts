/**
 * Keeps one connection within HubSpot's limits, so that no request gets a 429. Three budgets: the burst limit
 * (100, 190 or 250 requests per rolling ten seconds), associations (exempt from it, with a separate limit)
 * and search (5 a second per account). The smallest tier is assumed until HubSpot reports its limit.
 * Source: docs/developer-tooling/platform/usage-guidelines.
 */
import {
  NotAttemptedError,
  type ConnectorErrorKind,
  type Quota,
} from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import { SlidingWindow, type Slot } from './sliding-window.ts';
import { type Time } from './time.ts';

const budgets = ['general', 'associations', 'search'] as const;
export type Budget = (typeof budgets)[number];

/** Requests per ten seconds of the free tier. */
const SMALLEST_TIER = 100;
const BURST_WINDOW_MS = 10_000;
/** Of the account's 5 a second: the rest is for its other programs. */
const SEARCHES_PER_SECOND = 4;
/**
 * Lookups are spaced so that they use at most {@link PACED_SHARE} of the burst limit; {@link BURST_SHARE} may be
 * used at once. The rest is room for full batches, which are not spaced.
 */
const PACED_SHARE = 0.65;
const BURST_SHARE = 0.25;
/** Agents wait for it, so one lookup of very many requests does not hold up the next any longer. */
const MAX_PAUSE_MS = 1_000;
/** The share of a budget that background work may use. */
const BACKGROUND_SHARE = 0.5;
/** The pause when HubSpot does not say how long, and the account's midnight is unknown. */
const DEFAULT_PAUSE_MS = 60_000;

export class RateLimiter {
  readonly #time: Time;
  readonly #windows: Readonly<Record<Budget, SlidingWindow>>;
  readonly #pauses = new Map<Budget, { until: number; kind: ConnectorErrorKind }>();
  #daily: Quota | undefined;
  /** When the pacing allows the next lookup. */
  #nextAt = -Infinity;

  constructor(time: Time) {
    this.#time = time;
    this.#windows = {
      general: new SlidingWindow(time, SMALLEST_TIER, BURST_WINDOW_MS),
      associations: new SlidingWindow(time, SMALLEST_TIER, BURST_WINDOW_MS),
      search: new SlidingWindow(time, SEARCHES_PER_SECOND, 1_000),
    };
  }

  /**
   * Waits until a request may be sent.
   * @param call `isBackground` leaves half of the budget to lookups; `weight` is what the pacing counts for it.
   * @throws {NotAttemptedError} `rate_limited` when its turn does not come before the signal aborts.
   * @throws {HubSpotError} with the kind and the remaining time of a pause that HubSpot asked for.
   */
  async acquire(
    budget: Budget,
    signal: AbortSignal,
    { isBackground = false, weight = 0 }: { isBackground?: boolean; weight?: number } = {},
  ): Promise<Slot> {
    this.#assertNotPaused(budget);
    const window = this.#windows[budget];
    let slot: Slot;
    try {
      slot = await window.acquire(signal, isBackground ? BACKGROUND_SHARE : 1);
    } catch (cause) {
      const retryAfterMs = window.waitMs();
      if (retryAfterMs === 0) throw new HubSpotError('timeout', 'HubSpot: no time left', { cause });
      const message = `HubSpot: the limit of ${budget} calls is used up`;
      throw new NotAttemptedError('rate_limited', message, { cause, retryAfterMs });
    }
    this.#assertNotPaused(budget, slot);
    if (weight > 0) this.#countForPacing(weight);
    return slot;
  }

  /**
   * Milliseconds until a lookup that is not a full batch should begin. Without it the first small lookups of a
   * busy minute would use up the window, and the next would wait for most of it. Held back a little, they become
   * fewer and larger instead: the bridge puts all people who wait meanwhile into one call.
   */
  pauseMs(): number {
    return Math.max(0, this.#nextAt - this.#time.now(), this.#windows.general.waitMs());
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
    if (remaining !== undefined) general.syncUsed(limit - remaining);
  }

  /** Pauses the budget (after 477 and DAILY: all budgets) for the time the error names. */
  onLimited(budget: Budget, error: HubSpotError): void {
    const { kind, status, retryAfterMs = DEFAULT_PAUSE_MS } = error;
    if (status === undefined || (kind !== 'rate_limited' && kind !== 'quota')) return;
    const pause = { until: this.#time.now() + retryAfterMs, kind };
    // HubSpot knows better than this window when there is room again.
    if (error.isTimeNamed) this.#windows[budget].freeBy(pause.until);
    const paused = kind === 'quota' || status === 477 ? budgets : [budget];
    for (const each of paused) this.#pauses.set(each, pause);
  }

  /** The day's calls of the whole account; HubSpot does not report them to OAuth apps. */
  quota(resetsAt: number | undefined): Quota | undefined {
    return this.#daily && { ...this.#daily, ...(resetsAt === undefined ? {} : { resetsAt }) };
  }

  #countForPacing(weight: number): void {
    const { limit, windowMs } = this.#windows.general;
    const now = this.#time.now();
    const next = Math.max(this.#nextAt, now - (windowMs * BURST_SHARE) / PACED_SHARE);
    this.#nextAt = Math.min(next + (weight * windowMs) / (limit * PACED_SHARE), now + MAX_PAUSE_MS);
  }

  #assertNotPaused(budget: Budget, slot?: Slot): void {
    const pause = this.#pauses.get(budget);
    const leftMs = (pause?.until ?? 0) - this.#time.now();
    if (pause === undefined || leftMs <= 0) return;
    slot?.release(false);
    const message = `HubSpot asked not to be called for another ${Math.ceil(leftMs / 1_000)} s`;
    throw new HubSpotError(pause.kind, message, { retryAfterMs: Math.ceil(leftMs) });
  }
}
