/** Real time, or that of a test. */
import { setTimeout } from 'node:timers/promises';

/** Time that passes: waiting and measuring go by the same clock. */
export interface Time {
  /** Milliseconds from any starting point; never goes back. */
  now(): number;
  /** Resolves after `ms`; rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const realTime: Time = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};
