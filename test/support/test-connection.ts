/** A connection over a scripted connector, with everything it reports. */
import { z } from 'zod';
import type { CacheConfiguration } from '../../src/config/configuration.ts';
import { type Limits } from '../../src/connector/index.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/errors.ts';
import { LookupCache } from '../../src/cache/lookup-cache.ts';
import { type CacheEvent } from '../../src/model/outcome.ts';
import type { Entry } from '../../src/cache/entry.ts';
import { Connection } from '../../src/upstream/connection.ts';
import { connectorContext, type TestClock } from '../../src/connector/testing/context.ts';
import {
  scriptedConnector,
  type ScriptedConnector,
  type ScriptOptions,
} from './scripted-connector.ts';

export interface TestConnection {
  readonly crm: ScriptedConnector;
  readonly connection: Connection;
  readonly clock: TestClock;
  /** Results of lookups, sizes of batches, states of the circuit, kinds of failures: in order. */
  readonly results: readonly string[];
  readonly batches: readonly number[];
  readonly states: readonly string[];
  readonly failures: readonly ConnectorErrorKind[];
}

export interface TestConnectionOptions extends ScriptOptions {
  readonly name?: string;
  readonly connector?: string;
  readonly limits?: Partial<Limits>;
  /** Longer than any test by default. */
  readonly timeoutMs?: number;
  readonly clock?: TestClock;
  /** Of the settings. */
  readonly fingerprint?: string;
}

export function openTestConnection(options: TestConnectionOptions = {}): TestConnection {
  const { name = 'sales', connector = 'scripted', timeoutMs = 60_000 } = options;
  const clock = options.clock ?? connectorContext().clock;
  const crm = scriptedConnector(options);
  const results: string[] = [];
  const batches: number[] = [];
  const states: string[] = [];
  const failures: ConnectorErrorKind[] = [];
  const limits = { deals: 5, tickets: 5, concurrency: 4, quotaReserve: 0.1, ...options.limits };
  const module = { settings: z.strictObject({}), open: () => crm.connector };
  const configuration = {
    name,
    connector,
    module,
    settings: {},
    limits,
    baseDir: '.',
    fingerprint: options.fingerprint ?? 'settings',
  };
  const connection = new Connection(configuration, crm.connector, {
    notices: new Map(),
    timeoutMs,
    clock,
    events: {
      lookup: (_connection, result) => void results.push(result),
      batch: (_connection, size) => void batches.push(size),
      circuit: (_connection, state) => void states.push(state),
      failure: (_connection, error) => void failures.push(error.kind),
    },
  });
  return { crm, connection, clock, results, batches, states, failures };
}

export const MINUTE = 60_000;

/** The defaults of the contract. */
export const CACHE: CacheConfiguration = {
  maxEntries: 50_000,
  maxSize: 128 * 2 ** 20,
  ttl: 5 * MINUTE,
  notFoundTtl: 30_000,
  staleTtl: 60 * MINUTE,
};

export interface TestCache {
  readonly cache: LookupCache;
  /** `connection event`, in order. */
  readonly events: readonly string[];
}

export function createTestCache(
  clock: TestClock,
  settings: Partial<CacheConfiguration> = {},
): TestCache {
  const events: string[] = [];
  const onEvent = (connection: string, event: CacheEvent) => {
    events.push(`${connection} ${event}`);
  };
  return { cache: new LookupCache({ ...CACHE, ...settings }, clock, onEvent), events };
}

export function valueOf<T>(entry: Entry<T> | undefined): T | undefined {
  return entry?.found === true ? entry.value : undefined;
}

/** What each was rejected with; all are listened to from the start, whichever is rejected first. */
export function failuresOf(promises: readonly Promise<unknown>[]): Promise<ConnectorError[]> {
  return Promise.all(promises.map(failureOf));
}

/** What a promise was rejected with. @throws {Error} when it was not, or with something else. */
export async function failureOf(promise: Promise<unknown>): Promise<ConnectorError> {
  const outcome = await promise.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  );
  if (outcome instanceof ConnectorError) return outcome;
  throw new Error('expected a ConnectorError', { cause: outcome });
}
