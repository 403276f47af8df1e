/**
 * What one process has to say to all others: a stream in Redis with a bounded length. A process that was cut off
 * reads what it has missed, and one that has missed more than the stream still holds is informed of the gap.
 */
import type { RedisClient, Script } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import type { SharedMessageResult } from '../model/shared-events.ts';
import type { Sealing } from './sealing.ts';

/** What is published: plain JSON. */
export interface Message {
  readonly kind: string;
}

export interface Listener {
  /**
   * By the kind of message: gets what another process has published, which may be of another version. The next message
   * waits for it; one that is rejected is skipped.
   */
  readonly handlers?: Readonly<Record<string, (message: Message) => Promise<void>>>;
  /** Messages were missed that cannot be had any more. */
  onGap?(): Promise<void>;
  /** Joined, and all messages are read; what other processes wait for can be published. */
  onJoin?(): Promise<void>;
}

/**
 * KEYS: the stream, then names to delete. ARGV: content, the most messages, lifetime. Returns the
 * message before, this one, and which names were there.
 */
export const PUBLISH: Script = {
  mayExceedMemory: true,
  text: `local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[2], '*', 'm', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local there = {}
for i = 2, #KEYS do there[i - 1] = redis.call('UNLINK', KEYS[i]) end
return {newest and newest[1] or '0-0', id, there}`,
};

const MAX_MESSAGES = 10_000;
/** Longer than an entry is kept by default; a process that was away longer has missed what it held. */
export const STREAM_MS = 24 * 3_600_000;
/** Repeated when Redis has lost its data. */
const MAX_REPEATED = 1000;
const BATCH = 500;
/** An answer comes after this time at the latest, which also shows that Redis is there. */
const BLOCK_MS = 1000;
const TIMEOUT_MS = 1000;
const BEGINNING = '0-0';

interface Published {
  readonly at: number;
  readonly message: Message;
}

export class MessageStream {
  /** In Redis. */
  readonly name: string;
  readonly #sealing: Sealing;
  readonly #process: string;
  readonly #listeners: readonly Listener[];
  readonly #onMessage: (result: SharedMessageResult) => void;
  readonly #published: Published[] = [];
  #lastId: string | undefined;
  #readAt = 0;

  /** @param process its id: it does not read its own messages. @param onMessage for each one of another process. */
  constructor(
    sealing: Sealing,
    process: string,
    listeners: readonly Listener[],
    onMessage: (result: SharedMessageResult) => void,
  ) {
    this.name = sealing.plainName('messages');
    this.#sealing = sealing;
    this.#process = process;
    this.#listeners = listeners;
    this.#onMessage = onMessage;
  }

  /** The id of the latest message that has taken effect here. */
  get lastId(): string {
    return this.#lastId ?? BEGINNING;
  }

