/**
 * Stands between the bridge and every connector: the time limit is kept even by a connector that ignores it,
 * a failing CRM is left alone, a failed read is repeated once, a nearly spent quota is not touched.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectorError, type Clock, type Limits, type Quota } from '../connector.ts';
import type { Circuit } from './circuit.ts';
import { asConnectorError } from './failure.ts';

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
    const start = performance.now();
    try {
      return await untilAborted(work(signal), signal);
    } catch (thrown) {
      const again =
        asConnectorError(thrown).kind === 'unavailable' &&
        performance.now() - start < RETRY_WITHIN &&
        this.#options.circuit.state === 'closed' &&
        !signal.aborted;
      if (!again) throw thrown;
    }
    await untilAborted(pause(RETRY_AFTER, undefined, { signal }), signal);
    return untilAborted(work(signal), signal);
  }

  /** While the circuit is open its probe finds out whether there is quota again. */
  #spareQuota(): void {
    const { circuit, limits, clock } = this.#options;
    const quota = this.#options.quota();
    if (quota === undefined || quota.limit <= 0 || circuit.open !== undefined) return;
    if ((quota.limit - quota.used) / quota.limit > limits.quotaReserve) return;
    const reset = (quota.resetsAt ?? Infinity) - clock.now();
    circuit.rest('quota', Math.max(1000, Math.min(reset, QUOTA_REST)));
  }
}

/** @throws {ConnectorError} `timeout` as soon as `signal` aborts, also if `promise` never settles. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new ConnectorError('timeout', 'no answer in time'));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
