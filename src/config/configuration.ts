/**
 * The configuration as the rest of the program sees it: checked, with every default filled in, durations in
 * milliseconds, connectors loaded and templates compiled. `load.ts` makes it; nothing changes it afterwards.
 * `schema/schema.ts` says what each key means.
 */
import type { ConnectorModule, Limits } from '../connector/contract.ts';
import type { TemplateSet } from '../render/template-set.ts';
import type { LocateOpenError } from './problem.ts';
import type { Redactor } from './redactor.ts';
import type { BridgeFile, Tenant } from './schema/schema.ts';
import type { WatchedPaths } from './watch.ts';

export interface Configuration extends Pick<
  DeepReadonly<BridgeFile>,
  'server' | 'ops' | 'log' | 'cache' | 'shared' | 'publicMailDomains'
> {
  /** The main file, absolute. */
  readonly file: string;
  /** Everything it was made from: YAML files, `${file:…}` contents, templates. Absolute. */
  readonly watched: WatchedPaths;
  readonly connections: ReadonlyMap<string, ConnectionConfiguration>;
  readonly tenants: ReadonlyMap<string, TenantConfiguration>;
  /** Knows the secrets of the configuration. */
  readonly redactor: Redactor;
  readonly locateOpenError: LocateOpenError;
}

export type CacheConfiguration = Configuration['cache'];
export type SharedConfiguration = NonNullable<Configuration['shared']>;

export interface ConnectionConfiguration {
  readonly name: string;
  /** The connector's name, such as `csv`. */
  readonly connector: string;
  /** It quotes nothing of its CRM in errors, so `/health` and the log may show their messages. */
  readonly isBuiltin?: boolean;
  readonly module: ConnectorModule;
  /** What the connector's own schema made of the settings. */
  readonly settings: unknown;
  readonly limits: Limits;
  /** The folder of the file that names the connection; relative paths in its settings belong to it. */
  readonly baseDir: string;
  /** Equal for two loads exactly when the connection can stay open: connector, settings, limits, baseDir. A digest, no secret. */
  readonly fingerprint: string;
}

export interface TenantConfiguration extends DeepReadonly<Tenant> {
  readonly id: string;
  /** The id, unless the file has another. */
  readonly name: string;
  readonly templates: TemplateSet;
}

type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };
