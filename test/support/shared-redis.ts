/** A process' way to a shared Redis, with everything it reports. */
import { randomBytes } from 'node:crypto';
import { connectorContext } from '../../src/connector/testing/context.ts';
import { SharedRedis } from '../../src/redis/shared-redis.ts';
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
