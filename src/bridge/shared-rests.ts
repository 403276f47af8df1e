/** A connection that the CRM does not want to be called by one process is not called by the others either. */
import { z } from 'zod';
import type { ConnectionConfiguration } from '../config/configuration.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import { CONNECTOR_ERROR_KINDS } from '../connector/errors.ts';
import type { Script } from '../redis/redis-client.ts';
import { RedisError } from '../redis/redis-error.ts';
import { LUA_NOW, passedMs } from '../redis/redis-time.ts';
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { Connection } from '../upstream/connection.ts';

type Identity = Pick<ConnectionConfiguration, 'name' | 'fingerprint'>;

const REST_MESSAGE = z.object({ name: z.string(), fingerprint: z.string() });

/** Returns the time, the content or nothing. */
const GET: Script = {
  text: `${LUA_NOW}
return {now, redis.call('GET', KEYS[1]) or ''}`,
};
/** ARGV: the content as it was read, the new one, its lifetime. Returns whether no other process was faster. */
const REPLACE: Script = {
  mayExceedMemory: true,
  text: `if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`,
};
/** How often, while other processes share theirs. */
const MAX_TRIES = 3;

/** What is sealed. */
const REST = z.object({
  reason: z.enum(CONNECTOR_ERROR_KINDS),
  /** By the clock of Redis. */
  begunAt: z.number(),
  ms: z.number(),
});

interface Loaded {
  /** By the clock of Redis. */
  readonly nowMs: number;
  /** As it is in Redis. */
  readonly sealed: Buffer;
  /** One that has not ended. */
  readonly rest: { readonly reason: ConnectorErrorKind; readonly leftMs: number } | undefined;
}

export class SharedRests {
  readonly #redis: SharedRedis;
  readonly #connections: () => ReadonlyMap<string, Connection>;

  /** @param connections those that answer now. */
  constructor(redis: SharedRedis, connections: () => ReadonlyMap<string, Connection>) {
    this.#redis = redis;
    this.#connections = connections;
    redis.listen({
      handlers: { rest: (message) => this.#onMessage(REST_MESSAGE.parse(message)) },
      onJoin: async () => {
        await Promise.all([...connections().values()].map((connection) => this.load(connection)));
      },
    });
    // Redis would keep them for too long; each process knows its own.
    redis.time.onSetBack(() => {
      for (const { configuration } of connections().values()) void this.clear(configuration);
    });
  }

  /** This process has met a reason not to call the CRM for a time. */
  async share(identity: Identity, reason: ConnectorErrorKind, ms: number): Promise<void> {
    const { name: connection, fingerprint } = identity;
    try {
      await this.#keepLonger(this.#nameOf(identity), reason, Math.max(1, Math.ceil(ms)));
      const message = { kind: 'rest', name: connection, fingerprint };
      await this.#redis.publish(message);
    } catch {
      // While Redis is away each process finds out for itself.
    }
  }

  /** Applies what another process has met, as long as it holds. */
  async load(connection: Connection): Promise<void> {
    try {
      const { rest } = await this.#load(this.#nameOf(connection.configuration));
      if (rest !== undefined) connection.rest(rest.reason, rest.leftMs);
    } catch {
      // It is applied when Redis is joined again.
    }
  }

  /** The connection may be called again, or nothing is known of when. */
  async clear(identity: Identity): Promise<void> {
    await this.#redis.command('rest', 'UNLINK', this.#nameOf(identity)).catch(() => undefined);
  }

  /** Writes a rest, unless there is one that ends later. */
  async #keepLonger(name: string, reason: ConnectorErrorKind, ms: number): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { nowMs, sealed, rest } = await this.#load(name);
      if (rest !== undefined && rest.leftMs >= ms) return;
      const content: z.infer<typeof REST> = { reason, begunAt: nowMs, ms };
      const args = [sealed, this.#redis.sealing.seal(name, JSON.stringify(content)), ms];
      if ((await this.#redis.run('rest', REPLACE, [name], args)) === 1) return;
    }
  }

  /** @throws {RedisError} */
  async #load(name: string): Promise<Loaded> {
    const learn = this.#redis.time.ask();
    const answer = await this.#redis.run('rest', GET, [name]);
    const [nowMs, sealed] = Array.isArray(answer) ? (answer as readonly unknown[]) : [];
    if (typeof nowMs !== 'number' || !Buffer.isBuffer(sealed)) throw new RedisError('invalid');
    learn(nowMs);
    const text = this.#redis.sealing.open(name, sealed);
    if (text === undefined) return { nowMs, sealed, rest: undefined };
    const { reason, begunAt, ms } = REST.parse(JSON.parse(text));
    const leftMs = ms - (passedMs(begunAt, nowMs) ?? ms);
    return { nowMs, sealed, rest: leftMs > 0 ? { reason, leftMs } : undefined };
  }

  async #onMessage({ name, fingerprint }: Identity): Promise<void> {
    const connection = this.#connections().get(name);
    if (connection === undefined || connection.configuration.fingerprint !== fingerprint) return;
    await this.load(connection);
  }

  #nameOf({ name, fingerprint }: Identity): string {
    return this.#redis.sealing.names('r', `${name} ${fingerprint}`)[0];
  }
}
