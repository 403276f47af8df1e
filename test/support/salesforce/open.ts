/** An emulated org and a connection to it, for tests. */
import connector from '../../../connectors/salesforce/index.ts';
import type { PersonRecord, Connector } from '../../../src/connector/index.ts';
import {
  connectorContext,
  type ContextOptions,
  type TestContext,
} from '../../../src/connector/testing/context.ts';
import {
  CLIENT,
  startSalesforceEmulator,
  type EmulatorOptions,
  type SalesforceEmulator,
} from './emulator.ts';

export interface Opened {
  readonly emulator: SalesforceEmulator;
  readonly connector: Connector;
  readonly context: TestContext;
  /** A lookup that may take as long as it likes. */
  readonly lookup: (email: string) => Promise<PersonRecord | undefined>;
}

export interface OpenOptions {
  readonly emulator?: EmulatorOptions;
  /** Put over the usual ones, which sign in by client credentials. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly context?: ContextOptions;
}

/** Starts both, runs the test, closes both. */
export async function withSalesforce(
  options: OpenOptions,
  test: (opened: Opened) => Promise<void>,
): Promise<void> {
  const context = connectorContext(options.context);
  const emulator = await startSalesforceEmulator({
    now: () => context.clock.now(),
    ...options.emulator,
  });
  try {
    const settings = connector.settings.parse({
      ...usualSettings(emulator.url),
      ...options.settings,
    });
    const opened = await connector.open(settings, context);
    try {
      await test({
        emulator,
        connector: opened,
        context,
        lookup: (email) => opened.lookup(email, { signal: never() }),
      });
    } finally {
      await opened.close?.();
    }
  } finally {
    await emulator.close();
  }
}

export function usualSettings(loginUrl: string) {
  return {
    loginUrl,
    auth: {
      flow: 'clientCredentials',
      clientId: CLIENT.clientId,
      clientSecret: CLIENT.clientSecret,
    },
  };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

/** The `kind` of what is thrown, or a text that says that nothing was. */
export async function kindOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return (error as { kind?: unknown }).kind ?? error;
  }
  return 'no error';
}

/** The message of what is thrown. */
export async function messageOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}
