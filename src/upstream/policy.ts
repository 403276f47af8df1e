/**
 * Stands between the bridge and every connector: the time limit is kept even by a connector that ignores it,
 * a failing CRM is left alone, a failed read is repeated once, a nearly spent quota is not touched.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Limits, Quota } from '../connector/contract.ts';
import type { Clock } from '../model/clock.ts';
import { addEvent, activeTrace } from '../telemetry/spans.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { toConnectorError } from './errors.ts';
import { raceAbort } from '../connector/abort.ts';

export interface PolicyOptions {
  readonly circuit: CircuitBreaker;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'quotaReserve'>;
  readonly quota: () => Quota | undefined;
}

/** A read that failed at once is repeated after so long; one that took long is not. */
const RETRY_DELAY_MS = 100;
const RETRY_WITHIN = 500;
/** How long the quota is left alone before one call looks whether there is more of it. */
const QUOTA_REST = 60_000;

export class Policy {
  readonly #options: PolicyOptions;

  constructor(options: PolicyOptions) {
    this.#options = options;
  }

  /**
   * @param work asks the CRM; it may run a second time.
   * @param signal aborts when the answer is of no use any more.
   * @throws {ConnectorError} always of that class, whatever `work` threw.
   */
  async call<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#guardQuota();
    const admission = this.#options.circuit.acquire();
    try {
      const result = await this.#withRetry(work, signal);
      admission.succeed();
      return result;
    } catch (thrown) {
      const error = toConnectorError(thrown);
      admission.fail(error.kind, error.retryAfterMs);
      throw error;
    }
  }

  async #withRetry<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const rests = () => this.#options.circuit.open !== undefined;
    const start = performance.now();
    try {
      return await raceAbort(work(signal), signal);
    } catch (thrown) {
      const { kind, retryAfterMs } = toConnectorError(thrown);
      const again =
        kind === 'unavailable' &&
        retryAfterMs === undefined &&
        performance.now() - start < RETRY_WITHIN &&
        !signal.aborted;
      if (!again) throw thrown;
      await pause(RETRY_DELAY_MS, undefined, { signal });
      // A probe is not repeated; and meanwhile another call may have been told to leave the CRM alone.
      if (rests()) throw thrown;
      const watching = activeTrace();
      if (watching !== undefined)
        addEvent(watching, 'retry', { error: kind }, { ms: RETRY_DELAY_MS });
    }
    return raceAbort(work(signal), signal);
  }

  /** While the circuit is open its probe finds out whether there is quota again. */
  #guardQuota(): void {
    const { circuit, limits, clock } = this.#options;
    const quota = this.#options.quota();
    if (quota === undefined || circuit.open !== undefined) return;
    const { used, limit, resetsAt = Infinity } = quota;
    const nearlySpent = limit > 0 && (limit - used) / limit <= limits.quotaReserve;
    if (!nearlySpent) return;
    const reset = Math.max(1000, resetsAt - clock.now());
    circuit.trip('quota', reset < QUOTA_REST ? reset : QUOTA_REST);
  }
}
