/**
 * Stands between the bridge and every connector: the time limit is kept even by a connector that ignores it,
 * a failing CRM is left alone, a failed read is repeated once, a nearly spent quota is not touched.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Limits, Quota } from '../connector/contract.ts';
import type { Clock } from '../model/clock.ts';
import { noteStep, watcher } from '../telemetry/spans.ts';
import type { Circuit } from './circuit-breaker.ts';
import { asConnectorError } from './to-connector-error.ts';
import { untilAborted } from '../connector/abort.ts';

export interface PolicyOptions {
  readonly circuit: Circuit;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'quotaReserve'>;
  readonly quota: () => Quota | undefined;
}

/** A read that failed at once is repeated after so long; one that took long is not. */
const RETRY_AFTER = 100;
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
    this.#spareQuota();
    const admission = this.#options.circuit.enter();
    try {
      const result = await this.#twice(work, signal);
      admission.succeed();
      return result;
    } catch (thrown) {
      const error = asConnectorError(thrown);
      admission.fail(error.kind, error.retryAfterMs);
      throw error;
    }
  }

  async #twice<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const rests = () => this.#options.circuit.open !== undefined;
    const start = performance.now();
    try {
      return await untilAborted(work(signal), signal);
    } catch (thrown) {
      const { kind, retryAfterMs } = asConnectorError(thrown);
      const again =
        kind === 'unavailable' &&
        retryAfterMs === undefined &&
        performance.now() - start < RETRY_WITHIN &&
        !signal.aborted;
      if (!again) throw thrown;
      await pause(RETRY_AFTER, undefined, { signal });
      // A probe is not repeated; and meanwhile another call may have been told to leave the CRM alone.
      if (rests()) throw thrown;
      const watching = watcher();
      if (watching !== undefined) noteStep(watching, 'retry', { error: kind }, { ms: RETRY_AFTER });
    }
    return untilAborted(work(signal), signal);
  }

  /** While the circuit is open its probe finds out whether there is quota again. */
  #spareQuota(): void {
    const { circuit, limits, clock } = this.#options;
    const quota = this.#options.quota();
    if (quota === undefined || circuit.open !== undefined) return;
    const { used, limit, resetsAt = Infinity } = quota;
    const nearlySpent = limit > 0 && (limit - used) / limit <= limits.quotaReserve;
    if (!nearlySpent) return;
    const reset = Math.max(1000, resetsAt - clock.now());
    circuit.rest('quota', reset < QUOTA_REST ? reset : QUOTA_REST);
  }
}
