import { ConnectorError } from './errors.ts';

/**
 * Waits for `promise`, but no longer than `signal` allows. The work itself is not stopped.
 * @throws {ConnectorError} `timeout` as soon as `signal` aborts, also if `promise` never settles.
 */
export async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
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
