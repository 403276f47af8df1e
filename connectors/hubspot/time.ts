/** Time that passes: what is waited for and what it is measured by belong together. */
import { setTimeout } from 'node:timers/promises';

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

/** Waits for `work`, but no longer than the signal allows; the work itself goes on. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody may be left to hear of a failure.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  return await Promise.race([work, promise]).finally(() =>
    signal.removeEventListener('abort', abort),
  );
}