  /** @returns the arguments of {@link PUBLISH}; the message is repeated if Redis loses its data. */
  argumentsFor(message: Message): readonly (string | number | Buffer)[] {
    this.#published.push({ at: performance.now(), message });
    if (this.#published.length > MAX_REPEATED) this.#published.shift();
    return this.#arguments(message);
  }

  /** This process has published: unless there was something before, nothing is to be read. */
  published(before: string, id: string): void {
    if (before === this.lastId) this.#lastId = id;
  }

  /** Reads what was missed. @throws {RedisError} */
  async catchUp(client: RedisClient): Promise<void> {
    if (this.#lastId === undefined) {
      this.#lastId = await this.#edgeId(client, 'XREVRANGE', '+', '-');
    } else if (await this.#hasGap(client)) {
      for (const listener of this.#listeners) await listener.onGap?.();
      this.#lastId = await this.#edgeId(client, 'XREVRANGE', '+', '-');
    }
    for (;;) {
      const after = `(${this.lastId}`;
      const found = await client.call(TIMEOUT_MS, 'XRANGE', this.name, after, '+', 'COUNT', BATCH);
      const messages = found as StreamEntry[];
      await this.#apply(messages);
      if (messages.length < BATCH) break;
    }
    this.#readAt = performance.now();
  }

  /** Waits for the next messages. @throws {RedisError} */
  async next(client: RedisClient): Promise<void> {
    const args = ['COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', this.name, this.lastId];
    const answer = await client.call(BLOCK_MS + TIMEOUT_MS, 'XREAD', ...args);
    const [, messages = []] = entriesOf(answer);
    await this.#apply(messages);
    this.#readAt = performance.now();
  }

  /** @param newest the id of the newest message in Redis; one below those `known` before: it has lost its data. */
  async checkNewest(client: RedisClient, newest: string, known: string): Promise<void> {
    if (compareIds(newest, known) < 0) await this.#restore(client);
  }

  async #hasGap(client: RedisClient): Promise<boolean> {
    const { lastId } = this;
    if (lastId === BEGINNING) return false;
    if (performance.now() - this.#readAt > STREAM_MS) return true;
    const oldest = await this.#edgeId(client, 'XRANGE', '-', '+');
    if (oldest !== BEGINNING && compareIds(oldest, lastId) <= 0) return false;
    const length = Number(await client.call(TIMEOUT_MS, 'XLEN', this.name));
    if (length >= MAX_MESSAGES) return true;
    await this.#restore(client);
    return false;
  }

  /** Redis has lost its data: each process says again what it has said, for those that have missed it. */
  async #restore(client: RedisClient): Promise<void> {
    this.#lastId = BEGINNING;
    const oldest = performance.now() - STREAM_MS;
    for (const { at, message } of this.#published) {
      if (at < oldest) continue;
      await client.run(TIMEOUT_MS, PUBLISH, [this.name], this.#arguments(message));
    }
  }

  async #apply(messages: readonly StreamEntry[]): Promise<void> {
    for (const [id, [, sealed]] of messages) {
      const result = await this.#handle(sealed ?? EMPTY);
      if (result !== undefined) this.#onMessage(result);
      if (compareIds(String(id), this.lastId) > 0) this.#lastId = String(id);
    }
  }

  /** @returns what became of it; `undefined` for one of this process. Never rejects: a bad message fails alone. */
  async #handle(sealed: Buffer): Promise<SharedMessageResult | undefined> {
    const text = this.#sealing.open(this.name, sealed);
    if (text === undefined) return 'unreadable';
    try {
      const { from, content } = JSON.parse(text) as Envelope;
      if (from === this.#process) return undefined;
      const { kind } = content;
      const listeners = this.#listeners.filter(({ handlers = {} }) =>
        Object.hasOwn(handlers, kind),
      );
      for (const { handlers } of listeners) await handlers?.[kind]?.(content);
      return listeners.length > 0 ? 'applied' : 'unknown';
    } catch {
      return 'invalid';
    }
  }

  async #edgeId(client: RedisClient, command: string, from: string, to: string): Promise<string> {
    const found = await client.call(TIMEOUT_MS, command, this.name, from, to, 'COUNT', 1);
    const [edge] = found as StreamEntry[];
    return edge === undefined ? BEGINNING : String(edge[0]);
  }

  #arguments(content: Message): readonly (string | number | Buffer)[] {
    const envelope: Envelope = { from: this.#process, content };
    return [this.#sealing.seal(this.name, JSON.stringify(envelope)), MAX_MESSAGES, STREAM_MS];
  }
}

interface Envelope {
  readonly from: string;
  readonly content: Message;
}

const EMPTY = Buffer.alloc(0);

type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]];

/** Of one stream; RESP3 has a flat list of names and entries, RESP2 a list of pairs, and nothing is null. */
function entriesOf(answer: unknown): readonly [name?: unknown, entries?: readonly StreamEntry[]] {
  if (answer === null) return [];
  if (!Array.isArray(answer)) throw new RedisError('invalid');
  const [first] = answer as readonly unknown[];
  return (Array.isArray(first) ? first : answer) as [unknown, readonly StreamEntry[]];
}

/** `MILLISECONDS-NUMBER`. */
function compareIds(a: string, b: string): number {
  const [aTime = 0, aNumber = 0] = a.split('-').map(Number);
  const [bTime = 0, bNumber = 0] = b.split('-').map(Number);
  return aTime - bTime || aNumber - bNumber;
}
