import type { Configuration } from '../config/configuration.ts';
import { redactingLog } from '../config/redactor.ts';
import { SharedRedis } from '../redis/shared-redis.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** @returns the store that the configuration names, which is not joined yet; `undefined` without one. */
export function joinShared(
  { shared, redactor }: Pick<Configuration, 'shared' | 'redactor'>,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): SharedRedis | undefined {
  return (
    shared &&
    new SharedRedis({
      ...shared,
      log: redactingLog(log, redactor),
      events: metrics.shared(),
    })
  );
}
