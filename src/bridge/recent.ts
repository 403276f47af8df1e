import { toIsoString } from '../model/clock.ts';
import type { Outcome, RejectionReason } from '../model/outcome.ts';

/** A request of the lookup route, without anything about the visitor. */
export interface AnsweredRequest {
  /** When it was answered: milliseconds since 1970. */
  readonly at: number;
  /** The id; `undefined` without a right key. */
  readonly tenant: string | undefined;
  readonly outcome: Outcome | RejectionReason;
  /** `undefined` when it was refused. */
  readonly cache: 'hit' | 'stale' | 'miss' | 'collapsed' | 'bypass' | undefined;
  readonly ms: number;
  readonly requestId: string;
}

/** As it is shown. */
export interface RecentRequest extends Omit<AnsweredRequest, 'at'> {
  /** ISO 8601, UTC. */
  readonly time: string;
}

const MAX_REQUESTS = 100;

/** The latest requests, for the operator's eyes. */
export class RecentRequests {
  readonly #requests: AnsweredRequest[] = [];

  add({ at, tenant, outcome, cache, ms, requestId }: AnsweredRequest): void {
    if (this.#requests.length === MAX_REQUESTS) this.#requests.shift();
    // Only these fields, whatever else the caller knows.
    this.#requests.push({ at, tenant, outcome, cache, ms, requestId });
  }

  /** @returns at most 100, the latest first. */
  list(): readonly RecentRequest[] {
    return this.#requests
      .toReversed()
      .map(({ at, ...rest }) => ({ time: toIsoString(at), ...rest }));
  }
}
