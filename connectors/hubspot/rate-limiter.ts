/**
 * Keeps one connection within HubSpot's limits, so that no request gets a 429. Three budgets: the burst limit
 * (100, 190 or 250 requests per rolling ten seconds), associations (exempt from it, with a separate limit)
 * and search (5 a second per account). The smallest tier is assumed until HubSpot reports its limit.
 * Source: docs/developer-tooling/platform/usage-guidelines.
 */
import { setTimeout } from 'node:timers/promises';
import {
  ConnectorError,
  NotAttemptedError,
  Semaphore,
  type ConnectorErrorKind,
  type Quota,
} from '../../src/connector/index.ts';
import type { HubSpotError } from './errors.ts';

/** Time that passes, real or that of a test: waiting and measuring go by the same clock. */
export interface Time {
  /** Milliseconds from any starting point; never goes back. */
  now(): number;
  /** Resolves after `ms`; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const realTime: Time = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};

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
/** The same while others use the token, too: one process of several comes less often. */
const MAX_SHARED_PAUSE_MS = 2_000;
/** How fast the own part may grow into what the others leave. */
const GROWTH = 1.5;
/** Requests of a small lookup: so many count as the own part at least, and so many others may send at any time. */
const SMALL_LOOKUP = 4;
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
   * @throws {ConnectorError} with the kind and the remaining time of a pause that HubSpot asked for.
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
      if (retryAfterMs === 0)
        throw new ConnectorError('timeout', 'HubSpot: no time left', { cause });
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
    const { general } = this.#windows;
    return Math.max(0, this.#nextAt - this.#time.now(), general.waitMs(1, general.unreported));
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
    const { kind, retryAfterMs = DEFAULT_PAUSE_MS, response } = error;
    if (kind !== 'rate_limited' && kind !== 'quota') return;
    const pause = { until: this.#time.now() + retryAfterMs, kind };
    // HubSpot knows better than this window when there is room again.
    if (response.isTimeNamed === true) this.#windows[budget].freeBy(pause.until);
    const paused = kind === 'quota' || response.status === 477 ? budgets : [budget];
    for (const each of paused) this.#pauses.set(each, pause);
  }

  /** The day's calls of the whole account; HubSpot does not report them to OAuth apps. */
  quota(resetsAt: number | undefined): Quota | undefined {
    return this.#daily && { ...this.#daily, ...(resetsAt === undefined ? {} : { resetsAt }) };
  }

  #countForPacing(weight: number): void {
    const { limit, windowMs, others } = this.#windows.general;
    const now = this.#time.now();
    const next = Math.max(this.#nextAt, now - (windowMs * BURST_SHARE) / PACED_SHARE);
    const maxPauseMs = others > 0 ? MAX_SHARED_PAUSE_MS : MAX_PAUSE_MS;
    this.#nextAt = Math.min(
      next + (weight * windowMs) / this.#ownPart(limit * PACED_SHARE),
      now + maxPauseMs,
    );
  }

  /**
   * How many of so many requests are for this process: in the proportion in which it and the others used them lately,
   * so that all together keep within them; and what the others leave, but not at once, since each sees that.
   */
  #ownPart(requests: number): number {
    const { used, others } = this.#windows.general;
    const own = Math.max(SMALL_LOOKUP, used - others);
    const part = (requests * own) / (own + others);
    return Math.max(part, Math.min(requests - others, part * GROWTH));
  }

  #assertNotPaused(budget: Budget, slot?: Slot): void {
    const pause = this.#pauses.get(budget);
    const leftMs = (pause?.until ?? 0) - this.#time.now();
    if (pause === undefined || leftMs <= 0) return;
    slot?.release(false);
    const message = `HubSpot asked not to be called for another ${Math.ceil(leftMs / 1_000)} s`;
    throw new ConnectorError(pause.kind, message, { retryAfterMs: Math.ceil(leftMs) });
  }
}

