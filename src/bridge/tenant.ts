/** A tenant of the running configuration, with what its rules were compiled into. */
import type { TenantConfiguration } from '../config/configuration.ts';
import { emailMatcher, type Email } from '../model/email.ts';
import { createLimiter, type Limiter } from '../limits/limiter.ts';
import { networkList, type NetworkList } from '../auth/ip-allow-list.ts';
import type { Clock } from '../model/clock.ts';
import { Strangers } from '../limits/unknown-lookup-limiter.ts';
import type { Connection } from '../upstream/connection.ts';
import type { LookupPlan } from '../lookup/resolve.ts';

export interface Tenant {
  readonly configuration: TenantConfiguration;
  readonly plan: LookupPlan;
  readonly ignores: (email: Email) => boolean;
  readonly network: NetworkList;
  readonly limiter: Limiter;
  /** People whom a connection does not know: a share of the rate limit for each connection, by name. */
  readonly strangers: (connection: string) => Strangers;
}

/** The share of `rateLimit` that may be lookups of unknown people, but at least {@link FEW_STRANGERS}. */
const STRANGERS = 0.5;
const FEW_STRANGERS = 100;

/**
 * @param connections the open ones by name; the configuration has been checked to name only these.
 * @param former the same tenant before a reload: an unchanged rate limit goes on counting.
 */
export function createTenant(
  configuration: TenantConfiguration,
  connections: ReadonlyMap<string, Connection>,
  former: Tenant | undefined,
  clock: Clock,
): Tenant {
  const { requests, per } = configuration.rateLimit;
  const before = former?.configuration.rateLimit;
  const unchanged = former !== undefined && before?.requests === requests && before.per === per;
  return {
    configuration,
    plan: {
      connections: configuration.connections.flatMap((name) => connections.get(name) ?? []),
      strategy: configuration.strategy,
      companyByDomain: configuration.companyByDomain,
    },
    ignores: emailMatcher(configuration.ignoreEmails),
    network: networkList(configuration.allowFrom),
    ...(unchanged
      ? { limiter: former.limiter, strangers: former.strangers }
      : {
          limiter: createLimiter({ requests, per }),
          strangers: strangersOf(
            { most: Math.max(FEW_STRANGERS, Math.round(requests * STRANGERS)), per },
            clock,
          ),
        }),
  };
}

function strangersOf(limit: ConstructorParameters<typeof Strangers>[0], clock: Clock) {
  const made = new Map<string, Strangers>();
  return (connection: string): Strangers => {
    const known = made.get(connection) ?? new Strangers(limit, clock);
    made.set(connection, known);
    return known;
  };
}
