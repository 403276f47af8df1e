/** The connectors that a configuration names, each looked for once. */
import type { Vocabulary } from '../quotable.ts';
import { allKeys, jsonSchemaOf, type JsonSchema } from '../schema/json-schema-paths.ts';
import {
  connectorNames,
  loadConnector,
  type ConnectorSearchPath,
  type LoadedConnector,
} from './connector-modules.ts';

export class Connectors {
  readonly #searchPath: ConnectorSearchPath;
  readonly #vocabulary: Vocabulary;
  readonly #timeoutMs: number | undefined;
  readonly #loaded = new Map<string, Promise<Connector>>();
  #names: readonly string[] | undefined;

  /** @param vocabulary gets the keys of their settings @param timeoutMs of a load */
  constructor(searchPath: ConnectorSearchPath, vocabulary: Vocabulary, timeoutMs?: number) {
    this.#timeoutMs = timeoutMs;
    this.#searchPath = searchPath;
    this.#vocabulary = vocabulary;
  }

  /** The names of all that there are. */
  get names(): readonly string[] {
    return (this.#names ??= connectorNames(this.#searchPath));
  }

  load(name: string): Promise<Connector> {
    const loading = this.#loaded.get(name) ?? this.#load(name);
    this.#loaded.set(name, loading);
    return loading;
  }

  async #load(name: string): Promise<Connector> {
    const loaded = await loadConnector(name, this.#searchPath, this.#timeoutMs);
    let made: JsonSchema | undefined;
    const schema = () =>
      'module' in loaded ? (made ??= jsonSchemaOf(loaded.module.settings)) : undefined;
    this.#vocabulary.add(() => allKeys(schema()));
    return { loaded, schema };
  }
}

interface Connector {
  readonly loaded: LoadedConnector;
  /** Of its settings; only a problem needs it. */
  readonly schema: () => JsonSchema | undefined;
}
