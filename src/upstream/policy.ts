/**
 * What applies to every call of a connector: the timeout, also for a connector that ignores it, the circuit
 * breaker, one retry of a failed read, and the reserve of the quota.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { NotAttemptedError } from '../connector/errors.ts';
import type { Limits, Quota } from '../connector/contract.ts';
import type { Clock } from '../model/clock.ts';
import { addEvent, activeTrace } from '../telemetry/spans.ts';
import { QUOTA_OPEN_MS, type CircuitBreaker } from './circuit-breaker.ts';
import { LatePartError, toConnectorError } from './errors.ts';
import { raceAbort } from '../connector/abort.ts';

export interface PolicyOptions {
  readonly circuit: CircuitBreaker;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'quotaReserve'>;
  readonly quota: () => Quota | undefined;
}

/** A read that failed quickly is repeated after this time; one that took long is not. */
const RETRY_DELAY_MS = 100;
const MAX_RETRIED_MS = 500;

export class Policy {
  readonly #options: PolicyOptions;

  constructor(options: PolicyOptions) {
    this.#options = options;
  }

  /**
   * @param work asks the CRM; it may run a second time.
   * @param signal aborts when the result is not needed any more.
   * @throws {ConnectorError} made of what `work` threw.
   */
  async call<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#guardQuota();
    const permit = this.#options.circuit.acquire();
    try {
      const result = await this.#withRetry(work, signal);
      permit.succeed();
      return result;
    } catch (thrown) {
      const error = toConnectorError(thrown);
      if (error instanceof NotAttemptedError) permit.skip();
      else if (error instanceof LatePartError) permit.succeed();
      else permit.fail(error.kind, error.retryAfterMs);
      throw error;
    }
  }

  async #withRetry<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const start = performance.now();
    try {
      return await settle(work(signal), signal);
    } catch (thrown) {
      const { kind, retryAfterMs } = toConnectorError(thrown);
      const isRetryable =
        kind === 'unavailable' &&
        retryAfterMs === undefined &&
        performance.now() - start < MAX_RETRIED_MS &&
        !signal.aborted;
      if (!isRetryable) throw thrown;
      await delay(RETRY_DELAY_MS, undefined, { signal });
      // A probe is not repeated, and meanwhile another call may have tripped the circuit.
      if (this.#options.circuit.open !== undefined) throw thrown;
      const trace = activeTrace();
      if (trace !== undefined) addEvent(trace, 'retry', { error: kind }, { ms: RETRY_DELAY_MS });
    }
    return settle(work(signal), signal);
  }

  /** While the circuit is open, its probe finds out whether there is quota again. */
  #guardQuota(): void {
    const { circuit, limits, clock } = this.#options;
    const quota = this.#options.quota();
    if (quota === undefined || circuit.open !== undefined) return;
    const { resetsAt = Infinity } = quota;
    if (!isSpent(quota, limits.quotaReserve)) return;
    circuit.trip('quota', Math.min(QUOTA_OPEN_MS, Math.max(1000, resetsAt - clock.now())));
  }
}

/** After an abort a connector may say at once that it had not asked the CRM; else it is a timeout. */
export async function settle<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await raceAbort(result, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    const late = nextTurn().then((): never => {
      throw thrown;
    });
    return await Promise.race([result, late]);
  }
}

/** Only the reserve is left, so the next call is refused. */
export function isSpent({ used, limit }: Quota, reserve: number): boolean {
  return limit > 0 && (limit - used) / limit <= reserve;
}
