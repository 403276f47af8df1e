/** Puts together what was found right. */
import type {
  Configuration,
  ConnectionConfiguration,
  TenantConfiguration,
} from './configuration.ts';
import type { WatchedPaths } from './watch.ts';
import type { TemplateSet } from '../render/template-set.ts';
import type { LocateOpenError } from './problem.ts';
import type { ConfigFile } from './yaml/config-file.ts';
import type { BridgeFile, IncludeFile, Tenant } from './schema/schema.ts';

export interface CheckedFile {
  readonly part: ConfigFile;
  readonly file: BridgeFile | IncludeFile;
}

/** A tenant and the file that has it. */
export interface TenantEntry {
  readonly part: ConfigFile;
  readonly id: string;
  readonly tenant: Tenant;
}

export function tenantsOf(files: readonly CheckedFile[]): readonly TenantEntry[] {
  return files.flatMap(({ part, file }) =>
    Object.entries(file.tenants).map(([id, tenant]) => ({ part, id, tenant })),
  );
}

export interface CheckedConfig {
  /** The main file, absolute. */
  readonly file: string;
  readonly watched: WatchedPaths;
  readonly bridge: BridgeFile;
  readonly connections: ReadonlyMap<string, ConnectionConfiguration>;
  readonly tenants: readonly TenantEntry[];
  /** By the tenant's name. */
  readonly templates: ReadonlyMap<string, TemplateSet>;
  readonly locateOpenError: LocateOpenError;
  readonly redact: (text: string) => string;
}

export function assemble({ bridge, tenants, templates, ...rest }: CheckedConfig): Configuration {
  const { server, ops, log, cache } = bridge;
  return {
    ...rest,
    server: { ...server, publicUrl: server.publicUrl },
    ops: { ...ops, key: ops.key },
    log,
    cache,
    tenants: new Map(
      tenants.flatMap(({ id, tenant }) => {
        const set = templates.get(id);
        return set ? [[id, assembleTenant(id, tenant, set)]] : [];
      }),
    ),
  };
}

function assembleTenant(id: string, tenant: Tenant, templates: TemplateSet): TenantConfiguration {
  return {
    id,
    name: tenant.name ?? id,
    keys: tenant.keys,
    connections: tenant.connections,
    strategy: tenant.strategy,
    templates,
    deadline: tenant.deadline,
    locale: tenant.locale,
    timeZone: tenant.timeZone,
    currency: tenant.currency,
    ignoreEmails: tenant.ignoreEmails,
    companyByDomain: tenant.companyByDomain,
    maxLength: tenant.maxLength,
    lineSeparator: tenant.lineSeparator,
    unavailableStatus: tenant.unavailableStatus,
    rateLimit: tenant.rateLimit,
    allowFrom: tenant.allowFrom,
  };
}
