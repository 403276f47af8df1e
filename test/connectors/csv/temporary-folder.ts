/** Real CSV files in a fresh folder, and the connector opened on them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { csvConnector } from '../../../connectors/csv/index.ts';
import type { Connector, ConnectorContext } from '../../../src/connector/index.ts';
import { connectorContext, type TestContext } from '../../../src/connector/testing/context.ts';

export interface Folder {
  readonly path: string;
  write(name: string, content: string | Uint8Array): Promise<void>;
  delete(): Promise<void>;
}

/** @param files name to content. */
export async function folderOf(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'csv-'));
  const write = (name: string, content: string | Uint8Array) =>
    writeFile(join(path, name), content);
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return { path, write, delete: () => rm(path, { recursive: true }) };
}

export interface Opened {
  readonly connector: Connector;
  readonly context: TestContext;
  readonly folder: Folder;
}

const settingOf: Readonly<Record<string, string>> = {
  'people.csv': 'file',
  'companies.csv': 'companies',
  'deals.csv': 'deals',
  'tickets.csv': 'tickets',
};

/** Opens the files (`people.csv`, `companies.csv`, …), hands the connector over, and clears up. */
export async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (opened: Opened) => Promise<void> | void,
  format: Readonly<Record<string, unknown>> = {},
  wait: Wait = oneTurn,
): Promise<void> {
  const folder = await folderOf(files);
  try {
    const context = connectorContext({ baseDir: folder.path });
    const settings = Object.fromEntries(
      Object.keys(files).map((name) => [settingOf[name] ?? name, name]),
    );
    const given = { file: 'people.csv', ...settings, ...format };
    const connector = await openCsv(given, context, wait);
    try {
      await use({ connector, context, folder });
    } finally {
      await connector.close?.();
    }
  } finally {
    await folder.delete();
  }
}

type Wait = NonNullable<Parameters<typeof csvConnector>[0]>;

/** Files rest as soon as nobody writes them. */
async function oneTurn(_ms: number, stop: AbortSignal): Promise<void> {
  await nextTurn();
  stop.throwIfAborted();
}

export interface HeldWaits {
  readonly wait: Wait;
  /** Once there is a wait: does something meanwhile, and ends it. */
  during(work?: () => Promise<void>): Promise<void>;
}

/** Waits that last until the test ends them. */
export function heldWaits(): HeldWaits {
  const begun: (() => void)[] = [];
  return {
    wait: (_ms, stop) =>
      new Promise((resolve, reject) => {
        begun.push(resolve);
        stop.addEventListener('abort', () => reject(stop.reason as Error), { once: true });
      }),
    async during(work) {
      while (begun.length === 0) await nextTurn();
      await work?.();
      begun.shift()?.();
    },
  };
}

/** Opens the connector with the settings as a configuration has them, its defaults included. */
export async function openCsv(
  settings: Readonly<Record<string, unknown>>,
  context: ConnectorContext,
  wait: Wait = oneTurn,
): Promise<Connector> {
  const csv = csvConnector(wait);
  const result = csv.settings['~standard'].validate(settings);
  if (result instanceof Promise) throw new Error('expected settings without asynchronous checks');
  if (result.issues) throw new Error(result.issues.map(({ message }) => message).join('\n'));
  return csv.open(result.value, context);
}

/** @returns what `check --live` warns about. */
export async function warningsOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  format: Readonly<Record<string, unknown>> = {},
): Promise<readonly string[]> {
  let warnings: readonly string[] = [];
  const check = async ({ connector }: Opened): Promise<void> => {
    const results = (await connector.check?.({ signal: signal() })) ?? [];
    warnings = results.flatMap(({ level, message }) => (level === 'warning' ? message : []));
  };
  await withFiles(files, check, format);
  return warnings;
}

/** @returns the lines of the error with which opening fails. */
export async function problemsOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  format: Readonly<Record<string, unknown>> = {},
): Promise<readonly string[]> {
  try {
    await withFiles(files, () => undefined, format);
  } catch (error) {
    if (error instanceof Error && 'kind' in error && error.kind === 'unavailable')
      return error.message.split('\n');
    throw error;
  }
  throw new Error('expected an error, but the files were opened');
}

/** A signal that never aborts. */
export function signal(): AbortSignal {
  return new AbortController().signal;
}
