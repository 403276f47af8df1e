/** The level that several processes share, behind the memory of each: its faults are misses. */
import { z } from 'zod';
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { PackedEntry } from './entry.ts';
import type { SearchedEntries } from './person-search.ts';
import { RedisStore } from './redis-store.ts';
import type { SetOptions, StoredEntry } from './store.ts';

export interface PersonPurge {
  /** Of the connections. */
  readonly prefixes: readonly string[];
  readonly email: string;
  /** Keys and links that are known to be the person's. */
  readonly names: readonly string[];
}

export type PurgeMessage =
  | (PersonPurge & { readonly kind: 'person' })
  | { readonly kind: 'connection'; readonly prefix: string };

const PURGE_MESSAGE: z.ZodType<PurgeMessage> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('person'),
    prefixes: z.array(z.string()),
    email: z.string(),
    names: z.array(z.string()),
  }),
  z.object({ kind: z.literal('connection'), prefix: z.string() }),
]);

/** What drops from the memory of this process. `isRepeated`: the other processes are to be informed, too. */
export interface PurgeHandler {
  person(purge: PersonPurge, isRepeated: boolean): Promise<unknown>;
  connection(prefix: string, isRepeated: boolean): Promise<unknown>;
  all(): Promise<unknown>;
}

/** Longer than a refresh takes; after one that failed no process tries again for so long. */
const CLAIM_MS = 10_000;
/** More purges of people while Redis is away become purges of their connections. */
const MAX_PENDING = 1000;

export class SharedLevel {
  readonly #redis: SharedRedis;
  readonly #store: RedisStore;
  /** What Redis and the other processes have not heard of yet. */
  #pending: PurgeMessage[] = [];

  constructor(redis: SharedRedis) {
    this.#redis = redis;
    this.#store = new RedisStore(redis);
  }

  /** @returns in 50 ms at the latest; never rejects. Whether it was a hit is for {@link report} to say. */
  async get(key: string): Promise<StoredEntry | undefined> {
    try {
      return await this.#store.get(key);
    } catch {
      return undefined;
    }
  }

  /** @param hit what the entry was worth, by the times of this process. */
  report(hit: 'hit' | 'stale' | 'miss'): void {
    this.#redis.events.entry(hit);
  }

  /**
   * Writes, or deletes what is there when the entry has no lifetime, while the answer is already sent. A partial entry
   * never replaces another.
   */
  write(key: string, entry: PackedEntry, lifetimeMs: number, options?: SetOptions): void {
    if (entry.partial && lifetimeMs <= 0) return;
    const written: Promise<unknown> =
      lifetimeMs > 0 ? this.#store.set(key, entry, lifetimeMs, options) : this.#store.delete(key);
    // Failures are counted where they occur.
    written.catch(() => undefined);
  }

  /** For a purge; what cannot be had is not there. */
  readonly searched: SearchedEntries = {
    peek: (key) => this.#store.peek(key).catch(() => undefined),
    keysOf: (link) => this.#store.keysOf(link).catch(() => []),
  };

  /**
   * Informs the other processes of a purge and deletes entries, both as soon as Redis is there.
   * @returns the keys of the entries that were there.
   */
  async publish(message: PurgeMessage, keys: readonly string[] = []): Promise<readonly string[]> {
    try {
      return await this.#store.publish(message, keys);
    } catch {
      this.#pending.push(message);
      if (this.#pending.length > MAX_PENDING) this.#pending = connectionsOf(this.#pending);
      return [];
    }
  }

  /**
   * Whether this process may refresh an entry, so that the others do not; it holds for ten seconds.
   * @returns true while Redis is away; never rejects.
   */
  async claim(key: string): Promise<boolean> {
    try {
      return await this.#store.claim(key, CLAIM_MS);
    } catch {
      return true;
    }
  }

  /** The entry was refreshed. */
  release(key: string): void {
    this.#store.release(key).catch(() => undefined);
  }

  /** @returns how many entries there were. */
  clear(prefix: string): Promise<number> {
    return this.#store.clear(prefix).catch(() => 0);
  }

  /** @param handler of this process; to be set before it is joined. */
  onPurge(handler: PurgeHandler): void {
    const run = async (message: PurgeMessage, isRepeated: boolean) => {
      if (message.kind === 'person') await handler.person(message, isRepeated);
      else await handler.connection(message.prefix, isRepeated);
    };
    const handle = (message: unknown) => run(PURGE_MESSAGE.parse(message), false);
    this.#redis.listen({
      handlers: { person: handle, connection: handle },
      onGap: async () => {
        await handler.all();
      },
      onJoin: async () => {
        for (const message of this.#pending.splice(0)) await run(message, true);
      },
    });
  }
}

function connectionsOf(messages: readonly PurgeMessage[]): PurgeMessage[] {
  const prefixes = messages.flatMap((message) =>
    message.kind === 'person' ? message.prefixes : [message.prefix],
  );
  return [...new Set(prefixes)].map((prefix) => ({ kind: 'connection', prefix }));
}
