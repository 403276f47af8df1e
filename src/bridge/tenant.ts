/** A tenant of the running configuration, with what its rules were compiled into. */
import type { TenantConfiguration } from '../config/configuration.ts';
import { emailMatcher, type Email } from '../model/email.ts';
import { createLimiter, type Limiter } from '../limits/limiter.ts';
import { ipAllowList, type NetworkList } from '../auth/ip-allow-list.ts';
import type { Clock } from '../model/clock.ts';
import { UnknownLookupLimiter } from '../limits/unknown-lookup-limiter.ts';
import type { Connection } from '../upstream/connection.ts';
import type { LookupPlan } from '../lookup/resolve.ts';

export interface Tenant {
  readonly configuration: TenantConfiguration;
  readonly plan: LookupPlan;
  readonly ignores: (email: Email) => boolean;
  readonly network: NetworkList;
  readonly limiter: Limiter;
  /** People whom a connection does not know: a share of the rate limit for each connection, by name. */
  readonly unknownLookups: (connection: string) => UnknownLookupLimiter;
}

/** The share of `rateLimit` that may be lookups of unknown people, but at least {@link MIN_UNKNOWN}. */
const UNKNOWN_SHARE = 0.5;
const MIN_UNKNOWN = 100;

/**
 * @param connections the open ones by name; the configuration has been checked to name only these.
 * @param previous the same tenant before a reload: an unchanged rate limit goes on counting.
 */
export function createTenant(
  configuration: TenantConfiguration,
  connections: ReadonlyMap<string, Connection>,
  previous: Tenant | undefined,
  clock: Clock,
): Tenant {
  const { requests, per } = configuration.rateLimit;
  const before = previous?.configuration.rateLimit;
  const unchanged = previous !== undefined && before?.requests === requests && before.per === per;
  return {
    configuration,
    plan: {
      connections: configuration.connections.flatMap((name) => connections.get(name) ?? []),
      strategy: configuration.strategy,
      companyByDomain: configuration.companyByDomain,
    },
    ignores: emailMatcher(configuration.ignoreEmails),
    network: ipAllowList(configuration.allowFrom),
    ...(unchanged
      ? { limiter: previous.limiter, unknownLookups: previous.unknownLookups }
      : {
          limiter: createLimiter({ requests, per }),
          unknownLookups: unknownLookupLimiter(
            { most: Math.max(MIN_UNKNOWN, Math.round(requests * UNKNOWN_SHARE)), per },
            clock,
          ),
        }),
  };
}

function unknownLookupLimiter(
  limit: ConstructorParameters<typeof UnknownLookupLimiter>[0],
  clock: Clock,
) {
  const made = new Map<string, UnknownLookupLimiter>();
  return (connection: string): UnknownLookupLimiter => {
    const known = made.get(connection) ?? new UnknownLookupLimiter(limit, clock);
    made.set(connection, known);
    return known;
  };
}
