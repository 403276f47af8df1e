/** The JSON Schemas of the YAML files, for editors. */
import type { ConnectorModule } from '../../connector/contract.ts';
import { connectorNames, loadConnector } from '../connectors/connector-modules.ts';
import { builtinConnectorsDir } from '../folders.ts';
import { bridgeSchema, includeSchema } from './schema.ts';
import { isRecord } from '../is-record.ts';
import { jsonSchemaOf, type JsonSchema } from './json-schema-paths.ts';

export interface NamedConnector {
  readonly name: string;
  readonly module: Pick<ConnectorModule, 'settings'>;
}

/**
 * The schema of the main file and that of included ones, each under the name of its file in
 * `config/schema/`. @param connectors whose settings are put in; the built-in ones when left out
 */
export async function jsonSchemas(
  connectors?: readonly NamedConnector[],
): Promise<ReadonlyMap<string, string>> {
  const known = connectors ?? (await builtinConnectors());
  return new Map([
    ['bridge.schema.json', textOf('Configuration of the bridge', bridgeSchema, known)],
    ['include.schema.json', textOf('Connections and tenants', includeSchema, known)],
  ]);
}

function textOf(title: string, schema: unknown, connectors: readonly NamedConnector[]): string {
  const relaxed = relax(jsonSchemaOf(schema, DRAFT));
  const whole = { title, ...addConnectors(isRecord(relaxed) ? relaxed : {}, connectors) };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** The built-in connectors, in order of their names. @throws {Error} when one does not load */
export async function builtinConnectors(
  builtinDir = builtinConnectorsDir(),
): Promise<readonly NamedConnector[]> {
  const searchPath = { builtinDir, packageDirs: [] };
  return Promise.all(
    connectorNames(searchPath).map(async (name) => {
      const loaded = await loadConnector(name, searchPath);
      if ('module' in loaded) return { name, module: loaded.module };
      throw new Error(`the connector ${name} ${loaded.message}`);
    }),
  );
}

/** The one that editors understand best. */
const DRAFT = 'draft-07';

/** The pattern of a value that is put in when the file is read. */
const REFERENCE: JsonSchema = { type: 'string', pattern: '\\$\\{' };

/** Words whose values are no schemas of values. */
const KEEP = new Set(['const', 'default', 'enum', 'examples', 'propertyNames', 'required']);

/** Allows `${…}` wherever something else than any text is expected. */
function relax(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relax);
  if (!isRecord(value)) return value;
  const inner = mapValues(value, (each, word) => (KEEP.has(word) ? each : relax(each)));
  if (!needsReference(value)) return inner;
  const { title, description, default: fallback, ...core } = inner;
  return { title, description, default: fallback, anyOf: [core, REFERENCE] };
}

function needsReference({ type, pattern, format, enum: options }: JsonSchema): boolean {
  if (type === 'integer' || type === 'number' || type === 'boolean') return true;
  return type === 'string' && [pattern, format, options].some((word) => word !== undefined);
}

/** Makes the schema of a connection depend on its connector. */
function addConnectors(root: JsonSchema, connectors: readonly NamedConnector[]): JsonSchema {
  const settings = connectors.map(({ name, module }) => settingsOf(name, module.settings));
  const names = { enum: connectors.map(({ name }) => name) };
  const inConnection = (schema: JsonSchema): JsonSchema => ({
    ...schema,
    properties: change(schema.properties, 'connector', ({ title, description, ...core }) => ({
      title,
      description,
      anyOf: [names, core],
    })),
    allOf: settings.flatMap(({ branch }) => branch ?? []),
  });
  return {
    ...root,
    properties: change(root.properties, 'connections', (connections) =>
      change(connections, 'additionalProperties', inConnection),
    ),
    definitions: Object.assign({}, ...settings.map((each) => each.definitions)) as JsonSchema,
  };
}

/** The object with one of its values replaced. */
function change(object: unknown, key: string, make: (value: JsonSchema) => JsonSchema): JsonSchema {
  const known = isRecord(object) ? object : {};
  const value = known[key];
  return { ...known, [key]: make(isRecord(value) ? value : {}) };
}

function isConnector(name: string): JsonSchema {
  return { properties: { connector: { const: name } }, required: ['connector'] };
}

interface Settings {
  /** What holds for a connection with this connector; none when the connector offers no JSON Schema. */
  readonly branch?: JsonSchema;
  readonly definitions: JsonSchema;
}

/** A connector's settings beside the bridge's keys; its definitions get the connector's name as a prefix. */
function settingsOf(name: string, settings: unknown): Settings {
  const relaxed = relax(jsonSchemaOf(settings, DRAFT) ?? {});
  const { definitions, ...schema } = prefixReferences(relaxed, name);
  if (!isRecord(schema.properties)) return { definitions: {} };
  const properties = { ...schema.properties, connector: {}, limits: {} };
  const named = Object.entries(isRecord(definitions) ? definitions : {});
  return {
    branch: { if: isConnector(name), then: { ...schema, $schema: undefined, properties } },
    definitions: Object.fromEntries(named.map(([key, value]) => [`${name}.${key}`, value])),
  };
}

function prefixReferences(schema: unknown, name: string): JsonSchema {
  const text = JSON.stringify(schema, (word, value: unknown) =>
    word === '$ref' && typeof value === 'string'
      ? value.replace('#/definitions/', `#/definitions/${name}.`)
      : value,
  );
  return JSON.parse(text) as JsonSchema;
}

function mapValues(
  object: JsonSchema,
  change: (value: unknown, key: string) => unknown,
): JsonSchema {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, change(value, key)]),
  );
}
