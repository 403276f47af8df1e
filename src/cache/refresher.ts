/** Refreshes stale entries in the background: of processes that share a store, one does it for all. */
import type { CacheEvent } from '../model/outcome.ts';
import type { Entry } from './entry.ts';
import type { EntryCache } from './entry-cache.ts';
import type { FailureBackoff } from './failure-backoff.ts';
import { isFresh, type Flights, type Source } from './flights.ts';
import type { SharedLevel } from './shared-level.ts';

export interface RefresherOptions {
  readonly entries: EntryCache;
  readonly flights: Flights;
  readonly backoff: FailureBackoff;
  readonly shared: SharedLevel | undefined;
  readonly onEvent: (connection: string, event: CacheEvent) => void;
}

export class Refresher {
  readonly #options: RefresherOptions;
  /** What this process asks to refresh. */
  readonly #claiming = new Set<string>();

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /** Whether there is a reason to refresh a stale entry now. */
  isDue(key: string): boolean {
    const { flights, backoff } = this.#options;
    return !flights.has(key) && backoff.mayRefresh(key);
  }

  /** @param connection its name. */
  refresh<T>(connection: string, key: string, source: Source<T>): void {
    const { shared } = this.#options;
    if (shared === undefined) void this.#refresh(connection, key, source);
    else void this.#refreshOnce(shared, connection, key, source);
  }

  /** By one process: the others take what it has found. */
  async #refreshOnce<T>(
    shared: SharedLevel,
    connection: string,
    key: string,
    source: Source<T>,
  ): Promise<void> {
    if (this.#claiming.has(key)) return;
    this.#claiming.add(key);
    const isClaimed = await shared.claim(key);
    this.#claiming.delete(key);
    const { flights } = this.#options;
    if (flights.has(key)) return;
    if (!isClaimed) return flights.adoptFresh(shared, key, source);
    if (await this.#refresh(connection, key, source)) shared.release(key);
  }

  /** @returns whether what is cached has been replaced; a part does not replace all of a person. */
  async #refresh<T>(connection: string, key: string, source: Source<T>): Promise<boolean> {
    const { entries, flights, onEvent } = this.#options;
    onEvent(connection, 'refresh');
    const isBetter = ({ partial }: Entry<T>) => !(partial && entries.isWhole(key));
    // Another process may have refreshed it; what is stale there is no use.
    const { entry } = flights.start(key, source, {
      fetch: source.fetch,
      isUsable: (hit) => isFresh(hit) && isBetter(hit.entry),
    });
    const isReplaced = await entry.then(isBetter, () => false);
    if (!isReplaced) onEvent(connection, 'refresh_failed');
    return isReplaced;
  }
}
