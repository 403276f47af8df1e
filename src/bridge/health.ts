/**
 * What `/health` shows: figures the bridge has anyway, no CRM is called for it. `status`
 * and `output` are those of draft-inadarei-api-health-check-06.
 */
import { formatProblem } from '../config/problem.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import { toIsoString } from '../model/clock.ts';
import type { Connection, ConnectionStatus } from '../upstream/connection.ts';
import { isSpent } from '../upstream/policy.ts';
import type { Bridge } from './bridge.ts';
import type { Reloader } from './reload.ts';

export interface HealthOptions {
  readonly bridge: Bridge;
  readonly reloader: Pick<Reloader, 'lastError'>;
  readonly version: string;
  /** Seconds. */
  readonly uptime: number;
  /** The public listener accepts and is not draining. */
  readonly serving: boolean;
}

type HealthStatus = 'pass' | 'warn' | 'fail';

/** @returns the body of `application/health+json`. A failing connection is a warning: the process serves. */
export function describeHealth({ bridge, reloader, version, uptime, serving }: HealthOptions) {
  const { configuration, loadedAt, connections, tenants } = bridge.current;
  const described = new Map(
    [...connections].map(([name, connection]) => [name, describeConnection(connection)]),
  );
  const { lastError } = reloader;
  const shared = describeShared(bridge);
  const reasons = [
    ...(serving ? [] : ['not serving: starting or shutting down']),
    ...(lastError === undefined ? [] : ['the latest reload failed, see configuration']),
    ...[...described].flatMap(([name, { output }]) => (output ? `${name}: ${output}` : [])),
    ...(shared?.output === undefined ? [] : [`shared: ${shared.output}`]),
  ];
  const status: HealthStatus = !serving ? 'fail' : reasons.length === 0 ? 'pass' : 'warn';
  return {
    status,
    output: reasons.length === 0 ? undefined : reasons.join('. '),
    version,
    uptimeSeconds: Math.round(uptime),
    configuration: {
      file: configuration.file,
      loadedAt: toIsoString(loadedAt),
      lastReloadError: lastError && {
        at: iso(lastError.at),
        problems: lastError.problems.map((problem) => formatProblem(problem)),
      },
    },
    tenants: Object.fromEntries(
      [...tenants.values()].map(({ configuration: { id, connections: names } }) => {
        const statuses = names.flatMap((name) => described.get(name)?.status ?? []);
        return [id, { status: worstOf(statuses), connections: names }];
      }),
    ),
    connections: Object.fromEntries(described),
    cache: bridge.cacheStats(),
    shared,
  };
}

/** Without the shared store each process continues with its memory, so that is a warning. */
function describeShared(bridge: Bridge) {
  const status = bridge.sharedStatus();
  if (status === undefined) return undefined;
  const { isJoined, problem, processes } = status;
  return {
    status: problem === undefined ? ('pass' as const) : ('warn' as const),
    output: problem,
    joined: isJoined,
    processes,
  };
}

/** `fail` when every connection of a tenant fails. */
function worstOf(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.every((status) => status === 'pass')) return 'pass';
  return statuses.every((status) => status === 'fail') ? 'fail' : 'warn';
}

/** `output` is there exactly when `status` is not `pass`; what is unknown is left out of the JSON. */
function describeConnection(connection: Connection) {
  const { connector, limits } = connection.configuration;
  const current = connection.status();
  const { status, reasons } = statusOf(current, limits.quotaReserve);
  const { circuit, openUntil, lastSuccessAt, lastError, quota, latency, lookups, notices } =
    current;
  return {
    status,
    output: reasons.length === 0 ? undefined : reasons.join('; '),
    connector,
    circuit,
    restsUntil: iso(openUntil),
    lastSuccessAt: iso(lastSuccessAt),
    lastError: lastError && {
      class: lastError.kind,
      reason: lastError.reason,
      at: iso(lastError.at),
    },
    quota: quota && { used: quota.used, limit: quota.limit, resetsAt: iso(quota.resetsAt) },
    latencyMs: latency,
    lookups,
    notices,
  };
}

const REASONS: Readonly<Record<ConnectorErrorKind, string>> = {
  timeout: 'the CRM did not answer in time',
  unavailable: 'the CRM was not reachable or returned an error',
  rate_limited: 'the CRM limits the rate of calls',
  quota: 'the API calls are used up, or only the reserve is left',
  auth: 'the CRM refused the sign-in',
  bad_response: 'the CRM returned an invalid response',
  misconfigured: 'the settings do not fit this CRM account',
};

export function statusOf(
  current: ConnectionStatus,
  quotaReserve: number,
): { readonly status: HealthStatus; readonly reasons: readonly string[] } {
  const { circuit, openUntil, openReason, lastSuccessAt, lastError, quota, notices } = current;
  if (current.openError !== undefined) {
    const [first = '', ...others] = current.openError.split('\n');
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return { status: 'fail', reasons: [`not open, tried again: ${first}${more}`, ...notices] };
  }
  if (openReason !== undefined) {
    const isOpen = circuit === 'open' && openUntil !== undefined;
    const next = isOpen
      ? `not called before ${toIsoString(openUntil)}`
      : 'the next lookup probes it';
    const words = lastError?.kind === openReason ? lastError.reason : undefined;
    const reason = `${REASONS[openReason]} (${openReason}); ${next}`;
    return { status: 'fail', reasons: [reason, ...withWords(words, notices)] };
  }
  if (quota !== undefined && isSpent(quota, quotaReserve)) {
    const used = `${quota.used} of ${quota.limit} API calls are used`;
    return { status: 'fail', reasons: [`${used}: only the reserve is left`, ...notices] };
  }
  const failedLast = lastError !== undefined && lastError.at >= (lastSuccessAt ?? 0);
  if (!failedLast) return { status: notices.length === 0 ? 'pass' : 'warn', reasons: notices };
  const latest = `the latest call failed: ${REASONS[lastError.kind]} (${lastError.kind})`;
  return { status: 'warn', reasons: [latest, ...withWords(lastError.reason, notices)] };
}

/** The connector's words once, although a notice may be about the same. */
function withWords(words: string | undefined, notices: readonly string[]): readonly string[] {
  return words === undefined ? notices : [...new Set([words, ...notices])];
}

function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toIsoString(ms);
}
