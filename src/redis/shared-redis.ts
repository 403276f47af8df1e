/**
 * The Redis that several processes share. It is joined or away; while it is away every call fails at once, and it
 * is tried again all the time. What is away never costs more than the few calls that find it out.
 */
import { randomUUID } from 'node:crypto';
import type { SharedConfiguration } from '../config/configuration.ts';
import type { ConnectorLog } from '../connector/contract.ts';
import type { SharedEvents, SharedFailure, SharedOperation } from '../model/shared-events.ts';
import { RedisClient, type Script } from './redis-client.ts';
import { RedisError, toRedisError } from './redis-error.ts';
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
export const READ_TIMEOUT_MS = 50;
export const WRITE_TIMEOUT_MS = 1000;
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
/** A process that was not heard of for so long is no longer counted. */
const PRESENCE_MS = 5000;

const ANNOUNCE: Script = {
  mayExceedMemory: true,
  text: `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])`,
};

export class SharedRedis {
  readonly sealing: Sealing;
  /** Of this process. */
  readonly id = randomUUID();
  /** Resolves when it was joined for the first time, or after a second of trying. */
  readonly settled: Promise<void>;
  readonly #options: SharedRedisOptions;
  #client: RedisClient | undefined;
  #failure: SharedFailure | undefined;
  /** Of the latest write, while others succeed. */
  #writeFailure: SharedFailure | undefined;
  #reported: SharedFailure | undefined;
  #timeouts = 0;
  #processes = 1;
  #hasUnreadable = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #settle: () => void;

  constructor(options: SharedRedisOptions) {
    this.#options = options;
    this.sealing = new Sealing(options.prefix, options.keys);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.settled = promise;
    const timer = setTimeout(() => resolve(undefined), SETTLE_MS).unref();
    this.#settle = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    options.events.joined(0);
    void this.#join();
  }

  get events(): SharedEvents {
    return this.#options.events;
  }

  status(): SharedStatus {
    const failure = this.#client === undefined ? this.#failure : this.#writeFailure;
    const isStarting = this.#client === undefined && failure === undefined;
    return {
      isJoined: this.#client !== undefined,
      problem: isStarting ? 'not joined yet' : failure && new RedisError(failure).message,
      processes: this.#processes,
    };
  }

  /** Reads for a request that waits. @throws {RedisError} at once while it is away. */
  read(script: Script, keys: readonly string[], args: readonly (string | number)[] = []) {
    return this.#call('read', (client) => client.run(READ_TIMEOUT_MS, script, keys, args));
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

  /** An entry could not be opened. */
  unreadable(): void {
    this.events.entry('unreadable');
    if (this.#hasUnreadable) return;
    this.#hasUnreadable = true;
    const hint = 'it was changed, or written with a key that is missing in shared.keys';
    this.#options.log.warn('an entry of the shared store cannot be read', { hint });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#settle();
    this.#client?.close();
    this.#client = undefined;
  }

  async #call<T>(
    operation: SharedOperation,
    work: (client: RedisClient) => Promise<T>,
  ): Promise<T> {
    const client = this.#client;
    if (client === undefined) throw new RedisError(this.#failure ?? 'unreachable');
    try {
      const answer = await work(client);
      this.#timeouts = 0;
      if (operation === 'write') this.#writeFailure = undefined;
      this.events.call(operation, 'ok');
      return answer;
    } catch (thrown) {
      const { failure } = toRedisError(thrown);
      this.events.call(operation, failure);
      if (client === this.#client) this.#failed(failure);
      throw thrown;
    }
  }

  #failed(failure: SharedFailure): void {
    if (failure === 'timeout') {
      this.#timeouts += 1;
      if (this.#timeouts >= MAX_TIMEOUTS) this.#leave(failure);
    } else if (failure === 'full') {
      // Reading still works.
      if (this.#writeFailure === undefined) this.#report(failure);
      this.#writeFailure = failure;
    } else if (failure !== 'invalid') {
      this.#leave(failure);
    }
  }

  async #join(): Promise<void> {
    let client: RedisClient | undefined;
    try {
      client = await RedisClient.connect(this.#options.url, JOIN_TIMEOUT_MS);
      await client.probe(JOIN_TIMEOUT_MS);
      await answersFast(client);
      const processes = await this.#announce(client);
      if (this.#isClosed) client.close();
      else this.#joined(client, processes);
    } catch (thrown) {
      client?.close();
      if (this.#isClosed) return;
      this.#failure = toRedisError(thrown).failure;
      this.#report(this.#failure);
      this.#timer = setTimeout(() => void this.#join(), RETRY_MS).unref();
    }
  }

  #joined(client: RedisClient, processes: number): void {
    this.#client = client;
    this.#failure = undefined;
    this.#writeFailure = undefined;
    this.#reported = undefined;
    this.#timeouts = 0;
    client.onClosed(() => {
      if (this.#client === client) this.#leave('unreachable');
    });
    this.#seen(processes);
    this.#options.log.info('the shared store was joined', { processes });
    this.#settle();
    this.#timer = setTimeout(() => void this.#stayPresent(), PRESENCE_EVERY_MS).unref();
  }

  #leave(failure: SharedFailure): void {
    clearTimeout(this.#timer);
    this.#client?.close();
    this.#client = undefined;
    this.#failure = failure;
    this.events.joined(0);
    if (this.#isClosed) return;
    this.#report(failure);
    this.#timer = setTimeout(() => void this.#join(), RETRY_MS).unref();
  }

  /** Once for each reason in a row. */
  #report(failure: SharedFailure): void {
    if (failure === this.#reported) return;
    this.#reported = failure;
    const reason = new RedisError(failure).message;
    this.#options.log.warn('the shared store is not used', { reason });
  }

  /** Says that this process is there, and finds out in time when Redis is not. */
  async #stayPresent(): Promise<void> {
    try {
      this.#seen(await this.#call('presence', (client) => this.#announce(client)));
    } catch {
      // It has been counted.
    }
    if (this.#client === undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#stayPresent(), PRESENCE_EVERY_MS).unref();
  }

  async #announce(client: RedisClient): Promise<number> {
    const key = this.sealing.plainName('processes');
    return Number(await client.run(WRITE_TIMEOUT_MS, ANNOUNCE, [key], [this.id, PRESENCE_MS]));
  }

  #seen(processes: number): void {
    this.#processes = Math.max(1, processes);
    this.events.joined(this.#processes);
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
