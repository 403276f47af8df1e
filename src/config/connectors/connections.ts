/** Checks the connections of all files: finds their connectors and lets these check the settings. */
import { createHash } from 'node:crypto';
import type { ConnectionConfiguration } from '../configuration.ts';
import {
  connectorNames,
  loadConnector,
  PACKAGE_PREFIX,
  type ConnectorSearchPath,
  type LoadedConnector,
} from './connector-modules.ts';
import type { ConnectorModule } from '../../connector/contract.ts';
import { reportIssues } from '../schema/issues.ts';
import { didYouMean } from '../../model/closest-match.ts';
import { isUnresolved, valueAt, type ConfigFile } from '../yaml/config-file.ts';
import { listOf } from '../problem.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { connectionSchema } from '../schema/schema.ts';
import { isRecord, jsonSchemaOf } from '../schema/schema-walk.ts';
import { isLoopback, NAME } from '../schema/setting-types.ts';

/**
 * All connections that are right, by name; the problems of the others are reported. Does not report what
 * the schema of the file does: a missing connector, wrong limits.
 */
export async function checkConnections(
  parts: readonly ConfigFile[],
  places: ConnectorSearchPath,
  report: Diagnostics,
): Promise<ReadonlyMap<string, ConnectionConfiguration>> {
  const loading = new Map<string, Promise<LoadedConnector>>();
  const load = (connector: string): Promise<LoadedConnector> => {
    const known = loading.get(connector) ?? loadConnector(connector, places);
    loading.set(connector, known);
    return known;
  };
  const connections = new Map<string, ConnectionConfiguration>();
  for (const part of parts) {
    const named = valueAt(part.value, ['connections']);
    for (const [name, raw] of isRecord(named) ? Object.entries(named) : []) {
      const entry: Entry = { part, name, raw: isRecord(raw) ? raw : {} };
      const connection = await checkConnection(entry, load, places, report);
      if (connection) connections.set(name, connection);
    }
  }
  return connections;
}

interface Entry {
  readonly part: ConfigFile;
  readonly name: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

async function checkConnection(
  entry: Entry,
  load: (connector: string) => Promise<LoadedConnector>,
  places: ConnectorSearchPath,
  report: Diagnostics,
): Promise<ConnectionConfiguration | undefined> {
  const { part, name, raw } = entry;
  const { connector, limits: rawLimits, ...rawSettings } = raw;
  const path = ['connections', name, 'connector'];
  if (typeof connector !== 'string' || !NAME.test(connector) || isUnresolved(part, path))
    return undefined;
  const loaded = await load(connector);
  if (!('module' in loaded)) {
    reportConnector(entry, connector, loaded, places, report);
    return undefined;
  }
  if (loaded.shadowsBuiltin) {
    const message = `the connector in ${report.show(loaded.file)} takes the place of the product's own`;
    report.warning(part, path, { message, hint: 'give it another name if that is not meant' });
  }
  const settings = await checkSettings(entry, rawSettings, loaded.module, report);
  checkAddresses(entry, report);
  const limits = connectionSchema.shape.limits.safeParse(rawLimits);
  if (!settings || !limits.success) return undefined;
  const { baseDir } = part;
  const identity = [connector, loaded.file, rawSettings, limits.data, baseDir];
  return {
    name,
    connector,
    module: loaded.module,
    settings: settings.value,
    limits: limits.data,
    baseDir,
    fingerprint: createHash('sha256').update(stableJson(identity)).digest('hex'),
  };
}

function reportConnector(
  { part, name }: Entry,
  connector: string,
  { file, message }: { readonly file: string | undefined; readonly message: string },
  places: ConnectorSearchPath,
  report: Diagnostics,
): void {
  const path = ['connections', name, 'connector'];
  if (file !== undefined) {
    const cause = report.confidential.appearsIn(message) ? 'does not load' : message;
    const hint = 'mend it and start the bridge again';
    report.problem(part, path, { message: `the connector in ${report.show(file)} ${cause}`, hint });
    return;
  }
  const known = connectorNames(places);
  const expected = known.length === 0 ? 'the name of a connector' : listOf(known, 'or');
  const elsewhere = `is connectorsDir not set, or the npm package ${PACKAGE_PREFIX}NAME not installed?`;
  report.expected(part, path, expected, didYouMean(connector, known) ?? elsewhere);
}

/** @returns what the connector's schema makes of the settings, or `undefined` after a report */
async function checkSettings(
  { part, name }: Entry,
  raw: Readonly<Record<string, unknown>>,
  module: ConnectorModule,
  report: Diagnostics,
): Promise<{ readonly value: unknown } | undefined> {
  const base = ['connections', name];
  try {
    const result = await module.settings['~standard'].validate(structuredClone(raw));
    if (!result.issues) return { value: result.value };
    const schema = jsonSchemaOf(module.settings);
    const furtherKeys = ['connector', 'limits'];
    reportIssues(result.issues, { part, base, value: raw, schema, extraKeys: furtherKeys }, report);
  } catch {
    // What a foreign schema throws may quote the settings.
    report.problem(part, base, { message: 'the connector failed to check these settings' }, 'key');
  }
  return undefined;
}

/** Secrets travel to these addresses: outside of this machine only encrypted. Many connectors check it, too. */
function checkAddresses({ part, name, raw }: Entry, report: Diagnostics): void {
  for (const key of ['loginUrl', 'baseUrl']) {
    const path = ['connections', name, key];
    const value = raw[key];
    const url = typeof value === 'string' && !isUnresolved(part, path) ? URL.parse(value) : null;
    const isOpen = url?.protocol === 'http:' && !isLoopback(url.hostname);
    if (isOpen && !report.hasProblem(part, path)) {
      report.expected(part, path, 'an address that begins with https://');
    }
  }
}

/** JSON with the keys of every object in order. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
