/**
 * The Redis that several processes share. It is joined or away; while it is away every call fails at once, and it
 * is tried again all the time. What is away never costs more than the few calls that find it out.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { SharedConfiguration } from '../config/configuration.ts';
import type { ConnectorLog } from '../connector/contract.ts';
import {
  SHARED_MESSAGE_RESULTS,
  type SharedEvents,
  type SharedFailure,
  type SharedMessageResult,
  type SharedOperation,
} from '../model/shared-events.ts';
import {
  MessageStream,
  PUBLISH,
  STREAM_MS,
  type Listener,
  type Message,
} from './message-stream.ts';
import { Presence } from './presence.ts';
import { RedisClient, type Script } from './redis-client.ts';
import { RedisError, toRedisError } from './redis-error.ts';
import { RedisTime } from './redis-time.ts';
import { Sealing } from './sealing.ts';

export interface SharedStatus {
  readonly isJoined: boolean;
  /** Why it is away, or that it takes no writes. */
  readonly problem: string | undefined;
  /** That share it, as last seen; 1 before it was joined. */
  readonly processes: number;
}

export interface SharedRedisOptions extends Pick<SharedConfiguration, 'url' | 'prefix'> {
  readonly keys?: readonly string[] | undefined;
  readonly log: Pick<ConnectorLog, 'info' | 'warn'>;
  readonly events: SharedEvents;
}

/** A caller that a request waits for waits no longer. */
const READ_TIMEOUT_MS = 50;
const WRITE_TIMEOUT_MS = 1000;
/** Between two attempts to join. */
const RETRY_MS = 300;
const JOIN_TIMEOUT_MS = 1000;
/** One of so many answers must come within {@link READ_TIMEOUT_MS} before it is joined. */
const PROBES = 3;
/** So many calls in a row without an answer, and it is away. */
const MAX_TIMEOUTS = 3;
/** How long the start of the process waits for it. */
const SETTLE_MS = 1000;
const PRESENCE_EVERY_MS = 1000;

export class SharedRedis {
  readonly sealing: Sealing;
  /** What Redis' clock shows. */
  readonly time = new RedisTime();
  /** Resolves when it was joined for the first time, or after a second of trying. */
  readonly settled: Promise<void>;
  readonly #options: SharedRedisOptions;
  readonly #presence: Presence;
  readonly #stream: MessageStream;
  readonly #listeners: Listener[] = [];
  #client: RedisClient | undefined;
  #isJoined = false;
  /** Ends the session with Redis, for the next one to be tried. */
  #leave: ((failure: SharedFailure) => void) | undefined;
  #failure: SharedFailure | undefined;
  /** Of the latest write, while others succeed. */
  #writeFailure: SharedFailure | undefined;
  #reported: SharedFailure | undefined;
  #timeouts = 0;
  /** Reported once each. */
  readonly #warned = new Set<string>();
  readonly #closing = new AbortController();
  #settle: () => void;

