/** A connection that the CRM does not want to be called by one process is not called by the others either. */
import { z } from 'zod';
import type { ConnectionConfiguration } from '../config/configuration.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import { CONNECTOR_ERROR_KINDS } from '../connector/errors.ts';
import type { Script } from '../redis/redis-client.ts';
import type { SharedRedis } from '../redis/shared-redis.ts';
import type { Connection } from '../upstream/connection.ts';

type Identity = Pick<ConnectionConfiguration, 'name' | 'fingerprint'>;

const REST_MESSAGE = z.object({ name: z.string(), fingerprint: z.string() });

const GET: Script = {
  text: `return {redis.call('GET', KEYS[1]) or '', redis.call('PTTL', KEYS[1])}`,
};
/** Keeps the longer one. */
const SET: Script = {
  mayExceedMemory: true,
  text: `if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end`,
};

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
  }

  /** This process has met a reason not to call the CRM for a time. */
  async share(identity: Identity, reason: ConnectorErrorKind, ms: number): Promise<void> {
    const name = this.#nameOf(identity);
    const { name: connection, fingerprint } = identity;
    try {
      const sealed = this.#redis.sealing.seal(name, reason);
      await this.#redis.run('rest', SET, [name], [sealed, Math.max(1, Math.ceil(ms))]);
      const message = { kind: 'rest', name: connection, fingerprint };
      await this.#redis.publish(message);
    } catch {
      // While Redis is away each process finds out for itself.
    }
  }

  /** Applies what another process has met, as long as it holds. */
  async load(connection: Connection): Promise<void> {
    const name = this.#nameOf(connection.configuration);
    try {
      const answer = await this.#redis.run('rest', GET, [name]);
      const [sealed, ms] = answer as [Buffer, number];
      const reason = this.#redis.sealing.open(name, sealed);
      const kind = CONNECTOR_ERROR_KINDS.find((known) => known === reason);
      if (kind !== undefined && ms > 0) connection.rest(kind, ms);
    } catch {
      // It is applied when Redis is joined again.
    }
  }

  /** An operator has resumed the connection. */
  async clear(identity: Identity): Promise<void> {
    await this.#redis.command('rest', 'UNLINK', this.#nameOf(identity)).catch(() => undefined);
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
