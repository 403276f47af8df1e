/** One connection to Redis, by ioredis: it ends with its first fault, and `shared-redis.ts` opens the next one. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RedisError, toRedisError } from './redis-error.ts';

/** A Lua script, which runs as a whole. */
export interface Script {
  readonly text: string;
  /** Also in a Redis whose memory is used up, from version 7 on: for small contents that must not be lost. */
  readonly mayExceedMemory?: boolean;
}

type Argument = string | number | Buffer;

const EXCEEDS_MEMORY = '#!lua flags=allow-oom\n';
/** A connection that does not end by itself is cut off. */
const END_TIMEOUT_MS = 100;

export class RedisClient {
  readonly #redis: Redis;
  readonly #hashes = new Map<string, string>();
  #knowsFlags = false;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @throws {RedisError} */
  static async connect(url: string, timeoutMs: number): Promise<RedisClient> {
    const { Redis } = await import('ioredis');
    const redis = new Redis(url, {
      ...{ lazyConnect: true, enableOfflineQueue: false, enableReadyCheck: false },
      ...{ retryStrategy: null, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
      ...{ connectTimeout: timeoutMs, disconnectTimeout: END_TIMEOUT_MS, disableClientInfo: true },
    });
    const client = new RedisClient(redis);
    let failure: unknown;
    redis.on('error', (error: unknown) => (failure ??= error));
    try {
      await within(timeoutMs, redis.connect());
      return client;
    } catch (thrown) {
      client.close();
      throw toRedisError(failure ?? thrown);
    }
  }

  /** @param handler is called once, when the connection has ended for any reason. */
  onClosed(handler: () => void): void {
    this.#redis.once('close', handler);
  }

  /** @returns the answer; texts are buffers. @throws {RedisError} */
  async call(timeoutMs: number, command: string, ...args: readonly Argument[]): Promise<unknown> {
    try {
      return await within(timeoutMs, this.#redis.callBuffer(command, [...args]));
    } catch (thrown) {
      throw toRedisError(thrown);
    }
  }

  /** @returns the answer; texts are buffers. @throws {RedisError} */
  async run(
    timeoutMs: number,
    { text, mayExceedMemory = false }: Script,
    keys: readonly string[],
    args: readonly Argument[] = [],
  ): Promise<unknown> {
    const source = mayExceedMemory && this.#knowsFlags ? EXCEEDS_MEMORY + text : text;
    const hash = this.#hashes.get(source) ?? createHash('sha1').update(source).digest('hex');
    this.#hashes.set(source, hash);
    const rest = [keys.length, ...keys, ...args];
    const answer = this.#redis.callBuffer('EVALSHA', [hash, ...rest]).catch((thrown: unknown) => {
      if (!/NOSCRIPT/.test(String(thrown))) throw thrown;
      return this.#redis.callBuffer('EVAL', [source, ...rest]);
    });
    try {
      return await within(timeoutMs, answer);
    } catch (thrown) {
      throw toRedisError(thrown);
    }
  }

  /** Finds out what this version of Redis can do. @throws {RedisError} when it cannot even be asked. */
  async probe(timeoutMs: number): Promise<void> {
    const answer = await this.call(timeoutMs, 'PING');
    if (String(answer) !== 'PONG') throw new RedisError('invalid');
    try {
      await this.call(timeoutMs, 'EVAL', `${EXCEEDS_MEMORY}return 1`, 0);
      this.#knowsFlags = true;
    } catch (thrown) {
      // Versions before 7 refuse the first line.
      if (toRedisError(thrown).failure !== 'invalid') throw thrown;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** @throws {RedisError} `timeout`. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  let turn: NodeJS.Immediate | undefined;
  // An answer that has arrived while this process was busy is read before the time is over.
  const timer = setTimeout(() => {
    turn = setImmediate(() => reject(new RedisError('timeout')));
  }, ms);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    clearImmediate(turn);
  }
}
