/** Keeps entries in a Redis that several processes share; its names and contents are encrypted. */
import { hash } from 'node:crypto';
import type { Message } from '../redis/message-stream.ts';
import type { SharedRedis } from '../redis/shared-redis.ts';
import { passedMs } from '../redis/redis-time.ts';
import type { Script } from '../redis/redis-client.ts';
import { PROFILE_WORDS } from '../model/profile-words.ts';
import type { PackedEntry } from './entry.ts';
import { CLAIM, GET, MARK_PURGED, SET, UNLINK } from './redis-store-scripts.ts';
import type { SetOptions, Store, StoredEntry } from './store.ts';

/** What is sealed under the name of an entry. */
interface Content {
  readonly key: string;
  /** With `packed` in base64. */
  readonly entry: PackedEntry;
  /** By Redis' clock, as are the others in milliseconds: the age follows from that, and from what is left. */
  readonly writtenAt: number;
  /** When it was written. */
  readonly ageMs: number;
  readonly lifetimeMs: number;
  readonly links: readonly string[];
}

/** What {@link GET} returns. */
interface Opened {
  readonly content: Content;
  readonly nowMs: number;
  readonly leftMs: number;
  readonly purgedAt: number;
}

/** The longest that an entry can live: the longest two durations of a configuration. */
const MARK_MS = 2 * (2 ** 31 - 1);

/** How many names one scan looks at, while Redis does nothing else. */
const SCAN_COUNT = 1000;

export class RedisStore implements Store {
  readonly #redis: SharedRedis;
  /** Versions of this program that know other words, or keep entries otherwise, do not read each other's entries. */
  readonly #format = hash('sha256', `4 ${JSON.stringify(PROFILE_WORDS)}`, 'base64url').slice(0, 8);

  /** The clock of Redis was set back since they were written. */
  #isOutdated = false;

  constructor(redis: SharedRedis) {
    this.#redis = redis;
    const drop = () => this.#dropOutdated().catch(() => undefined);
    redis.listen({ onJoin: drop });
    redis.time.onSetBack(() => {
      this.#isOutdated = true;
      void drop();
    });
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    return this.#stored(await this.#read(key, (...get) => this.#redis.read(...get)));
  }

  /** A partial entry is written only where there is none. */
  async set(
    key: string,
    entry: PackedEntry,
    lifetimeMs: number,
    { ageMs = 0, links = [] }: SetOptions = {},
  ): Promise<void> {
    const { sealing } = this.#redis;
    const names = this.#names(key);
    const inBase64 = { ...entry, packed: recoded(entry.packed, 'latin1', 'base64') };
    const writtenAt = this.#redis.time.now() ?? 0;
    const content: Content = { key, entry: inBase64, writtenAt, ageMs, lifetimeMs, links };
    const linkNames = links.map((link) => this.#linkNames(link)[0]);
    const [name] = names;
    const fields = linkNames.flatMap((linkName) => [
      name,
      sealing.seal(`${linkName} ${name}`, key),
    ]);
    const { name: messages, lastId } = this.#redis.messages;
    const sealed = sealing.seal(name, JSON.stringify(content));
    const isWritten = await this.#redis.run(
      'write',
      SET,
      [messages, ...names, ...linkNames],
      [lastId, sealed, Math.ceil(lifetimeMs), names.length, Number(entry.partial), ...fields],
    );
    this.#redis.events.entry(isWritten === 1 ? 'written' : 'refused');
  }

