/**
 * One person or company out of a tenant's connections: asked in order or all in parallel. A connection that
 * misses the deadline is skipped; its lookup continues and fills the cache.
 */
import type { Entry } from '../cache/entry.ts';
import type { CacheRead } from '../cache/lookup-cache.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import type { Connection } from '../upstream/connection.ts';
import { toConnectorError } from '../upstream/errors.ts';

/** The lookup of one connection. Neither `entry` nor `error` is there while it is in flight. */
export interface PendingResult<T> {
  readonly connection: Connection;
  /** Of a miss until it turns out to be a hit of the level that processes share. */
  read: CacheRead<T>;
  entry: Entry<T> | undefined;
  error: ConnectorErrorKind | undefined;
}

type Read<T> = (connection: Connection) => CacheRead<T>;

/** When the caller needs the result. */
export interface Deadline {
  /** Milliseconds left; 0 or less when over. */
  left(): number;
  /** Aborts when the result is needed at once: the process is shutting down. */
  readonly signal: AbortSignal;
}

/**
 * Asks in order. The next connection is asked when one finds nothing, fails, or has used up its share of the
 * time; the first in order that has found something at that time wins.
 * @returns a result for every connection asked; those that were not needed are absent.
 */
export async function lookupSequentially<T>(
  connections: readonly Connection[],
  read: Read<T>,
  deadline: Deadline,
): Promise<readonly PendingResult<T>[]> {
  const results: PendingResult<T>[] = [];
  const settled = new Notifier();
  for (const [index, connection] of connections.entries()) {
    const current = start(connection, read, settled);
    results.push(current);
    if (isFound(current)) return results;
    const share = deadline.left() / (connections.length - index);
    const isEnough = () => isSettled(current) || results.some(isFound);
    await settled.waitUntil(isEnough, share, deadline.signal);
    if (results.some(isFound)) return results;
  }
  const isEnough = () => results.every(isSettled) || results.some(isFound);
  await settled.waitUntil(isEnough, deadline.left(), deadline.signal);
  return results;
}

/** Asks all at once and waits for all, as long as there is time. */
export async function lookupInParallel<T>(
  connections: readonly Connection[],
  read: Read<T>,
  deadline: Deadline,
): Promise<readonly PendingResult<T>[]> {
  const settled = new Notifier();
  const results = connections.map((connection) => start(connection, read, settled));
  await settled.waitUntil(() => results.every(isSettled), deadline.left(), deadline.signal);
  return results;
}

function start<T>(connection: Connection, readFrom: Read<T>, settled: Notifier): PendingResult<T> {
  const read = readFrom(connection);
  const result: PendingResult<T> = { connection, read, entry: undefined, error: undefined };
  if (read.state === 'miss') {
    read.entry
      .then(
        (entry) => {
          const hit = read.sharedHit();
          if (hit !== undefined) result.read = { state: hit.ttlMs > 0 ? 'fresh' : 'stale', ...hit };
          result.entry = entry;
        },
        (thrown: unknown) => (result.error = toConnectorError(thrown).kind),
      )
      .finally(() => settled.notify());
  } else {
    result.entry = read.entry;
  }
  return result;
}

function isSettled({ entry, error }: PendingResult<unknown>): boolean {
  return entry !== undefined || error !== undefined;
}

function isFound({ entry }: PendingResult<unknown>): boolean {
  return entry?.found === true;
}

/** A wait that ends when enough is there, after a time, or with a signal. */
export class Notifier {
  #wake: (() => void) | undefined;

  /** Something has changed: looks again whether it is enough. */
  notify(): void {
    this.#wake?.();
  }

  /** @param ms the longest wait, in milliseconds. */
  async waitUntil(isEnough: () => boolean, ms: number, signal: AbortSignal): Promise<void> {
    if (isEnough() || ms <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const finish = () => resolve(undefined);
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
    this.#wake = () => {
      if (isEnough()) finish();
    };
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      this.#wake = undefined;
    }
  }
}
