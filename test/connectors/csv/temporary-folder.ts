/** Real CSV files in a fresh folder, and the connector opened on them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import csv from '../../../connectors/csv/index.ts';
import type { Connector } from '../../../src/connector/index.ts';
import { connectorContext, type TestContext } from '../../support/connector-context.ts';

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
): Promise<void> {
  const folder = await folderOf(files);
  try {
    const context = connectorContext({ baseDir: folder.path });
    const settings = Object.fromEntries(
      Object.keys(files).map((name) => [settingOf[name] ?? name, name]),
    );
    const connector = await csv.open({ file: 'people.csv', ...settings }, context);
    try {
      await use({ connector, context, folder });
    } finally {
      await connector.close?.();
    }
  } finally {
    await folder.delete();
  }
}

/** @returns the lines of the error with which opening fails. */
export async function problemsOf(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<readonly string[]> {
  try {
    await withFiles(files, () => undefined);
  } catch (error) {
    if (error instanceof Error && 'kind' in error && error.kind === 'misconfigured')
      return error.message.split('\n');
    throw error;
  }
  throw new Error('expected an error, but the files were opened');
}

/** A signal that never aborts. */
export function signal(): AbortSignal {
  return new AbortController().signal;
}
