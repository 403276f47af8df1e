/**
 * Keeps one connection within HubSpot's limits, without ever provoking a 429. Three budgets: the burst limit
 * (100, 190 or 250 requests per rolling ten seconds), associations (exempt from it, with a limit of their
 * own) and search (5 a second per account). Until HubSpot tells, the smallest tier is assumed.
 * Source: docs/developer-tooling/platform/usage-guidelines.
 */
import type { ConnectorErrorKind, Quota } from '../../src/connector/index.ts';
import { HubSpotError } from './errors.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Time } from './time.ts';
import { SlidingWindow, type Permit } from './sliding-window.ts';

export type Budget = 'general' | 'associations' | 'search';

/** What a request is for, as far as its turn depends on it: labels leave half of the budget to lookups. */
export type Role = 'beginning' | 'continuation' | 'background';

/** Requests per ten seconds of the free tier. */
const SMALLEST_TIER = 100;
const BURST_MS = 10_000;
/** Burst limit from which on a tier's association limit holds, largest first. */
const ASSOCIATIONS = [
  { from: 250, limit: 200 },
  { from: 190, limit: 150 },
  { from: 0, limit: 100 },
];
/** Of the account's 5 a second: the rest is for its other programs. */
const SEARCHES = 4;
/** The share of a budget that work in the background may use. */
const BACKGROUND = 0.5;
/** Milliseconds without calls when HubSpot does not say how long, and the account's midnight is unknown. */
const REST = 60_000;

export class RateLimiter {
  readonly #time: Time;
  readonly #windows: Readonly<Record<Budget, SlidingWindow>>;
  readonly #bucket: TokenBucket;
  readonly #blocks = new Map<
    Budget,
    { readonly until: number; readonly kind: ConnectorErrorKind }
  >();
  #daily: { readonly limit: number; readonly remaining: number } | undefined;

  /** @param callers how many lookups may wait for their turn; see {@link TokenBucket}. */
  constructor(time: Time, callers: number) {
    this.#time = time;
    this.#bucket = new TokenBucket(time, SMALLEST_TIER, BURST_MS, callers);
    this.#windows = {
      general: new SlidingWindow(time, SMALLEST_TIER, BURST_MS),
      associations: new SlidingWindow(time, SMALLEST_TIER, BURST_MS),
      search: new SlidingWindow(time, SEARCHES, 1_000),
    };
  }

  /**
   * Waits until a request may be sent.
   * @throws {HubSpotError} `rate_limited` when there is no place before the signal aborts, or the kind and
   *   the remaining time of a rest that HubSpot asked for.
   */
  async acquire(budget: Budget, signal: AbortSignal, role: Role = 'continuation'): Promise<Permit> {
    this.#assertNotBlocked(budget);
    const window = this.#windows[budget];
    try {
      if (budget === 'general' && role === 'continuation') this.#bucket.consume();
      if (role === 'beginning') await this.#bucket.acquire(signal);
      const slot = await window.acquire(signal, role === 'background' ? BACKGROUND : 1);
      this.#assertNotBlocked(budget, slot);
      return slot;
    } catch (cause) {
      if (cause instanceof HubSpotError) throw cause;
      const retryAfterMs = Math.max(
        window.waitMs(),
        role === 'beginning' ? this.#bucket.waitMs() : 0,
      );
      if (retryAfterMs === 0) throw new HubSpotError('timeout', 'HubSpot: given up', { cause });
      throw new HubSpotError('rate_limited', `HubSpot: the limit of ${budget} calls is used up`, {
        cause,
        retryAfterMs,
      });
    }
  }

  /** Learns from the headers of an answer. Search tells nothing; associations have other limits. */
  updateFromHeaders(budget: Budget, headers: Readonly<Record<string, string>>): void {
    const number = (name: string): number | undefined => {
      const value = Number(headers[`x-hubspot-ratelimit-${name}`] ?? Number.NaN);
      return Number.isFinite(value) && value >= 0 ? value : undefined;
    };
    const [limit, remaining] = [number('daily'), number('daily-remaining')];
    if (limit !== undefined && limit > 0 && remaining !== undefined)
      this.#daily = { limit, remaining };
    const [max, left] = [number('max'), number('remaining')];
    if (budget !== 'general' || max === undefined || max < 1) return;
    const { general, associations } = this.#windows;
    general.limit = max;
    general.length = number('interval-milliseconds') ?? general.length;
    associations.limit = ASSOCIATIONS.find(({ from }) => max >= from)?.limit ?? SMALLEST_TIER;
    this.#bucket.resize(general.limit, general.length);
    if (left !== undefined) general.syncUsed(max - left);
  }

  /** Takes a refusal to heart: no request of this budget (after 477 and DAILY: of any) before its time. */
  onLimited(budget: Budget, error: HubSpotError): void {
    const { kind } = error;
    if (error.status === undefined || (kind !== 'rate_limited' && kind !== 'quota')) return;
    const retryAfterMs = error.retryAfterMs ?? REST;
    const all = kind === 'quota' || error.status === 477;
    const rest = { until: this.#time.now() + retryAfterMs, kind };
    for (const each of all ? budgets : [budget]) this.#blocks.set(each, rest);
  }

  /** The day's calls of the whole account; HubSpot does not tell it to OAuth apps. */
  quota(resetsAt: number | undefined): Quota | undefined {
    if (this.#daily === undefined) return undefined;
    const { limit, remaining } = this.#daily;
    const used = Math.max(0, limit - remaining);
    return resetsAt === undefined ? { used, limit } : { used, limit, resetsAt };
  }

  #assertNotBlocked(budget: Budget, slot?: Permit): void {
    const rest = this.#blocks.get(budget);
    if (rest === undefined) return;
    const left = rest.until - this.#time.now();
    if (left <= 0) {
      this.#blocks.delete(budget);
      return;
    }
    slot?.release(false);
    throw new HubSpotError(rest.kind, 'HubSpot asked not to be called for a while', {
      retryAfterMs: Math.ceil(left),
    });
  }
}

const budgets: readonly Budget[] = ['general', 'associations', 'search'];
