/** What `/health` shows: passive figures only, no CRM is called for it (contract, section 2). */
import type { Bridge } from '../bridge.ts';
import type { Connection } from '../lookup/connection.ts';
import type { Reloader } from '../reload.ts';

export type HealthStatus = 'pass' | 'warn' | 'fail';

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
  const { configuration, loadedAt, connections } = bridge.current;
  const described = Object.fromEntries(
    [...connections.values()].map((connection) => [connection.name, describe(connection)]),
  );
  const well =
    reloader.lastError === undefined &&
    Object.values(described).every(({ status }) => status === 'pass');
  const status: HealthStatus = !serving ? 'fail' : well ? 'pass' : 'warn';
  return {
    status,
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
    connections: described,
    cache: bridge.cacheStats(),
  };
}

function describe(connection: Connection) {
  const { circuit, restsUntil, lastSuccessAt, lastError, quota, latency, lookups, notices } =
    connection.status();
  const failedLast = lastError !== undefined && lastError.at >= (lastSuccessAt ?? 0);
  const status: HealthStatus =
    circuit !== 'closed' ? 'fail' : failedLast || notices.length > 0 ? 'warn' : 'pass';
  return {
    status,
    connector: connection.configuration.connector,
    circuit,
    restsUntil: iso(restsUntil),
    lastSuccessAt: iso(lastSuccessAt),
    lastError: lastError && { class: lastError.kind, at: iso(lastError.at) },
    quota: quota && { used: quota.used, limit: quota.limit },
    latencyMs: latency,
    lookups,
    notices,
  };
}

/** Left out of the JSON when there is nothing to tell. */
function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
