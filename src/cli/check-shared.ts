/** Joins the Redis that several processes share, for `check --live`. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Configuration } from '../config/configuration.ts';
import type { CheckResult } from '../connector/contract.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { SharedRedis } from '../redis/shared-redis.ts';

/** Each step of an attempt to join ends before. */
const MAX_WAIT_MS = 5000;
const LOOK_EVERY_MS = 100;
/** What is found is returned, not logged. */
const SILENT = { info: () => undefined, warn: () => undefined };

/** @returns whether it was joined, else why not; `undefined` without one. */
export async function checkShared({
  shared,
}: Pick<Configuration, 'shared'>): Promise<CheckResult | undefined> {
  if (shared === undefined) return undefined;
  const redis = new SharedRedis({ ...shared, log: SILENT, events: createMetrics().shared() });
  try {
    await redis.settled;
    for (let waited = 0; redis.isStarting && waited < MAX_WAIT_MS; waited += LOOK_EVERY_MS)
      await delay(LOOK_EVERY_MS);
    const { problem } = redis.status();
    return problem === undefined
      ? { level: 'ok', message: 'joined' }
      : { level: 'error', message: problem };
  } finally {
    redis.close();
  }
}
