/** What the public route did in the last 15 minutes, for the console's charts. Of fixed size, whatever the load. */
import { toIsoString, type MonotonicClock } from '../model/clock.ts';
import type { AnsweredRequest, RecentRequest } from './recent.ts';

const SLOT_MS = 30_000;
const SLOTS = 30;
/** Durations are counted in buckets that are 10 % wide, from 0.1 ms to 2 minutes. */
const BUCKET_RATIO = 1.1;
const SHORTEST_MS = 0.1;
const BUCKETS = 148;

/** The requests of half a minute, or of several. */
export interface ActivityFigures {
  /** With a right key. */
  readonly requests: number;
  /** Among the lookups, between 0 and 1, fresh or stale; `null` without a lookup. */
  readonly hitRatio: number | null;
  /** Milliseconds of lookups, to 5 %; `null` without a lookup. */
  readonly p95: number | null;
}

export interface ActivityReport {
  readonly slotSeconds: number;
  readonly total: ActivityFigures & {
    /** With a wrong key or for an unknown tenant. */
    readonly refused: number;
  };
  /** The oldest first; the last one has just begun. */
  readonly slots: readonly ActivityFigures[];
}

/** The latest request of a tenant on the public route. */
export type LastRequest = Pick<RecentRequest, 'time' | 'outcome'>;

export class Activity {
  readonly #clock: MonotonicClock;
  readonly #slots = Array.from({ length: SLOTS }, () => new Slot());
  readonly #lastRequests = new Map<string, AnsweredRequest>();

  constructor(clock: MonotonicClock) {
    this.#clock = clock;
  }

  add(request: AnsweredRequest): void {
    const { tenant, outcome, cache, ms } = request;
    const slot = this.#slotAt(this.#now());
    if (tenant === undefined) {
      if (outcome === 'unauthorized') slot.refused += 1;
      return;
    }
    this.#lastRequests.set(tenant, request);
    slot.requests += 1;
    if (cache === undefined || cache === 'bypass') return;
    slot.lookups += 1;
    if (cache === 'hit' || cache === 'stale') slot.hits += 1;
    const bucket = bucketOf(ms);
    slot.durations[bucket] = (slot.durations[bucket] ?? 0) + 1;
  }

  report(): ActivityReport {
    const now = this.#now();
    const slots = Array.from({ length: SLOTS }, (_, index) =>
      this.#slotAt(now - SLOTS + 1 + index, new Slot()),
    );
    const total = new Slot();
    for (const slot of slots) total.addAll(slot);
    return {
      slotSeconds: SLOT_MS / 1000,
      total: { ...total.figures(), refused: total.refused },
      slots: slots.map((slot) => slot.figures()),
    };
  }

  /** @returns `undefined` when there was none since the start. */
  lastRequest(tenant: string): LastRequest | undefined {
    const last = this.#lastRequests.get(tenant);
    return last && { time: toIsoString(last.at), outcome: last.outcome };
  }

  /** The number of the current slot since the start of the clock. */
  #now(): number {
    return Math.floor(this.#clock.monotonic() / SLOT_MS);
  }

  /** @param otherwise what is returned when nothing happened then; left out, the slot starts from zero. */
  #slotAt(number: number, otherwise?: Slot): Slot {
    const slot = this.#slots[((number % SLOTS) + SLOTS) % SLOTS] ?? new Slot();
    if (slot.number === number) return slot;
    if (otherwise !== undefined) return otherwise;
    slot.reset(number);
    return slot;
  }
}

class Slot {
  number = NaN;
  requests = 0;
  refused = 0;
  lookups = 0;
  hits = 0;
  readonly durations = new Uint32Array(BUCKETS);

  reset(number: number): void {
    this.number = number;
    this.requests = this.refused = this.lookups = this.hits = 0;
    this.durations.fill(0);
  }

  addAll({ requests, refused, lookups, hits, durations }: Slot): void {
    this.requests += requests;
    this.refused += refused;
    this.lookups += lookups;
    this.hits += hits;
    durations.forEach((count, bucket) => {
      this.durations[bucket] = (this.durations[bucket] ?? 0) + count;
    });
  }

  figures(): ActivityFigures {
    return {
      requests: this.requests,
      hitRatio: this.lookups === 0 ? null : this.hits / this.lookups,
      p95: this.lookups === 0 ? null : this.#percentile(0.95),
    };
  }

  #percentile(fraction: number): number {
    let left = Math.ceil(this.lookups * fraction);
    const bucket = this.durations.findIndex((count) => (left -= count) <= 0);
    return middleOf(bucket);
  }
}

function bucketOf(ms: number): number {
  const bucket = Math.floor(Math.log(ms / SHORTEST_MS) / Math.log(BUCKET_RATIO));
  return Math.min(BUCKETS - 1, Math.max(0, bucket));
}

/** Rounded to three digits, since a bucket is no more exact. */
function middleOf(bucket: number): number {
  return Number((SHORTEST_MS * BUCKET_RATIO ** (bucket + 0.5)).toPrecision(3));
}
