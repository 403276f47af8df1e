/** An emulated account with a connection to it. */
import { expect } from 'chai';
import hubspot from '../../../connectors/hubspot/index.ts';
import type { Time } from '../../../connectors/hubspot/rate-limiter.ts';
import type { PersonRecord, Connector } from '../../../src/connector/index.ts';
import { recordsIn } from '../../../src/connector/testing/use.ts';
import {
  connectorContext,
  type ContextOptions,
  type TestContext,
} from '../../../src/connector/testing/context.ts';
import {
  startHubSpotEmulator,
  TOKEN,
  type EmulatorOptions,
  type HubSpotEmulator,
} from './emulator.ts';

export interface Opened {
  readonly emulator: HubSpotEmulator;
  readonly connector: Connector;
  readonly context: TestContext;
  /** @throws for an unknown address. */
  readonly find: (email: string) => Promise<PersonRecord>;
  readonly many: (emails: readonly string[]) => Promise<ReadonlyMap<string, PersonRecord>>;
  /** Waits until the labels have been loaded, then forgets all requests so far. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface OpenOptions {
  readonly emulator?: EmulatorOptions;
  /** Beside `baseUrl`, and the emulator's token when no sign-in is given. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly context?: ContextOptions;
  readonly time?: Time;
  /** Before the connection is opened. */
  readonly before?: (emulator: HubSpotEmulator) => void;
}

export const never = (): AbortSignal => new AbortController().signal;

export async function openHubSpot(options: OpenOptions = {}): Promise<Opened> {
  const emulator = await startHubSpotEmulator(options.emulator);
  options.before?.(emulator);
  const context = connectorContext({ name: 'marketing', ...options.context });
  const signIn = options.settings?.['auth'] === undefined ? { accessToken: TOKEN } : {};
  const checked = hubspot.settings.parse({ baseUrl: emulator.url, ...signIn, ...options.settings });
  const connector = await hubspot.open(checked, context, options.time);
  return {
    emulator,
    connector,
    context,
    async find(email) {
      const answer = await connector.lookup(email, { signal: never() });
      if (answer === undefined) throw new Error('a known person was not found');
      return answer;
    },
    async many(emails) {
      return recordsIn(await connector.lookupMany?.(emails, { signal: never() }));
    },
    async settle() {
      const loaded = (): boolean =>
        new Set(context.observed.map(({ operation }) => operation)).size >= 8 &&
        emulator.stats.requests.every(({ status, aborted }) => status > 0 || aborted);
      while (!loaded()) await new Promise((next) => setImmediate(next));
      emulator.stats.reset();
    },
    async close() {
      await connector.close?.();
      await emulator.close();
    },
  };
}

/** Opens a connection, lets the labels come, uses it, closes it. */
export async function withAccount(
  work: (opened: Opened) => Promise<void>,
  options?: OpenOptions,
): Promise<void> {
  await withNewAccount(async (opened) => {
    await opened.settle();
    await work(opened);
  }, options);
}

/** The same, without waiting for the labels. */
export async function withNewAccount(
  work: (opened: Opened) => Promise<void>,
  options?: OpenOptions,
): Promise<void> {
  const opened = await openHubSpot(options);
  try {
    await work(opened);
  } finally {
    await opened.close();
  }
}

/** @returns the error of a call that must fail. */
export async function failure(call: Promise<unknown>): Promise<Error & { kind?: string }> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'rejected') return outcome.reason as Error;
  return expect.fail('expected an error, got an answer');
}
