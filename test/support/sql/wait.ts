/** Waiting for what servers do in their time. */
import { setTimeout as sleep } from 'node:timers/promises';

/** @returns what the promise failed with. @throws {Error} when it did not fail. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { readonly kind?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
}

/** @throws {Error} when it does not become true within `ms`. */
export async function until(isTrue: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms`);
    await sleep(20);
  }
}