/** A request that counts against the window. */
export interface Slot {
  /** To be called once, when the request has ended, or with `false` when it was never sent. */
  release(sent?: boolean): void;
}

interface Counted {
  at: number;
  isInFlight: boolean;
  readonly isOfOthers: boolean;
}

/** An aborted request may still be on its way when its time in the window ends. */
const MARGIN_MS = 250;

/** At no moment were more than `limit` requests sent within `windowMs`. */
export class SlidingWindow {
  /** Requests per window; may change at any time. */
  limit: number;
  windowMs: number;
  readonly #time: Time;
  readonly #queue = new Semaphore(1);
  /**
   * The requests that count. HubSpot counts each at some moment between sending and response, so it counts
   * here from its sending until a whole window after its response.
   */
  #counted: Counted[] = [];
  #syncedAt = -Infinity;

  constructor(time: Time, limit: number, windowMs: number) {
    this.#time = time;
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** How many requests count at this moment. */
  get used(): number {
    const past = this.#time.now() - this.windowMs - MARGIN_MS;
    this.#counted = this.#counted.filter(({ at, isInFlight }) => isInFlight || at > past);
    return this.#counted.length;
  }

  /** How many of them others have sent, as far as that was reported. */
  get others(): number {
    return this.used - this.#counted.filter(({ isOfOthers }) => !isOfOthers).length;
  }

  /**
   * Waits, in order of arrival, until a request may be sent.
   * @param share of the limit that may be used up; background work leaves the rest to lookups.
   * @throws when the signal aborts first.
   */
  async acquire(signal: AbortSignal, share = 1): Promise<Slot> {
    // Background work does not queue: it would hold up every lookup behind it.
    const queue = share === 1 ? this.#queue : undefined;
    await queue?.acquire(signal);
    try {
      for (let ms = this.waitMs(share); ms > 0; ms = this.waitMs(share))
        await this.#time.sleep(ms, signal);
      signal.throwIfAborted();
      return this.#count();
    } finally {
      queue?.release();
    }
  }

  /**
   * @param reserve requests to leave room for.
   * @returns milliseconds until a request may be sent, if no other is sent before.
   */
  waitMs(share = 1, reserve = 0): number {
    const over = this.used - Math.max(1, Math.floor(this.limit * share) - reserve);
    if (over < 0) return 0;
    const now = this.#time.now();
    // A request in flight counts for at least a whole window more.
    const ends = this.#counted.map(({ at, isInFlight }) => (isInFlight ? now : at));
    const free = ends.sort((a, b) => a - b)[over] ?? now;
    return Math.max(1, free + this.windowMs + MARGIN_MS - now);
  }

  /** @param used requests the server has counted: those that are not ours came from others with the same token. */
  syncUsed(used: number): void {
    for (let missing = used - this.used; missing > 0; missing -= 1) this.#count(true).release();
    this.#syncedAt = this.#time.now();
  }

  /** How many requests others may have sent since the latest report. */
  get unreported(): number {
    const { others } = this;
    if (others === 0) return 0;
    const age = Math.min(1, (this.#time.now() - this.#syncedAt) / this.windowMs);
    return Math.min(Math.ceil(others * age) + SMALL_LOOKUP, Math.floor(this.limit / 4));
  }

  /** Lets no request that has ended count beyond that time. */
  freeBy(time: number): void {
    const latest = time - this.windowMs - MARGIN_MS;
    for (const entry of this.#counted) entry.at = Math.min(entry.at, latest);
  }

  #count(isOfOthers = false): Slot {
    const entry = { at: this.#time.now(), isInFlight: true, isOfOthers };
    this.#counted.push(entry);
    return {
      release: (sent = true) => {
        entry.at = this.#time.now();
        entry.isInFlight = false;
        if (!sent) this.#counted = this.#counted.filter((other) => other !== entry);
      },
    };
  }
}
