/**
 * What `/health` shows: passive figures only, no CRM is called for it (contract, section 2). `status` and
 * `output` are those of draft-inadarei-api-health-check-06.
 */
import type { HealthStatus } from './connection-health.ts';
import type { Bridge } from './bridge.ts';
import type { Reloader } from './reload.ts';
import { describeConnection, iso } from './connection-health.ts';

export interface HealthOptions {
  readonly bridge: Bridge;
  readonly reloader: Pick<Reloader, 'lastError'>;
  readonly version: string;
  /** Seconds. */
  readonly uptime: number;
  /** The public listener accepts and is not draining. */
  readonly serving: boolean;
}

/** @returns the body of `application/health+json`. A failing connection is a warning: the process serves. */
export function describeHealth({ bridge, reloader, version, uptime, serving }: HealthOptions) {
  const { configuration, loadedAt, connections, tenants } = bridge.current;
  const described = new Map(
    [...connections.values()].map((connection) => [
      connection.name,
      describeConnection(connection),
    ]),
  );
  const reasons = [
    ...(serving ? [] : ['not serving: starting or shutting down']),
    ...(reloader.lastError === undefined ? [] : ['the latest reload failed, see configuration']),
    ...[...described].flatMap(([name, { output }]) => (output ? `${name}: ${output}` : [])),
  ];
  const status: HealthStatus = !serving ? 'fail' : reasons.length === 0 ? 'pass' : 'warn';
  return {
    status,
    output: reasons.length === 0 ? undefined : reasons.join('. '),
    version,
    uptimeSeconds: Math.round(uptime),
    configuration: {
      file: configuration.file,
      loadedAt: iso(loadedAt),
      lastReloadError: reloader.lastError && {
        at: iso(reloader.lastError.at),
        problems: reloader.lastError.problems,
      },
    },
    tenants: Object.fromEntries(
      [...tenants.values()].map(({ configuration: { id, connections: names } }) => [
        id,
        {
          status: worstOf(names.flatMap((name) => described.get(name)?.status ?? [])),
          connections: names,
        },
      ]),
    ),
    connections: Object.fromEntries(described),
    cache: bridge.cacheStats(),
  };
}

/** Of a tenant: `fail` when none of its connections is left to ask. */
function worstOf(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.every((status) => status === 'pass')) return 'pass';
  return statuses.every((status) => status === 'fail') ? 'fail' : 'warn';
}
