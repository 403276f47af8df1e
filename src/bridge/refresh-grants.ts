/** The grants of all connections: they outlive a reload, and what is newest in one process reaches the others. */
import type { RefreshGrant } from '../connector/contract.ts';
import { KeptGrant } from '../connector/refresh-grant.ts';
import type { MonotonicClock } from '../model/clock.ts';
import { withTimeout } from '../model/clock.ts';
import { SharedGrant } from '../redis/shared-grant.ts';
import type { SharedRedis } from '../redis/shared-redis.ts';

const SYNC_EVERY_MS = 5_000;
/** The process does not end in the middle of a request: its answer may hold the only refresh token that is good. */
const END_TIMEOUT_MS = 2_000;

export class RefreshGrants {
  readonly #clock: MonotonicClock;
  readonly #openShared: () => SharedRedis | undefined;
  readonly #grants = new Map<string, KeptGrant>();
  #shared: SharedRedis | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param openShared where other processes find what this one was granted; called when there is a grant. */
  constructor(clock: MonotonicClock, openShared: () => SharedRedis | undefined) {
    this.#clock = clock;
    this.#openShared = openShared;
  }

  /** @param configured the refresh token of the settings. @param newest known otherwise, such as from a file. */
  of(configured: string, newest = configured): RefreshGrant {
    const known = this.#grants.get(configured);
    if (known !== undefined) return known;
    if (this.#grants.size === 0) this.#join();
    const store = this.#shared && new SharedGrant(this.#shared, configured, this.#clock);
    const grant = new KeptGrant(newest, this.#clock, store);
    this.#grants.set(configured, grant);
    void grant.sync();
    return grant;
  }

  /** Waits for the requests that are under way, for two seconds at most. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const settled = [...this.#grants.values()].map((grant) => grant.settled());
    await withTimeout(Promise.all(settled), END_TIMEOUT_MS);
  }

  #join(): void {
    this.#shared = this.#openShared();
    if (this.#shared === undefined) return;
    this.#shared.listen({ onJoin: () => this.#sync() });
    this.#timer = setInterval(() => void this.#sync(), SYNC_EVERY_MS).unref();
  }

  async #sync(): Promise<void> {
    await Promise.all([...this.#grants.values()].map((grant) => grant.sync()));
  }
}