  constructor(options: SharedRedisOptions) {
    this.#options = options;
    this.sealing = new Sealing(options.prefix, options.keys);
    this.#presence = new Presence(this.sealing);
    const { id } = this.#presence;
    this.#stream = new MessageStream(this.sealing, id, this.#listeners, (result) =>
      this.#onMessage(result),
    );
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.settled = promise;
    const timer = setTimeout(() => resolve(undefined), SETTLE_MS).unref();
    this.#settle = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    options.events.joined(0);
    void this.#run();
  }

  get events(): SharedEvents {
    return this.#options.events;
  }

  /** The stream of messages, and the latest one that has taken effect here. */
  get messages(): Pick<MessageStream, 'name' | 'lastId'> {
    return this.#stream;
  }

  /** @param listener to be added at once, before it is joined. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** Neither joined yet nor failed. */
  get isStarting(): boolean {
    return !this.#isJoined && this.#failure === undefined;
  }

  status(): SharedStatus {
    const failure = this.#isJoined ? this.#writeFailure : this.#failure;
    return {
      isJoined: this.#isJoined,
      problem: this.isStarting ? 'not joined yet' : failure && new RedisError(failure).message,
      processes: this.#presence.count,
    };
  }

  /** For a request that waits. @throws {RedisError} at once while it is away. */
  read(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[] = [],
    operation: SharedOperation = 'read',
  ): Promise<unknown> {
    return this.#call(operation, (client) => client.run(READ_TIMEOUT_MS, script, keys, args));
  }

  /** For work that no request waits for. @throws {RedisError} at once while it is away. */
  run(
    operation: SharedOperation,
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[] = [],
  ): Promise<unknown> {
    return this.#call(operation, (client) => client.run(WRITE_TIMEOUT_MS, script, keys, args));
  }

  /** One command, like {@link run}. */
  command(
    operation: SharedOperation,
    command: string,
    ...args: readonly (string | number)[]
  ): Promise<unknown> {
    return this.#call(operation, (client) => client.call(WRITE_TIMEOUT_MS, command, ...args));
  }

  /**
   * Says something to all other processes, and deletes what is not right any more, in one step.
   * @param names to delete. @returns for each whether it was there. @throws {RedisError}
   */
  async publish(message: Message, names: readonly string[] = []): Promise<readonly boolean[]> {
    const args = this.#stream.argumentsFor(message);
    const answer = await this.run('purge', PUBLISH, [this.#stream.name, ...names], args);
    const [before, id, there] = answer as [Buffer, Buffer, number[]];
    this.#stream.published(String(before), String(id));
    return there.map((count) => count > 0);
  }

  /** An entry could not be opened. */
  unreadable(): void {
    this.events.entry('unreadable');
    const hint = 'it was changed, or written with a key that is missing in shared.keys';
    this.#warnOnce('an entry of the shared store cannot be read', { hint });
  }

  #onMessage(result: SharedMessageResult): void {
    this.events.message(result);
    const hint = SHARED_MESSAGE_RESULTS[result];
    if (hint !== undefined) this.#warnOnce('a message of another process was skipped', { hint });
  }

  #warnOnce(message: string, fields: Readonly<Record<string, string>>): void {
    const warning = JSON.stringify([message, fields]);
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    this.#options.log.warn(message, fields);
  }

  close(): void {
    this.#closing.abort();
    this.#settle();
    this.#leave?.('unreachable');
  }

  async #call<T>(
    operation: SharedOperation,
    work: (client: RedisClient) => Promise<T>,
  ): Promise<T> {
    const client = this.#client;
    // What is read and written before all messages are read may be what was purged.
    const isEarly = !this.#isJoined && (operation === 'read' || operation === 'write');
    if (client === undefined || isEarly) throw new RedisError(this.#failure ?? 'unreachable');
    try {
      const answer = await work(client);
      this.#timeouts = 0;
      if (operation === 'write') this.#writeFailure = undefined;
      this.events.call(operation, 'ok');
      return answer;
    } catch (thrown) {
      const { failure } = toRedisError(thrown);
      this.events.call(operation, failure);
      if (client === this.#client) this.#failed(operation, failure);
      throw thrown;
    }
  }

  #failed(operation: SharedOperation, failure: SharedFailure): void {
    if (failure === 'timeout') {
      this.#timeouts += 1;
      if (this.#timeouts >= MAX_TIMEOUTS) this.#leave?.(failure);
    } else if (failure === 'full') {
      // Reading still works.
      if (this.#writeFailure === undefined) this.#report(failure);
      this.#writeFailure = failure;
    } else if (failure === 'invalid') {
      const reason = new RedisError(failure).message;
      const hint = 'another program writes to it, or the clock of its machine was set back';
      this.#warnOnce('a call to the shared store has failed', { operation, reason, hint });
    } else {
      this.#leave?.(failure);
    }
  }

  /** One session after the other, until it is closed. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const isClosed = () => signal.aborted;
    while (!isClosed()) {
      const session = new AbortController();
      const { promise: left, reject } = Promise.withResolvers<never>();
      left.catch(() => undefined);
      this.#leave = (failure) => reject(new RedisError(failure));
      try {
        await Promise.race([this.#session(session.signal), left]);
      } catch (thrown) {
        this.#failure = toRedisError(thrown).failure;
      }
      const wasJoined = this.#isJoined;
      [this.#isJoined, this.#client, this.#timeouts] = [false, undefined, 0];
      session.abort();
      if (isClosed()) return;
      if (wasJoined) this.events.joined(0);
      this.#report(this.#failure ?? 'unreachable');
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @param ended aborts when the session has ended. */
  async #session(ended: AbortSignal): Promise<void> {
    const connect = async () => {
      const client = await RedisClient.connect(this.#options.url, JOIN_TIMEOUT_MS);
      ended.addEventListener('abort', () => client.close());
      client.onClosed(() => {
        if (!ended.aborted) this.#leave?.('unreachable');
      });
      if (ended.aborted) client.close();
      ended.throwIfAborted();
      return client;
    };
    const client = await connect();
    await client.probe(JOIN_TIMEOUT_MS);
    await answersFast(client);
    await this.#announce(client);
    // A connection that waits for messages can do nothing else.
    const waiting = await connect();
    await this.#stream.catchUp(client);
    ended.throwIfAborted();
    this.#client = client;
    for (const listener of this.#listeners) await listener.onJoin?.();
    await this.#stream.catchUp(client);
    ended.throwIfAborted();
    this.#joined();
    await Promise.all([this.#stayPresent(client), this.#follow(waiting, client)]);
  }

  #joined(): void {
    this.#isJoined = true;
    [this.#failure, this.#writeFailure, this.#reported] = [undefined, undefined, undefined];
    this.events.joined(this.#presence.count);
    const { log } = this.#options;
    log.info('the shared store was joined', { processes: this.#presence.count });
    this.#settle();
  }

  async #follow(waiting: RedisClient, client: RedisClient): Promise<void> {
    while (this.#client === client) await this.#stream.next(waiting);
  }

  /** Says that this process is there, and finds out in time when Redis is not. */
  async #stayPresent(client: RedisClient): Promise<void> {
    const { signal } = this.#closing;
    while (this.#client === client) {
      await delay(PRESENCE_EVERY_MS, undefined, { signal, ref: false });
      if (this.#client !== client) return;
      const { lastId } = this.#stream;
      const newest = await this.#call('presence', () => this.#announce(client));
      await this.#stream.checkNewest(client, newest, lastId);
      this.events.joined(this.#presence.count);
    }
  }

  /** @returns the id of the newest message. */
  async #announce(client: RedisClient): Promise<string> {
    const stream = { name: this.#stream.name, lifetimeMs: STREAM_MS };
    const learn = this.time.ask();
    const { nowMs, newest } = await this.#presence.announce(
      (script, keys, args) => client.run(WRITE_TIMEOUT_MS, script, keys, args),
      stream,
    );
    learn(nowMs);
    return newest;
  }

  /** Once for each reason in a row. */
  #report(failure: SharedFailure): void {
    if (failure === this.#reported) return;
    this.#reported = failure;
    const reason = new RedisError(failure).message;
    this.#options.log.warn('the shared store is not used', { reason });
  }
}

async function answersFast(client: RedisClient): Promise<void> {
  for (let probe = 1; ; probe++) {
    try {
      await client.call(READ_TIMEOUT_MS, 'PING');
      return;
    } catch (thrown) {
      if (probe === PROBES) throw thrown;
    }
  }
}
