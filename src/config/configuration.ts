/**
 * The configuration as the rest of the program sees it: checked, with every default filled in, durations in
 * milliseconds, connectors loaded and templates compiled. `load.ts` makes it; nothing changes it afterwards.
 */
import type { WatchedPaths } from './watch.ts';
import type { ConnectorModule, Limits } from '../connector/contract.ts';
import type { TemplateSet } from '../render/template-set.ts';
import type { LocateOpenError } from './problem.ts';

export interface Configuration {
  /** The main file, absolute. */
  readonly file: string;
  /** Everything it was made from and that is watched: YAML files, `${file:…}` contents, templates. Absolute. */
  readonly watched: WatchedPaths;
  readonly server: ServerConfiguration;
  readonly ops: OpsConfiguration;
  readonly log: LogConfiguration;
  readonly cache: CacheConfiguration;
  readonly connections: ReadonlyMap<string, ConnectionConfiguration>;
  readonly tenants: ReadonlyMap<string, TenantConfiguration>;
  /** Cuts secrets of the configuration out of what a connector wrote. */
  readonly redact: (text: string) => string;
  /** Places what a connector says when its connection cannot be opened. */
  readonly locateOpenError: LocateOpenError;
}

export interface ServerConfiguration {
  readonly host: string;
  readonly port: number;
  /** Without a trailing slash. */
  readonly publicUrl: string | undefined;
  /** As Express takes it: a number of hops, `loopback`, addresses, networks. */
  readonly trustProxy: boolean | number | string | readonly string[];
  readonly drainTimeout: number;
  readonly wrongKeys: { readonly attempts: number; readonly per: number };
}

export interface OpsConfiguration {
  readonly host: string;
  readonly port: number;
  readonly key: string | undefined;
}

export interface LogConfiguration {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'json' | 'pretty';
}

export interface CacheConfiguration {
  readonly maxEntries: number;
  readonly ttl: number;
  readonly notFoundTtl: number;
  readonly staleTtl: number;
}

export interface ConnectionConfiguration {
  readonly name: string;
  /** The connector's name, such as `csv`. */
  readonly connector: string;
  readonly module: ConnectorModule;
  /** What the connector's own schema made of the settings. */
  readonly settings: unknown;
  readonly limits: Limits;
  /** The folder of the file that names the connection; relative paths in its settings belong to it. */
  readonly baseDir: string;
  /** Equal for two loads exactly when the connection can stay open: connector, settings, limits, baseDir. A digest, no secret. */
  readonly fingerprint: string;
}

export interface TenantConfiguration {
  readonly id: string;
  readonly name: string;
  /** Plain keys or `sha256:` and 64 hex digits. */
  readonly keys: readonly string[];
  readonly connections: readonly string[];
  readonly strategy: 'first' | 'merge';
  readonly templates: TemplateSet;
  readonly deadline: number;
  readonly locale: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly ignoreEmails: readonly string[];
  readonly companyByDomain: boolean;
  readonly maxLength: number;
  readonly lineSeparator: string;
  readonly unavailableStatus: number;
  readonly rateLimit: { readonly requests: number; readonly per: number };
  /** CIDR ranges or addresses; empty: everybody. */
  readonly allowFrom: readonly string[];
}
