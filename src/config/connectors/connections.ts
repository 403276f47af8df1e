/** Checks the connections of all files: finds their connectors and lets these check the settings. */
import { hash } from 'node:crypto';
import type { ConnectionConfiguration } from '../configuration.ts';
import {
  connectorNames,
  loadConnector,
  PACKAGE_PREFIX,
  type ConnectorSearchPath,
} from './connector-modules.ts';
import type { ConnectorModule } from '../../connector/contract.ts';
import { reportIssues } from '../schema/issues.ts';
import { didYouMean } from '../../model/closest-match.ts';
import type { ConfigFile } from '../yaml/config-file.ts';
import { listOf, type LocateOpenError } from '../problem.ts';
import { connectionSchema } from '../schema/schema.ts';
import { allKeys, isRecord, jsonSchemaOf } from '../schema/schema-walk.ts';
import { isLoopback, NAME } from '../schema/setting-types.ts';

/**
 * All connections that are right, by name; the problems of the others are reported. Does not report what
 * the schema of the file does: a missing connector, wrong limits.
 */
export async function checkConnections(
  files: readonly ConfigFile[],
  searchPath: ConnectorSearchPath,
): Promise<ReadonlyMap<string, ConnectionConfiguration>> {
  const connections = new Map<string, ConnectionConfiguration>();
  for (const file of files) {
    for (const name of file.namesIn('connections')) {
      const raw = file.valueAt(['connections', name]);
      const entry = { file, name, raw: isRecord(raw) ? raw : {} };
      const connection = await checkConnection(entry, searchPath);
      if (connection) connections.set(name, connection);
    }
  }
  return connections;
}

interface Entry {
  readonly file: ConfigFile;
  readonly name: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

async function checkConnection(
  entry: Entry,
  searchPath: ConnectorSearchPath,
): Promise<ConnectionConfiguration | undefined> {
  const { file, name, raw } = entry;
  const { connector, limits: rawLimits, ...rawSettings } = raw;
  const path = ['connections', name, 'connector'];
  if (typeof connector !== 'string' || !NAME.test(connector) || file.isUnresolved(path))
    return undefined;
  const loaded = await loadConnector(connector, searchPath);
  if (!('module' in loaded)) {
    reportConnector(entry, connector, loaded, searchPath);
    return undefined;
  }
  if (loaded.shadowsBuiltin) {
    const message = `the connector in ${file.diagnostics.show(loaded.file)} takes the place of the built-in one`;
    file.warning(path, { message, hint: 'give it another name if that is not meant' });
  }
  file.diagnostics.vocabulary.add(allKeys(jsonSchemaOf(loaded.module.settings) ?? {}));
  const settings = await checkSettings(entry, rawSettings, loaded.module);
  checkAddresses(entry);
  const limits = connectionSchema.shape.limits.safeParse(rawLimits);
  if (!settings || !limits.success) return undefined;
  const identity = [connector, loaded.file, rawSettings, limits.data, file.baseDir];
  return {
    name,
    connector,
    isBuiltin: loaded.isBuiltin,
    module: loaded.module,
    settings: settings.value,
    limits: limits.data,
    baseDir: file.baseDir,
    fingerprint: hash('sha256', stableJson(identity)),
  };
}

function reportConnector(
  { file, name }: Entry,
  connector: string,
  failure: { readonly file: string | undefined; readonly message: string },
  searchPath: ConnectorSearchPath,
): void {
  const path = ['connections', name, 'connector'];
  if (failure.file !== undefined) {
    const isSafe = !file.diagnostics.redactor.appearsIn(failure.message);
    const cause = isSafe ? failure.message : 'does not load';
    const message = `the connector in ${file.diagnostics.show(failure.file)} ${cause}`;
    file.problem(path, { message, hint: 'fix it and restart' });
    return;
  }
  const known = connectorNames(searchPath);
  const expected = known.length === 0 ? 'the name of a connector' : listOf(known, 'or');
  const elsewhere = `is connectorsDir not set, or the npm package ${PACKAGE_PREFIX}NAME not installed?`;
  file.expected(path, expected, didYouMean(connector, known) ?? elsewhere);
}

/** @returns what the connector's schema makes of the settings, or `undefined` after their problems are reported */
async function checkSettings(
  { file, name }: Entry,
  raw: Readonly<Record<string, unknown>>,
  module: ConnectorModule,
): Promise<{ readonly value: unknown } | undefined> {
  const base = ['connections', name];
  try {
    const result = await module.settings['~standard'].validate(structuredClone(raw));
    if (!result.issues) return { value: result.value };
    const schema = jsonSchemaOf(module.settings);
    const extraKeys = ['connector', 'limits'];
    reportIssues(result.issues, { file, base, value: raw, schema, extraKeys });
  } catch {
    // What a foreign schema throws may quote the settings.
    file.problem(base, { message: 'the connector failed to check these settings' }, 'key');
  }
  return undefined;
}

/** Secrets travel to these addresses: outside of this machine only encrypted. Many connectors check it, too. */
function checkAddresses({ file, name, raw }: Entry): void {
  for (const key of ['loginUrl', 'baseUrl']) {
    const path = ['connections', name, key];
    const value = raw[key];
    const url = typeof value === 'string' && !file.isUnresolved(path) ? URL.parse(value) : null;
    const isOpen = url?.protocol === 'http:' && !isLoopback(url.hostname);
    if (isOpen && !file.hasProblem(path)) {
      file.expected(path, 'an address that begins with https://');
    }
  }
}

export function locateOpenErrors(files: readonly ConfigFile[]): LocateOpenError {
  return (connection, text) => {
    const file = files.find((one) => one.namesIn('connections').includes(connection));
    if (file === undefined) throw new Error(`no file has the connection ${connection}`);
    const path = ['connections', connection];
    const settings = Object.entries(Object(file.valueAt(path)) as object);
    const named = settings.find(
      ([, value]) => typeof value === 'string' && text.startsWith(`${value.trim()}:`),
    );
    const { diagnostics } = file;
    const message = diagnostics.redactor.redact(text, 'settings');
    return diagnostics.redact(
      named === undefined
        ? file.problemAt(path, { message }, 'key')
        : file.problemAt([...path, named[0]], { message }, 'value'),
    );
  };
}

/** JSON with the keys of every object in order. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
