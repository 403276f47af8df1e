/** What a reload swaps in one step. Requests in flight keep the snapshot they began with. */
import { createKeyStore, type KeyStore } from '../auth/key-store.ts';
import type { Configuration } from '../config/configuration.ts';
import type { CreateLimiter } from '../limits/limiter.ts';
import type { Clock } from '../model/clock.ts';
import type { Connection } from '../upstream/connection.ts';
import { createTenant, type Tenant } from './tenant.ts';

export interface Snapshot {
  readonly configuration: Configuration;
  /** Milliseconds since 1970. */
  readonly loadedAt: number;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly keys: KeyStore;
}

/**
 * @param connections the open ones by name.
 * @param previous the snapshot before a reload: unchanged rate limits keep their counts.
 */
export function createSnapshot(
  configuration: Configuration,
  connections: ReadonlyMap<string, Connection>,
  previous: Snapshot | undefined,
  surroundings: { readonly clock: Clock; readonly createLimiter: CreateLimiter },
): Snapshot {
  const { publicMailDomains } = configuration;
  const tenants = [...configuration.tenants.values()].map((tenant) => {
    const before = previous?.tenants.get(tenant.id);
    return [
      tenant.id,
      createTenant(tenant, { ...surroundings, publicMailDomains, connections }, before),
    ] as const;
  });
  return {
    configuration,
    loadedAt: surroundings.clock.now(),
    connections,
    tenants: new Map(tenants),
    keys: createKeyStore(configuration.tenants.values()),
  };
}