  /** @returns whether no other process has claimed the entry within that time. */
  async claim(key: string, ms: number): Promise<boolean> {
    return (await this.#redis.read(CLAIM, [this.#claimName(key)], [ms], 'claim')) === 1;
  }

  async release(key: string): Promise<void> {
    await this.#redis.command('claim', 'UNLINK', this.#claimName(key));
  }

  /** Not for a request that waits. @returns the entry. */
  async peek(key: string): Promise<PackedEntry | undefined> {
    return (await this.#peek(key))?.content.entry;
  }

  async keysOf(link: string): Promise<readonly string[]> {
    const { sealing } = this.#redis;
    const keys = new Set<string>();
    for (const linkName of this.#linkNames(link)) {
      const fields = (await this.#redis.command('purge', 'HGETALL', linkName)) as Buffer[];
      for (let at = 0; at + 1 < fields.length; at += 2) {
        const key = sealing.open(`${linkName} ${String(fields[at])}`, fields[at + 1] ?? EMPTY);
        if (key === undefined) continue;
        // An entry that was replaced may have other links now.
        const opened = await this.#peek(key);
        if (opened?.content.links.includes(link) === true) keys.add(key);
      }
    }
    return [...keys];
  }

  async delete(key: string): Promise<boolean> {
    return Number(await this.#redis.run('purge', UNLINK, this.#names(key))) > 0;
  }

  /** Deletes and marks entries, the first in one step with a message to the other processes. @returns the keys of those that were there. */
  async publish(message: Message, keys: readonly string[]): Promise<readonly string[]> {
    const names = keys.map((key) => this.#names(key));
    const marks = keys.map((key) => this.#purgeMarks(key)[0]);
    const [there] = await Promise.all([
      this.#redis.publish(message, names.flat()),
      this.#markPurged(marks),
    ]);
    let at = 0;
    return keys.filter((_, index) => {
      const from = at;
      at += names[index]?.length ?? 0;
      return there.slice(from, at).some(Boolean);
    });
  }

  async clear(prefix: string): Promise<number> {
    let count = 0;
    await this.#markPurged([this.#purgeMarks(groupOf(prefix))[0]]);
    for (const name of this.#redis.sealing.names('e', groupOf(prefix)))
      count += await this.#unlinkAll(name);
    return count;
  }

  /** @param name the beginning of those to delete. @returns how many. */
  async #unlinkAll(name: string): Promise<number> {
    let count = 0;
    let cursor = '0';
    do {
      const args = ['MATCH', `${name}:*`, 'COUNT', SCAN_COUNT] as const;
      const answer = await this.#redis.command('purge', 'SCAN', cursor, ...args);
      const [next, names] = answer as [Buffer, Buffer[]];
      cursor = String(next);
      if (names.length > 0)
        count += Number(await this.#redis.run('purge', UNLINK, names.map(String)));
    } while (cursor !== '0');
    return count;
  }

  /** Redis would keep them for too long, and marks of purges would hide what is written from now on. */
  async #dropOutdated(): Promise<void> {
    if (!this.#isOutdated) return;
    const { sealing } = this.#redis;
    for (const kind of ['e', 'l', 'd']) await this.#unlinkAll(sealing.plainName(kind));
    this.#isOutdated = false;
  }

  /** The connection to Redis belongs to those who share it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  async #markPurged(marks: readonly string[]): Promise<void> {
    if (marks.length > 0) await this.#redis.run('purge', MARK_PURGED, marks, [MARK_MS]);
  }

  #peek(key: string): Promise<Opened | undefined> {
    return this.#read(key, (...get) => this.#redis.run('purge', ...get));
  }

  async #read(
    key: string,
    call: (...get: readonly [Script, readonly string[], readonly number[]]) => Promise<unknown>,
  ): Promise<Opened | undefined> {
    const names = this.#names(key);
    const marks = [...this.#purgeMarks(groupOf(key)), ...this.#purgeMarks(key)];
    const learn = this.#redis.time.ask();
    const answer = await call(GET, [...names, ...marks], [names.length]);
    if (!Array.isArray(answer) || typeof answer[0] !== 'number') return undefined;
    const [nowMs, name, sealed, leftMs, purgedAt] = answer as [number, Buffer?, ...unknown[]];
    learn(nowMs);
    if (name === undefined || !Buffer.isBuffer(sealed)) return undefined;
    const text = this.#redis.sealing.open(String(name), sealed);
    if (text === undefined) {
      this.#redis.unreadable();
      return undefined;
    }
    const { entry, ...content } = JSON.parse(text) as Content;
    const packed = recoded(entry.packed, 'base64', 'latin1');
    return {
      content: { ...content, entry: { ...entry, packed } },
      ...{ nowMs, leftMs: Number(leftMs), purgedAt: Number(purgedAt) },
    };
  }

  /** @returns `undefined` for what was purged, has outlived its lifetime, or is of an unknown age. */
  #stored(opened: Opened | undefined): StoredEntry | undefined {
    if (opened === undefined) return undefined;
    const { content, nowMs, leftMs, purgedAt } = opened;
    const { entry, writtenAt, ageMs, lifetimeMs } = content;
    const sinceMs = passedMs(writtenAt, nowMs);
    if (sinceMs === undefined || sinceMs >= lifetimeMs || writtenAt < purgedAt) return undefined;
    return { entry, ageMs: ageMs + Math.max(sinceMs, lifetimeMs - leftMs) };
  }

  /** Of one entry, or all of a group. */
  #purgeMarks(key: string) {
    return this.#redis.sealing.names('d', key);
  }

  #names(key: string) {
    return this.#redis.sealing.names('e', groupOf(key), `${this.#format} ${key}`);
  }

  #claimName(key: string): string {
    return this.#redis.sealing.names('k', key)[0];
  }

  #linkNames(link: string) {
    return this.#redis.sealing.names('l', link);
  }
}

const EMPTY = Buffer.alloc(0);

function recoded(text: string | undefined, from: BufferEncoding, to: BufferEncoding) {
  return text === undefined ? undefined : Buffer.from(text, from).toString(to);
}

/** What comes before the last space: all keys of a connection have it in common, and {@link Store.clear} names it. */
function groupOf(key: string): string {
  return key.slice(0, key.lastIndexOf(' ') + 1);
}
