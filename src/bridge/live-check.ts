/** Signs in to each CRM and says what is missing, for `check --live` and the console. */
import type { CheckResult } from '../connector/contract.ts';
import { withTimeout } from '../model/clock.ts';
import type { Connection } from '../upstream/connection.ts';
import type { Bridge } from './bridge.ts';

/** For each connection. */
const LIVE_TIMEOUT_MS = 30_000;

export interface ConnectionFinding extends CheckResult {
  readonly connection: string;
}

/** @returns the findings of all connections, in their order; after the timeout also of those that do not answer. */
export async function checkConnections(
  bridge: Bridge,
  timeoutMs = LIVE_TIMEOUT_MS,
): Promise<readonly ConnectionFinding[]> {
  const connections = [...bridge.current.connections.values()];
  const findings = await Promise.all(
    connections.map(async (connection) => {
      const results = await checkConnection(connection, timeoutMs);
      return results.map((result) => ({ ...result, connection: connection.name }));
    }),
  );
  return findings.flat();
}

/** @returns what is found; after the timeout that there is no result. */
export async function checkConnection(
  connection: Connection,
  timeoutMs = LIVE_TIMEOUT_MS,
): Promise<readonly CheckResult[]> {
  const { openError } = connection.status();
  if (openError !== undefined) return [{ level: 'error', message: `not open: ${openError}` }];
  const results = connection.check({ signal: AbortSignal.timeout(timeoutMs) });
  const message = `timeout: no result within ${timeoutMs / 1000} s`;
  return (await withTimeout(results, timeoutMs + 1000)) ?? [{ level: 'error', message }];
}
