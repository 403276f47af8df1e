/** A process' way to a shared Redis, with everything it reports. */
import { randomBytes } from 'node:crypto';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { SharedRedis } from '../../src/redis/shared-redis.ts';
import { startRedis, type RedisServer } from './redis-server.ts';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestShared {
  readonly shared: SharedRedis;
  /** `operation result` of each call, events of entries, in order. */
  readonly calls: readonly string[];
  readonly entries: readonly string[];
  /** What became of each message of another process. */
  readonly messages: readonly string[];
  /** Messages and reasons of the log, in order. */
  readonly lines: () => readonly string[];
}

export const KEY = Buffer.alloc(32, 7).toString('base64');

/** Each test has names to itself. */
export function uniquePrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}

/** @param options `url` of a server; it is not waited for. */
export function openShared(options: {
  readonly url: string;
  readonly prefix?: string;
  readonly keys?: readonly string[];
}): TestShared {
  const calls: string[] = [];
  const entries: string[] = [];
  const messages: string[] = [];
  const context = connectorContext();
  const shared = new SharedRedis({
    keys: [KEY],
    ...options,
    prefix: options.prefix ?? uniquePrefix(),
    log: context.log,
    events: {
      joined: () => undefined,
      call: (operation, result) => void calls.push(`${operation} ${result}`),
      entry: (event) => void entries.push(event),
      message: (result) => void messages.push(result),
    },
  });
  return {
    shared,
    calls,
    entries,
    messages,
    lines: () =>
      context.lines.map(({ message, fields }) =>
        [message, fields['reason'] ?? fields['hint']].filter(Boolean).join(': '),
      ),
  };
}

/** Waits until something is so. @throws {Error} after `timeoutMs`. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 5000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(10);
  }
}

/**
 * For a suite: a Redis of its own, and all that its tests open is closed after each.
 * @returns `server` from the first test on; `open`, which does not wait until it is joined.
 */
export function useRedis() {
  const opened: TestShared[] = [];
  let server: RedisServer | undefined;
  before(async function () {
    server = await startRedis(this);
  });
  after(() => server?.remove());
  afterEach(() => {
    for (const { shared } of opened.splice(0)) shared.close();
  });
  return {
    opened,
    get server(): RedisServer {
      if (server === undefined) throw new Error('Redis is started before the first test');
      return server;
    },
    open(options: Partial<Parameters<typeof openShared>[0]> = {}): TestShared {
      const test = openShared({ url: this.server.url, ...options });
      opened.push(test);
      return test;
    },
  };
}
