/** What is known of a person while the lookup is still under way. */
import type { Entry } from './entry.ts';

/** @param onPartial is called when a part of the entry is known; what it gets returns it as it is then, if it can be used. */
export type Fetch<T> = (onPartial: (read: ReadPart<T>) => void) => Promise<Entry<T>>;
export type ReadPart<T> = () => Entry<T> | undefined;

/** How long those whose time is over at once have one part: it grows while it is read. Milliseconds. */
const SHARED_MS = 100;

/**
 * Makes a lookup one that returns what is known when it fails, or its time is over.
 * @param lookup reports a part, which throws when that cannot be used.
 */
export function orPart<T>(
  lookup: (report: (read: () => Entry<T>) => void) => Promise<Entry<T>>,
): Fetch<T> {
  return async (onPartial) => {
    let part: ReadPart<T> = () => undefined;
    const report = (read: () => Entry<T>) => {
      part = () => {
        try {
          return read();
        } catch {
          return undefined; // the lookup itself reports what is wrong with the record
        }
      };
      onPartial(shared(part));
    };
    try {
      return await lookup(report);
    } catch (thrown) {
      const known = part();
      if (known === undefined) throw thrown;
      return known;
    }
  };
}

function shared<T>(read: () => T): () => T {
  let latest: { readonly value: T; readonly at: number } | undefined;
  return () => {
    const now = performance.now();
    if (latest === undefined || now - latest.at > SHARED_MS) latest = { value: read(), at: now };
    return latest.value;
  };
}
