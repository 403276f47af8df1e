/** Checks the connections of all files: finds their connectors and lets these check the settings. */
import { hash } from 'node:crypto';
import type { ConnectionConfiguration } from '../configuration.ts';
import {
  CONNECTOR_TIMEOUT_MS,
  PACKAGE_PREFIX,
  type ConnectorSearchPath,
} from './connector-modules.ts';
import { Connectors } from './connectors.ts';
import type { ConnectorModule, Limits } from '../../connector/contract.ts';
import { reportIssues } from '../schema/issues.ts';
import { withTimeout } from '../../model/clock.ts';
import type { TimeSlice } from '../../model/time-slice.ts';
import { didYouMean } from '../../model/closest-match.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { ConfigFile } from '../yaml/config-file.ts';
import { listOf, type LocateOpenError } from '../problem.ts';
import { connectionSchema, inputSchema } from '../schema/schema.ts';
import { isRecord } from '../is-record.ts';
import { type JsonSchema } from '../schema/json-schema-paths.ts';
import { isLoopback, NAME } from '../schema/setting-types.ts';

export interface ConnectionOptions {
  readonly searchPath: ConnectorSearchPath;
  readonly diagnostics: Diagnostics;
  readonly slice: TimeSlice;
  /** For a connector to load, and to check the settings of a connection. */
  readonly timeoutMs?: number | undefined;
}

/** All connections that are right, by name; the problems of the others are reported. */
export async function checkConnections(
  files: readonly ConfigFile[],
  { searchPath, diagnostics, slice, timeoutMs = CONNECTOR_TIMEOUT_MS }: ConnectionOptions,
): Promise<ReadonlyMap<string, ConnectionConfiguration>> {
  const connections = new Map<string, ConnectionConfiguration>();
  const connectors = new Connectors(searchPath, diagnostics.vocabulary, timeoutMs);
  let schema: JsonSchema | undefined;
  for (const file of files) {
    for (const name of file.namesIn('connections')) {
      if (slice.isOver) await slice.next();
      const base = ['connections', name];
      const value = file.valueAt(base);
      const own = connectionSchema.safeParse(value);
      if (!own.success) {
        const { issues } = own.error;
        schema ??= inputSchema(connectionSchema);
        await reportIssues(issues, { file, base, value, schema, isOwnSchema: true });
      }
      const raw = isRecord(value) ? value : {};
      const connection = await checkConnection(
        { file, name, raw, timeoutMs },
        own.data?.limits,
        connectors,
      );
      if (connection) connections.set(name, connection);
    }
  }
  return connections;
}

interface Entry {
  readonly file: ConfigFile;
  readonly name: string;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
}

/** The keys of a connection that are not its connector's. */
const OWN_KEYS: readonly string[] = Object.keys(connectionSchema.shape);

/** @param limits `undefined` when they are wrong */
async function checkConnection(
  entry: Entry,
  limits: Limits | undefined,
  connectors: Connectors,
): Promise<ConnectionConfiguration | undefined> {
  const { file, name, raw } = entry;
  const { connector } = raw;
  const path = ['connections', name, 'connector'];
  if (typeof connector !== 'string' || !NAME.test(connector) || file.isUnresolved(path))
    return undefined;
  const { loaded, schema } = await connectors.load(connector);
  if (!('module' in loaded)) {
    reportConnector(entry, connector, loaded, connectors);
    return undefined;
  }
  if (loaded.shadowsBuiltin) {
    const message = `the connector in ${file.diagnostics.show(loaded.file)} takes the place of the built-in one`;
    file.warning(path, { message, hint: 'give it another name if that is not meant' });
  }
  const rawSettings = Object.fromEntries(
    Object.entries(raw).filter(([key]) => !OWN_KEYS.includes(key)),
  );
  const { module, isBuiltin } = loaded;
  const settings = await checkSettings(entry, rawSettings, { module, isBuiltin, schema });
  checkAddresses(entry);
  if (!settings || !limits) return undefined;
  const identity = [connector, loaded.file, rawSettings, limits, file.baseDir];
  return {
    name,
    connector,
    isBuiltin,
    module,
    settings: settings.value,
    limits,
    baseDir: file.baseDir,
    fingerprint: hash('sha256', stableJson(identity)),
  };
}

function reportConnector(
  { file, name }: Entry,
  connector: string,
  failure: { readonly file: string | undefined; readonly message: string },
  connectors: Connectors,
): void {
  const path = ['connections', name, 'connector'];
  const { diagnostics } = file;
  if (failure.file !== undefined) {
    const message = `the connector in ${diagnostics.show(failure.file)} ${failure.message}`;
    const shown = diagnostics.redactor.redact(message, 'settings');
    file.problem(path, { message: shown, hint: 'fix it and restart' });
    return;
  }
  const { names } = connectors;
  const expected = names.length === 0 ? 'the name of a connector' : listOf(names, 'or');
  const elsewhere = `is connectorsDir not set, or the npm package ${PACKAGE_PREFIX}NAME not installed?`;
  const covered = COVERED.find(
    ([pattern, one]) => pattern.test(connector) && names.includes(one),
  )?.[2];
  file.expected(path, expected, () => didYouMean(connector, names) ?? covered ?? elsewhere);
}

/** Names that are no connector's, but have one. */
const COVERED: readonly (readonly [RegExp, name: string, hint: string])[] = [
  [/postgres|mysql|maria|sqlite|^(?:db|database)$/i, 'sql', 'for a database write "sql"'],
  [
    /^(?:https?|api|json|graphql|pipedrive|zoho|dynamics(?:365)?|zendesk|freshdesk|stripe)$/i,
    'rest',
    'for an HTTP API write "rest"; docs/rest.md has recipes',
  ],
];

/** @returns what the connector's schema makes of the settings, or `undefined` after their problems are reported */
async function checkSettings(
  { file, name, timeoutMs }: Entry,
  raw: Readonly<Record<string, unknown>>,
  connector: {
    readonly module: ConnectorModule;
    readonly isBuiltin: boolean;
    readonly schema: () => JsonSchema | undefined;
  },
): Promise<{ readonly value: unknown } | undefined> {
  const base = ['connections', name];
  const { module, isBuiltin, schema } = connector;
  try {
    const validating = Promise.resolve(module.settings['~standard'].validate(structuredClone(raw)));
    const validated = await withTimeout(
      validating.then((result) => ({ result })),
      timeoutMs,
    );
    if (validated === undefined) {
      const message = `the connector did not check these settings within ${timeoutMs / 1000} s`;
      file.problem(base, { message }, 'key');
      return undefined;
    }
    const { result } = validated;
    if (!result.issues) return { value: result.value };
    // Those of the product quote nothing but what is near a word they know.
    const isOwnSchema = isBuiltin;
    await reportIssues(result.issues, {
      ...{ file, base, value: raw, schema: schema() },
      ...{ isOwnSchema, extraKeys: OWN_KEYS },
    });
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
    const byValue = settings.find(
      ([, value]) => typeof value === 'string' && text.startsWith(`${value.trim()}:`),
    );
    const byKey = settings.find(([key]) => text.startsWith(`${key}: `));
    const [key] = byValue ?? byKey ?? [];
    // The path has the key already.
    const shown = byValue === undefined && key !== undefined ? text.slice(key.length + 2) : text;
    const { diagnostics } = file;
    const message = diagnostics.redactor.redact(shown, 'settings');
    return diagnostics.redact(
      key === undefined
        ? file.problemAt(path, { message }, 'key')
        : file.problemAt([...path, key], { message }, 'value'),
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
