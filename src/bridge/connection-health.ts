/** What `/health` shows of one connection, and in a sentence why it is not well. */
import type { Quota } from '../connector/contract.ts';
import type { ConnectorErrorKind } from '../connector/errors.ts';
import type { Connection, ConnectionStatus } from '../upstream/connection.ts';

/** `output` is there exactly when `status` is not `pass`; what is not known is left out of the JSON. */
export function describeConnection(connection: Connection) {
  const { connector, limits } = connection.configuration;
  const now = connection.status();
  const { status, reasons } = statusOf(now, limits.quotaReserve);
  const { circuit, lastError, quota, latency, lookups, notices } = now;
  return {
    status,
    output: reasons.length === 0 ? undefined : reasons.join('; '),
    connector,
    circuit,
    restsUntil: iso(now.restsUntil),
    lastSuccessAt: iso(now.lastSuccessAt),
    lastError: lastError && { class: lastError.kind, at: iso(lastError.at) },
    quota: quota && { used: quota.used, limit: quota.limit, resetsAt: iso(quota.resetsAt) },
    latencyMs: latency,
    lookups,
    notices,
  };
}

/** @param ms since 1970. */
export function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

const REASONS: Readonly<Record<ConnectorErrorKind, string>> = {
  timeout: 'the CRM gave no complete answer in time',
  unavailable: 'the CRM could not be reached or answered with an error',
  rate_limited: 'the CRM asked to be called less often',
  quota: 'the API calls are spent, or only the reserve is left',
  auth: 'the CRM refused the sign-in',
  bad_response: 'the CRM gave an answer that makes no sense',
  misconfigured: 'the settings do not fit this CRM account',
};

function statusOf(
  { circuit, restsUntil, restsFor, lastSuccessAt, lastError, quota, notices }: ConnectionStatus,
  quotaReserve: number,
): { readonly status: HealthStatus; readonly reasons: readonly string[] } {
  if (restsFor !== undefined) {
    const then =
      circuit === 'open'
        ? `not called before ${iso(restsUntil) ?? 'long'}`
        : 'the next lookup finds out whether it is well again';
    return { status: 'fail', reasons: [`${REASONS[restsFor]} (${restsFor}); ${then}`, ...notices] };
  }
  if (quota !== undefined && isSpent(quota, quotaReserve)) {
    const used = `${quota.used} of ${quota.limit} API calls are used`;
    return { status: 'fail', reasons: [`${used}: only the reserve is left`, ...notices] };
  }
  const failedLast = lastError !== undefined && lastError.at >= (lastSuccessAt ?? 0);
  const latest = failedLast
    ? [`the latest call failed: ${REASONS[lastError.kind]} (${lastError.kind})`]
    : [];
  const reasons = [...latest, ...notices];
  return { status: reasons.length === 0 ? 'pass' : 'warn', reasons };
}

/** The next lookup will be refused: the bridge keeps the reserve. */
function isSpent({ used, limit }: Quota, reserve: number): boolean {
  return limit > 0 && (limit - used) / limit <= reserve;
}

export type HealthStatus = 'pass' | 'warn' | 'fail';
