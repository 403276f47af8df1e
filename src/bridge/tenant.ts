/** A tenant of the running configuration, with what its rules were compiled into. */
import type { TenantConfiguration } from '../config/configuration.ts';
import type { MonotonicClock } from '../model/clock.ts';
import { emailMatcher, type Email } from '../model/email.ts';
import type { CreateLimiter, Limiter } from '../limits/limiter.ts';
import { ipAllowList, type NetworkList } from '../auth/ip-allow-list.ts';
import type { Connection } from '../upstream/connection.ts';
import type { LookupPlan } from '../lookup/resolve.ts';

export interface Tenant {
  readonly configuration: TenantConfiguration;
  readonly plan: LookupPlan;
  readonly ignores: (email: Email) => boolean;
  readonly network: NetworkList;
  readonly limiter: Limiter;
}

/** The share of `rateLimit` that may be lookups of unknown people, but at least {@link MIN_UNKNOWN}. */
const UNKNOWN_SHARE = 0.5;
const MIN_UNKNOWN = 100;
/** Whose unknown lookups are counted at once. A limiter takes memory for all its keys when it is made. */
const MAX_CONNECTIONS = 100;

export interface TenantSurroundings {
  /** Of the configuration. */
  readonly publicMailDomains: readonly string[];
  /** The open ones by name; the configuration has been checked to name only these. */
  readonly connections: ReadonlyMap<string, Connection>;
  readonly clock: MonotonicClock;
  readonly createLimiter: CreateLimiter;
}

/**
 * @param previous the same tenant before a reload: an unchanged rate limit keeps its counts.
 */
export function createTenant(
  configuration: TenantConfiguration,
  { publicMailDomains, connections, clock, createLimiter }: TenantSurroundings,
  previous: Tenant | undefined,
): Tenant {
  const { requests, per } = configuration.rateLimit;
  const before = previous?.configuration.rateLimit;
  const unchanged = previous !== undefined && before?.requests === requests && before.per === per;
  // Another rule has other counts.
  const rule = `${configuration.id} ${requests} ${per}`;
  const maxUnknown = Math.max(MIN_UNKNOWN, Math.round(requests * UNKNOWN_SHARE));
  return {
    configuration,
    plan: {
      connections: configuration.connections.flatMap((name) => connections.get(name) ?? []),
      strategy: configuration.strategy,
      companyByDomain: configuration.companyByDomain,
      publicMailDomains,
      unknownLookups: unchanged
        ? previous.plan.unknownLookups
        : createLimiter(`unknown ${rule}`, {
            maxEvents: maxUnknown,
            windowMs: per,
            maxKeys: MAX_CONNECTIONS,
            clock,
          }),
    },
    ignores: emailMatcher(configuration.ignoreEmails),
    network: ipAllowList(configuration.allowFrom),
    limiter: unchanged
      ? previous.limiter
      : createLimiter(`requests ${rule}`, {
          maxEvents: requests,
          windowMs: per,
          maxKeys: 1,
          clock,
        }),
  };
}
