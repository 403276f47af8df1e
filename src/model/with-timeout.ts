/** A limit for what a third party's code may never do. */

/**
 * @param ms the longest wait, in milliseconds.
 * @returns `undefined` when the time is over; what `promise` does later is nobody's business.
 * @throws what `promise` rejects with in time.
 */
export async function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
